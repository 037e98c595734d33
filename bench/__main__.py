"""``make bench``: what the service costs, side by side with the floor, interleaved in one run.

The floor is a Flask app under the same server that parses the body with ``json.loads`` and answers a constant. The
ratios of one run are what counts; absolute numbers are of the machine and the minute. See docs/performance.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.bodies import SIZES, body
from bench.load import Target, answer, load
from bench.servers import HOST, Server, granian, ours, pin_client, slow_fhir

PATH = "/cds-services/ros1-nsclc"
BUSY_CLIENTS = 8
FHIR_WAITS = (0.1, 60.0)
"""Seconds that the FHIR server takes: a slow one, and one that is stuck."""


@dataclass(slots=True)
class Measured:
    """What was measured of one server and one body, a value per round."""

    throughput: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds per measurement (default 2)")
    arguments = parser.parse_args()
    pin_client()
    with ExitStack() as stack:
        servers = (stack.enter_context(ours()), stack.enter_context(granian("floor", "bench.floor:app")))
        _check(servers[0])
        _side_by_side(servers, arguments.rounds, arguments.seconds)
        _broken(servers[0], arguments.rounds, arguments.seconds)
        print(f"\nMemory of the worker: {servers[0].memory() / 1e6:.0f} MB, floor {servers[1].memory() / 1e6:.0f} MB")
    for wait in FHIR_WAITS:
        with ours(when_unfetched="card") as server, slow_fhir(wait) as fhir:
            _waiting(server, fhir, wait, arguments)
    _growth()


def _target(server: Server, content: bytes, path: str = PATH) -> Target:
    return Target(host=HOST, port=server.port, path=path, body=content)


def _check(server: Server) -> None:
    """Refuse to measure a service that does not answer as it should; a broken resource must change no card."""
    for size in SIZES:
        cards = [json.loads(answer(_target(server, body(size, broken=broken))))["cards"] for broken in (False, True)]
        summaries = [[card["summary"] for card in each] for each in cards]
        if len(summaries[0]) != 1 or summaries[0] != summaries[1]:
            message = f"{size}: not the one card that is expected, whole and broken: {summaries}"
            raise SystemExit(message)


def _measure(server: Server, content: bytes, seconds: float, into: Measured) -> None:
    target = _target(server, content)
    load(target, clients=1, seconds=0.2)
    before, start = server.cpu_seconds(), time.perf_counter()
    done = len(load(target, clients=BUSY_CLIENTS, seconds=seconds))
    into.throughput.append(done / (time.perf_counter() - start))
    into.cpu.append((server.cpu_seconds() - before) / done)
    into.single.extend(load(target, clients=1, seconds=seconds / 2))


def _side_by_side(servers: tuple[Server, ...], rounds: int, seconds: float) -> None:
    print(f"{'':8}{'':10}{'requests/s':>12}{'CPU us':>10}{'p50 ms':>9}{'p99 ms':>9}{'p99/p50':>9}")
    for size in SIZES:
        content = body(size)
        measured = {server.name: Measured() for server in servers}
        for _ in range(rounds):
            for server in servers:
                _measure(server, content, seconds, measured[server.name])
        for name, each in measured.items():
            p50, p99 = _percentile(each.single, 50), _percentile(each.single, 99)
            print(
                f"{size:8}{name:10}{statistics.median(each.throughput):12.0f}{statistics.median(each.cpu) * 1e6:10.0f}"
                f"{p50 * 1e3:9.2f}{p99 * 1e3:9.2f}{p99 / p50:9.1f}"
            )
        us, floor = (measured[server.name] for server in servers)
        print(
            f"{size:8}{len(content) / 1000:.0f} kB: {_ratio(us.throughput, floor.throughput):.2f} times the floor's "
            f"throughput, {_ratio(us.cpu, floor.cpu):.2f} times its CPU\n"
        )


def _ratio(ours_: list[float], theirs: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours_, theirs, strict=True))


def _percentile(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def _broken(server: Server, rounds: int, seconds: float) -> None:
    for size in SIZES:
        whole, broken = Measured(), Measured()
        for _ in range(rounds):
            _measure(server, body(size), seconds / 2, whole)
            _measure(server, body(size, broken=True), seconds / 2, broken)
        ratio = _ratio(broken.cpu, whole.cpu)
        print(f"{size:8}one broken resource that does not matter: {ratio:.2f} times the CPU, same card")


def _waiting(server: Server, fhir: Server, wait: float, arguments: argparse.Namespace) -> None:
    """Measure small requests alone, and beside clients that send nothing and have all fetched, again and again."""
    content = body("small")
    fetching = {**json.loads(content), "fhirServer": f"http://{HOST}:{fhir.port}"}
    del fetching["prefetch"]
    target = _target(server, json.dumps(fetching).encode())
    for clients in (BUSY_CLIENTS, 4 * BUSY_CLIENTS):
        alone, beside = [], []
        waited: list[float] = []
        for _ in range(arguments.rounds):
            alone.append(len(load(_target(server, content), clients=BUSY_CLIENTS, seconds=arguments.seconds)))
            with ThreadPoolExecutor(1) as side:
                slow = side.submit(load, target, clients=clients, seconds=arguments.seconds + 0.5, may_refuse=True)
                time.sleep(0.2)
                rest = _target(server, content)
                beside.append(len(load(rest, clients=BUSY_CLIENTS, seconds=arguments.seconds, may_refuse=True)))
                waited += slow.result()
        kept = statistics.median(b / a for a, b in zip(alone, beside, strict=True))
        print(
            f"{clients} clients whose data are fetched from a server that takes {wait:.1f} s leave {kept:.0%} of the "
            f"throughput of the rest (refusals left out); they wait {_percentile(waited, 50) * 1e3:.0f} ms (p50), "
            f"{_percentile(waited, 99) * 1e3:.0f} ms (p99), {len(waited)} of them"
        )


def _growth() -> None:
    """Print the exponent by which the CPU of one request grows from 100 to 1,000 Observations, in this process."""
    from cdshooks.app import create_app  # noqa: PLC0415 - loaded only now, so that the servers start unhindered
    from cdshooks.settings import Settings  # noqa: PLC0415

    client = create_app(Settings.for_sandbox()).test_client()

    def call(content: bytes) -> Callable[[], object]:
        return lambda: client.post(PATH, data=content, content_type="application/json")

    gc.collect()
    gc.freeze()
    medium, large = _cpu(call(body("medium")), 50), _cpu(call(body("large")), 10)
    print(f"Growth exponent from 100 to 1,000 Observations: {math.log10(large / medium):.2f}")


def _cpu(run: Callable[[], object], times: int) -> float:
    best = math.inf
    for _ in range(7):
        start = time.process_time()
        for _ in range(times):
            run()
        best = min(best, (time.process_time() - start) / times)
    return best


if __name__ == "__main__":
    main()
