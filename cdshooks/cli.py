"""``ros1-cds``: the commands; what a command needs is imported when it is called, so that each starts at once."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import click

from cdshooks.setting_kinds import Algorithm
from cdshooks.setting_values import FILE, variable
from cdshooks.settings import Settings, SettingsError

if TYPE_CHECKING:
    from cdshooks.explain import Explanation


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False),
    help="The settings file (TOML). Environment variables stand above it.",
)
def main(file: str | None) -> None:
    """Warn when an immune checkpoint inhibitor is ordered for ROS1-positive lung cancer.

    Settings come from environment variables (ROS1_CDS_...) and a file: docs/settings.md.
    """
    if file:
        os.environ[FILE] = file  # in the environment, as workers are processes of their own


@main.command()
def serve() -> None:
    """Serve until a signal ends it. Exit code 2: the settings are wrong, or it cannot start with them."""
    from cdshooks.serving import serve as run

    settings = _settings()
    try:
        run(settings, _address)
    except SettingsError as error:
        _end(error)


def _address(settings: Settings) -> str:
    """Return the address to listen on; what looks whether all can be had must be imported late (cdshooks.serving)."""
    from cdshooks.checkup import start

    return start(settings)


@main.command("check-config")
def check_config() -> None:
    """Say what would happen in production, and what is missing for it. Exit code 1: something is wrong."""
    from cdshooks.checkup import Verdict, examined

    found = examined(os.environ)
    for name, told in found.told.items():
        click.echo(f"{name} = {_plain(told)}")
    click.echo()
    for trouble in found.troubles:
        click.echo(f"{'NOTE ' if trouble.passing else 'WRONG'}  {_plain(trouble.text)}")
    click.echo(found.verdict)
    sys.exit(0 if found.verdict is Verdict.STARTS else 1)


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the cards in full.")
def explain(file: BinaryIO, as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Explain a saved hook request: every resource, every rule, every card. FILE may be - for standard input.

    Nothing is fetched, sent or kept. The output quotes the request: treat it as patient data.
    """
    from cdshooks.errors import HookError
    from cdshooks.explain import as_json as in_json
    from cdshooks.services.ros1_nsclc import explanation as explanation_of

    settings = _settings(profile="sandbox")
    try:
        explanation = explanation_of(file.read(), settings)
    except HookError as error:
        for issue in error.issues:
            where = issue.where or file.name
            click.echo(_plain(f"REFUSED  {error.status} {error.slug}: {where}: {issue.what}"), err=True)
            for label, told in issue.told():
                click.echo(_plain(f"         {label}: {told}"), err=True)
        sys.exit(1)
    if as_json:
        click.echo(in_json(explanation))
    else:
        _tell(explanation)


def _tell(explanation: Explanation) -> None:
    click.echo(f"{explanation.hook}, knowledge release {explanation.release}, as of {explanation.as_of}")
    _section("The record", explanation.supplies)
    for order in explanation.orders:
        selected = "selected" if order.selected else "not selected"
        _section(f"Order {order.resource}: {order.state}, {selected}", order.why)
    for resource in explanation.resources:
        _section(f"{resource.resource} ({resource.place}): {resource.use}", resource.why)
    for rule in sorted(explanation.rules, key=lambda each: _ORDER.index(each.answer)):
        _section(f"Rule {rule.rule}: {rule.answer}", rule.why)
    if explanation.ignored_keys:
        _section("Prefetch keys that the service does not ask for", explanation.ignored_keys)
    if explanation.refused:
        _section("The answer is 412: without these nothing can be said", explanation.refused)
    elif not explanation.cards:
        _section("No cards", ())
    for card in explanation.cards:
        _section(f"Card, {card['indicator']}: {card['summary']}", card.get("detail", "").splitlines())


_ORDER = ("applied", "cannot tell", "not applied")


def _section(title: str, lines: tuple[str, ...] | list[str]) -> None:
    click.echo(f"\n{_plain(title)}")
    for line in lines:
        click.echo(f"  {_plain(line)}")


@main.command()
@click.argument("base_url")
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="The EHR's private key (PEM).")
@click.option("--iss", default="", help="The iss of its tokens, as the service lists it.")
@click.option("--kid", default="", help="The id of the key in the EHR's key set.")
@click.option("--algorithm", default="ES384", show_default=True, type=click.Choice(Algorithm))
@click.option("--tenant", default="", help="The tenant of its tokens, if the service lists tenants.")
@click.option(
    "--public-base-url", default="", help="The URL that tokens name, if BASE_URL is not yet it: before DNS or a proxy."
)
@click.option("--origin", default="", help="The origin of a browser EHR that must be admitted.")
def smoke(base_url: str, origin: str, **token: str) -> None:
    """Act as an EHR against the service at BASE_URL, without /cds-services, and say what is wrong.

    The patient is invented and has no data; no card is to be expected. Exit code 1: something is wrong; 2: with what it
    was called with.
    """
    from cdshooks.smoke import SmokeError, asked
    from cdshooks.smoke import smoke as run

    try:
        base, ehr = asked(base_url, **token)
    except SmokeError as error:
        raise click.UsageError(str(error)) from None
    wrong = False
    for result in run(base, ehr, origin):
        wrong |= bool(result.fault)
        note = f" ({result.note})" if result.note else ""
        click.echo(f"{'WRONG' if result.fault else 'ok   '}  {_plain(result.name)}{note}")
        if result.fault:
            click.echo(f"       {_plain(result.fault)}")
    sys.exit(1 if wrong else 0)


@main.command()
@click.option(
    "--report", "as_report", is_flag=True, help="What is not verified, past its review, from one source only."
)
def knowledge(as_report: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Say what the service knows: its release, rules, how well each is checked, and sources."""
    from cdshooks.contents import contents, report_today

    if as_report:
        click.echo(str(report_today()), nl=False)
        return
    for line in contents(_settings(profile="sandbox")):
        click.echo(line)


@main.command()
@click.option("--days", type=click.IntRange(0), help="Keep so many days, instead of those of the settings.")
def purge(days: int | None) -> None:
    """Delete answers and feedback that are older than the settings say. Exit code 1: the store cannot be had.

    Of the settings only the store and how long it keeps are asked for.
    """
    from time import time

    from sqlalchemy.exc import SQLAlchemyError

    from cdshooks.store.engine import StoreError, open_store, shown
    from cdshooks.store.retention import purge as run

    settings = _settings(profile="sandbox")
    kept = settings.ledger_days if days is None else days
    try:
        engine = open_store(settings.store, connections=1, new=False)
        gone = run(engine, before=int(time()) - kept * 86400)
        engine.dispose()
    except (StoreError, SQLAlchemyError) as error:
        raise _no_store(error) from None
    click.echo(
        f"Deleted {gone.answers} answers with their cards, {gone.feedback} feedback and"
        f" {gone.comparisons} comparisons, older than {kept} days, of the store {shown(settings.store)}."
    )


@main.command()
@click.option("--days", type=click.IntRange(1), default=30, show_default=True, help="Of so many days.")
def differences(days: int) -> None:
    """Tell, as JSON, what a candidate release would have said otherwise. Exit code 1: the store cannot be had.

    Of the settings only the store is asked for.
    """
    from time import time

    import msgspec
    from sqlalchemy.exc import SQLAlchemyError

    from cdshooks.store.comparisons import differences as run
    from cdshooks.store.engine import StoreError, open_store

    settings = _settings(profile="sandbox")
    try:
        engine = open_store(settings.store, connections=1, writes=False, new=False)
        told = run(engine, since=int(time()) - days * 86400)
        engine.dispose()
    except (StoreError, SQLAlchemyError) as error:
        raise _no_store(error) from None
    click.echo(msgspec.json.format(msgspec.json.encode(told)))


def _no_store(error: Exception) -> click.ClickException:
    from cdshooks.store.engine import StoreError

    message = str(error) if isinstance(error, StoreError) else f"the store failed ({type(error).__name__})"
    return click.ClickException(f"{variable('store')}: {message}")


def _settings(**changed: str) -> Settings:
    """Return the settings, with some changed; exit with 2 and every fault if they are wrong."""
    try:
        return Settings.from_environment({**os.environ, **{variable(name): value for name, value in changed.items()}})
    except SettingsError as error:
        _end(error)


def _end(error: SettingsError) -> NoReturn:
    """Exit with 2 and every fault."""
    for fault in error.faults:
        click.echo(_plain(fault), err=True)
    sys.exit(2)


def _plain(text: str) -> str:
    """Return a text without characters that steer a terminal: requests come from elsewhere."""
    return "".join(character if character.isprintable() else " " for character in text)
