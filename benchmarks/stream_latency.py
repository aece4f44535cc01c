"""From event to alert on the stream: latency at a rate.

    python -m benchmarks.stream_latency [--rates 1000 5000] [--seconds 30] [--json]

Runs the stream's server, one consumer and the simulated producer as processes of their own on the
bank of the settings, whose warehouse gets the events. An event and its alert are stamped by the
stream's server, in milliseconds, so that no two clocks are compared. Fails above the budget: 500 ms
in 99 of 100 cases at 5,000 events a second.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
import redis

from finplatform.settings import Settings, get_settings
from finplatform.streaming.channel import Channel
from finplatform.streaming.client import connect
from finplatform.streaming.names import ALERT, ALERTS

BUDGET_MS = 500.0
BUDGET_RATE = 5_000.0
_LOOK_S = 0.5
_WARM_UP = 2_000


def main() -> int:
    """Measures each rate; 1 if the budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rates", type=float, nargs="+", default=[1_000.0, 5_000.0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    settings = get_settings()
    with connect(settings) as client, _server(client), _process("stream", "consume"):
        _produce(500.0, _WARM_UP)
        _wait_until_drained(client)
        found = [_measure(client, settings, rate, arguments.seconds) for rate in arguments.rates]
    if arguments.json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        for one in found:
            print(_line(one))  # noqa: T201
    kept = [one["p99_ms"] <= BUDGET_MS for one in found if one["rate"] <= BUDGET_RATE]
    return 0 if all(kept) else 1


def _measure(
    client: redis.Redis, settings: Settings, rate: float, seconds: float
) -> dict[str, float]:
    """Latencies of the alerts on the events of some seconds."""
    last = _last_id(client)
    count = int(rate * seconds)
    began = time.monotonic()
    producer = subprocess.Popen(  # noqa: S603
        _command("stream", "produce", *_options(rate, count)), stdout=subprocess.DEVNULL
    )
    most_behind = 0
    while producer.poll() is None:
        most_behind = max(most_behind, Channel(client).length())
        time.sleep(_LOOK_S)
    sent = time.monotonic() - began
    _wait_until_drained(client)
    latencies = np.array(list(_latencies(client, last)), dtype=np.float64)
    if not len(latencies):
        raise SystemExit("No event raised an alert: build the bank first, or measure for longer.")
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99]).tolist()
    return {
        "rate": rate,
        "events": count,
        "sent_seconds": round(sent, 1),
        "drained_seconds": round(time.monotonic() - began, 1),
        "alerts": len(latencies),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": float(latencies.max()),
        "most_messages": most_behind,
        "capacity": settings.stream_capacity,
    }


def _latencies(client: redis.Redis, after: str) -> Iterator[float]:
    """Milliseconds from each event to its alert."""
    for alert_id, fields in cast("list[Any]", client.xrange(ALERTS, min=f"({after}")):
        event_id = json.loads(fields[ALERT.encode()])["message_id"]
        yield float(alert_id.partition(b"-")[0]) - float(event_id.partition("-")[0])


def _last_id(client: redis.Redis) -> str:
    rows = cast("list[Any]", client.xrevrange(ALERTS, count=1))
    return rows[0][0].decode() if rows else "0-0"


def _wait_until_drained(client: redis.Redis) -> None:
    while Channel(client).length() > 0:
        time.sleep(_LOOK_S)


def _produce(rate: float, count: int) -> None:
    subprocess.run(  # noqa: S603
        _command("stream", "produce", *_options(rate, count)), check=True, stdout=subprocess.DEVNULL
    )


def _options(rate: float, count: int) -> tuple[str, ...]:
    return ("--rate", str(rate), "--count", str(count), "--to", "stream", "--json")


def _command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("finplatform")), *arguments]


@contextmanager
def _process(*arguments: str) -> Iterator[None]:
    """A command that runs while a block lasts."""
    with subprocess.Popen(_command(*arguments), stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def _server(client: redis.Redis) -> Iterator[None]:
    """The stream's server, unless one answers already."""
    with suppress(redis.RedisError):
        client.ping()
        yield
        return
    with _process("stream", "serve"):
        while True:
            with suppress(redis.RedisError):
                client.ping()
                break
            time.sleep(_LOOK_S)
        yield


def _line(one: dict[str, float]) -> str:
    return (
        f"{one['rate']:,.0f} events/s for {one['events']:,}: sent in {one['sent_seconds']} s,"
        f" stored in {one['drained_seconds']} s; {one['alerts']:,} alerts,"
        f" p50 {one['p50_ms']:,.0f} ms, p95 {one['p95_ms']:,.0f} ms, p99 {one['p99_ms']:,.0f} ms,"
        f" longest {one['max_ms']:,.0f} ms; at most {one['most_messages']:,} messages in the stream"
    )


if __name__ == "__main__":
    sys.exit(main())
