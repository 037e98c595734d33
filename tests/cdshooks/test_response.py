"""Answers keep the standard, or do not leave."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from cdshooks.errors import InvalidResponseError
from cdshooks.response import Prepared, render
from cdshooks.schema import load


class Indicator(StrEnum):
    """An enumeration, as a model of cards may have."""

    INFO = "info"


class Coding(Struct, frozen=True, kw_only=True, rename="camel"):
    """A code."""

    code: str | None = "a"
    system: str | None = "https://example.org/codes"
    display: str | UnsetType | None = UNSET


class Source(Struct, frozen=True, kw_only=True, rename="camel"):
    """Who says it."""

    label: str = "Example"
    url: str | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET
    topic: Coding | UnsetType | None = UNSET


class Action(Struct, frozen=True, kw_only=True, rename="camel"):
    """One change."""

    type: str = "create"
    description: str = "Do it"
    resource: dict[str, Any] | UnsetType | None = UNSET
    resource_id: str | UnsetType | None = UNSET


class Suggestion(Struct, frozen=True, kw_only=True, rename="camel"):
    """One decision."""

    label: str = "Do it"
    uuid: str | UnsetType | None = UNSET
    is_recommended: bool | UnsetType | None = UNSET
    actions: tuple[Action, ...] | UnsetType = UNSET


class Link(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to read more."""

    label: str = "More"
    url: str = "https://example.org/more"
    type: str = "absolute"
    app_context: str | UnsetType | None = UNSET


class Card(Struct, frozen=True, kw_only=True, rename="camel"):
    """One card with all that the standard knows."""

    summary: str = "Hello"
    indicator: str = Indicator.INFO
    source: Source | None = Source()
    uuid: str | UnsetType | None = UNSET
    detail: str | UnsetType | None = UNSET
    suggestions: tuple[Suggestion, ...] | UnsetType = UNSET
    selection_behavior: str | UnsetType | None = UNSET
    override_reasons: tuple[Coding, ...] | UnsetType = UNSET
    links: tuple[Link, ...] | UnsetType = UNSET
    extension: Any = UNSET


DRAFT = {"resourceType": "ServiceRequest", "id": "new-1"}
CREATE = Action(resource=DRAFT)
DELETE = Action(type="delete", resource_id="MedicationRequest/1")


def suggesting(*suggestions: Suggestion, behavior: str | None = "at-most-one") -> Card:
    """Return a card with these suggestions."""
    return Card(suggestions=suggestions, selection_behavior=behavior)


def acting(*actions: Action) -> Card:
    """Return a card with one suggestion of these actions."""
    return suggesting(Suggestion(actions=actions))


@pytest.mark.requirement("S1")
def test_no_advice_is_an_empty_array() -> None:
    """Nothing to say is an object with an empty array of cards."""
    assert render(()) == b'{"cards":[]}'


@pytest.mark.requirement("J3", "J4")
def test_what_is_not_set_is_left_out() -> None:
    """Members without value do not appear, names are in camelCase, numbers stay numbers and false stays false."""
    reason = Coding(display="No")
    suggestion = Suggestion(
        is_recommended=False, actions=(Action(resource={**DRAFT, "dose": Decimal("1.50"), "n": 0}),)
    )
    card = Card(suggestions=(suggestion,), selection_behavior="any", override_reasons=(reason,))
    assert json.loads(render((card,))) == {
        "cards": [
            {
                "summary": "Hello",
                "indicator": "info",
                "source": {"label": "Example"},
                "suggestions": [
                    {
                        "label": "Do it",
                        "isRecommended": False,
                        "actions": [
                            {"type": "create", "description": "Do it", "resource": {**DRAFT, "dose": 1.5, "n": 0}}
                        ],
                    }
                ],
                "selectionBehavior": "any",
                "overrideReasons": [{"code": "a", "system": "https://example.org/codes", "display": "No"}],
            }
        ]
    }


VALID = {
    "139 characters": Card(summary="x" * 139),
    "139 characters beyond ASCII": Card(summary="\N{GREEK SMALL LETTER BETA}" * 139),
    "all of a source": Card(source=Source(url="https://example.org", icon="https://example.org/i.png", topic=Coding())),
    "any suggestions": suggesting(Suggestion(is_recommended=True), Suggestion(is_recommended=True), behavior="any"),
    "one recommended": suggesting(Suggestion(is_recommended=True), Suggestion(is_recommended=False), Suggestion()),
    "a create beside a delete": acting(CREATE, DELETE),
    "an update": acting(Action(type="update", resource=DRAFT)),
    "a delete of an id with an underline": acting(replace(DELETE, resource_id="MedicationRequest/a_1")),
    "a SMART link": Card(links=(Link(type="smart", app_context='{"a": 1}'),)),
    "an extension": Card(extension={"org.example": {"a": 1}}),
}


@pytest.mark.parametrize("card", VALID.values(), ids=VALID)
def test_a_card_that_keeps_the_standard_leaves(card: Card) -> None:
    """Cards within the standard are rendered."""
    assert json.loads(render((card,)))["cards"]


INVALID = {
    "140 characters": (Card(summary="x" * 140), "cards[0].summary"),
    "no summary": (Card(summary=""), "cards[0].summary"),
    "a blank summary": (Card(summary="  "), "cards[0].summary"),
    "no indicator": (Card(indicator=""), "cards[0].indicator"),
    "hard-stop": (Card(indicator="hard-stop"), "cards[0].indicator"),
    "no source": (Card(source=None), "cards[0].source"),
    "an empty source": (Card(source=Source(label="")), "cards[0].source.label"),
    "a relative URL": (Card(source=Source(url="/about")), "cards[0].source.url"),
    "a relative icon": (Card(source=Source(icon="icon.png")), "cards[0].source.icon"),
    "a topic without system": (Card(source=Source(topic=Coding(system=None))), "cards[0].source.topic.system"),
    "a reason without display": (Card(override_reasons=(Coding(),)), "cards[0].overrideReasons[0].display"),
    "a reason without code": (
        Card(override_reasons=(Coding(code=None, display="No"),)),
        "cards[0].overrideReasons[0].code",
    ),
    "suggestions without behavior": (suggesting(Suggestion(), behavior=None), "cards[0].selectionBehavior"),
    "an unknown behavior": (suggesting(Suggestion(), behavior="one"), "cards[0].selectionBehavior"),
    "two recommended": (
        suggesting(Suggestion(is_recommended=True), Suggestion(is_recommended=True)),
        "cards[0].suggestions",
    ),
    "a suggestion without label": (suggesting(Suggestion(label="")), "cards[0].suggestions[0].label"),
    "an unknown type": (acting(replace(CREATE, type="Create")), "cards[0].suggestions[0].actions[0].type"),
    "an action without description": (
        acting(replace(CREATE, description="")),
        "cards[0].suggestions[0].actions[0].description",
    ),
    "a create without resource": (acting(Action()), "cards[0].suggestions[0].actions[0].resource"),
    "a resource without id": (
        acting(Action(resource={"resourceType": "ServiceRequest"})),
        "cards[0].suggestions[0].actions[0].resource.id",
    ),
    "a resource without type": (
        acting(Action(resource={"id": "1"})),
        "cards[0].suggestions[0].actions[0].resource.resourceType",
    ),
    "null in a resource": (
        acting(Action(resource={**DRAFT, "note": [{"text": None}]})),
        "cards[0].suggestions[0].actions[0].resource.note[0].text",
    ),
    "an empty array in a resource": (
        acting(Action(resource={**DRAFT, "note": []})),
        "cards[0].suggestions[0].actions[0].resource.note",
    ),
    "a delete without target": (acting(Action(type="delete")), "cards[0].suggestions[0].actions[0].resourceId"),
    "a delete with a bare id": (
        acting(replace(DELETE, resource_id="1")),
        "cards[0].suggestions[0].actions[0].resourceId",
    ),
    "a delete with a resource": (
        acting(replace(DELETE, resource=DRAFT)),
        "cards[0].suggestions[0].actions[0].resource",
    ),
    "a link without label": (Card(links=(Link(label=""),)), "cards[0].links[0].label"),
    "a relative link": (Card(links=(Link(url="more.html"),)), "cards[0].links[0].url"),
    "a link of unknown type": (Card(links=(Link(type="app"),)), "cards[0].links[0].type"),
    "appContext on an absolute link": (Card(links=(Link(app_context="{}"),)), "cards[0].links[0].type"),
    "an extension that is an array": (Card(extension=[{"url": "https://example.org"}]), "cards[0].extension"),
}


@pytest.mark.requirement(
    "J2", "J3", "C2", "C4", "C5", "C6", "C7", "C8", "C10", "A1", "A3", "A4", "A7", "L1", "L2", "X1"
)  # fmt: skip
@pytest.mark.parametrize(("card", "place"), INVALID.values(), ids=INVALID)
def test_a_card_that_breaks_the_standard_does_not_leave(card: Card, place: str) -> None:
    """A card outside the standard is an error of ours that names the place."""
    with pytest.raises(InvalidResponseError) as caught:
        render((card,))
    assert {issue.where for issue in caught.value.issues} == {place}


@pytest.mark.requirement("A5")
def test_members_that_the_standard_does_not_know_do_not_leave() -> None:
    """actionSelectionBehavior, and whatever else a client may not understand, is refused."""

    class Selective(Suggestion, frozen=True, kw_only=True, rename="camel"):
        action_selection_behavior: str | None = None

    with pytest.raises(InvalidResponseError):
        render((suggesting(Selective(action_selection_behavior="any")),))


@pytest.mark.requirement("J2")
def test_a_resource_that_is_text_does_not_leave() -> None:
    """A resource inside an action is an object, never JSON inside a text."""
    card: dict[str, Any] = {"summary": "x", "indicator": "info", "source": {"label": "x"}}
    action = {"type": "create", "description": "x", "resource": json.dumps(DRAFT)}
    card |= {"selectionBehavior": "any", "suggestions": [{"label": "x", "actions": [action]}]}
    assert [fault.where for fault in load("response").faults({"cards": [card]})] == [
        "cards[0].suggestions[0].actions[0].resource"
    ]


@pytest.mark.requirement("C1")
def test_uuids_are_unique_across_cards_and_suggestions() -> None:
    """Feedback names cards and suggestions by uuid, so none stands twice in an answer."""
    render((Card(uuid="1"), Card(uuid="2"), replace(suggesting(Suggestion(uuid="3")), uuid="4")))
    with pytest.raises(InvalidResponseError):
        render((Card(uuid="1"), suggesting(Suggestion(uuid="1"))))


@pytest.mark.requirement("A4")
def test_what_was_prepared_is_written_as_it_stands() -> None:
    """A part of a resource that never varies is checked and encoded once."""
    prepared = Prepared({"text": "once daily", "sequence": 1})
    draft = {**DRAFT, "dosageInstruction": prepared}

    body = render((acting(Action(type="create", resource=draft)),))

    (action,) = json.loads(body)["cards"][0]["suggestions"][0]["actions"]
    assert action["resource"] == {**DRAFT, "dosageInstruction": {"text": "once daily", "sequence": 1}}


@pytest.mark.requirement("J2", "J3")
@pytest.mark.parametrize("value", [None, {}, [], "", {"text": None}, [{"coding": []}]])
def test_nothing_null_and_nothing_empty_can_be_prepared(value: object) -> None:
    """What is prepared is held to the standard when it is made."""
    with pytest.raises(InvalidResponseError):
        Prepared(value)


@pytest.mark.parametrize("value", [{"label": "x"}, ["x"], 1])
def test_a_prepared_value_passes_only_where_any_of_its_kind_may_stand(value: object) -> None:
    """A source needs its label, a detail is a text: what was prepared as a value is not taken on trust."""
    for card in (replace(Card(), source=Prepared(value)), replace(Card(), detail=Prepared(value))):
        with pytest.raises(InvalidResponseError):
            render((card,))
