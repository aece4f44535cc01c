"""Bodies of `finplatform stream`: produce, relay, consume, serve and status.

Belongs here: putting the parts together from settings, signals, and printing. Does not belong here:
what the parts do (see `finplatform.streaming` and `finplatform.simulate.traffic`).
"""

import json
import logging
import signal
import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import psycopg

from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.home import close_home
from finplatform.ingest.connectors.config import SourcesConfig, load_sources
from finplatform.oltp import migrate
from finplatform.settings import Settings, get_settings
from finplatform.streaming import server
from finplatform.streaming.client import GONE, is_embedded, unavailable
from finplatform.streaming.names import ALERT, CHANNEL, LETTER
from finplatform.streaming.opening import open_member, open_sender
from finplatform.streaming.outbox import Relay, outbox_place
from finplatform.streaming.producer import offer_all
from finplatform.streaming.producer import produce as produce_at
from finplatform.streaming.state import age_seconds, server_state, stored_state
from finplatform.streaming.transport import Outcome, Sender
from finplatform.warehouse.database import open_warehouse

if TYPE_CHECKING:
    from finplatform.simulate.traffic import Traffic

_SEVERITY_STYLES = {"LOW": "yellow", "MEDIUM": "yellow", "HIGH": "bold red"}


def produce(rate: float, most: int | None, to: str, seed: int, *, as_json: bool) -> None:
    """Makes payments until interrupted, or until there were enough; prints how many.

    Args:
        rate: Payments a second.
        most: Most payments; None for no end.
        to: `outbox` or `stream`.
        seed: Seed of the payments.
        as_json: Whether the outcome is printed as JSON.
    """
    from finplatform.simulate.booking import payers
    from finplatform.simulate.traffic import Traffic

    settings, stopping = get_settings(), _stopped_by_signals()
    place = outbox_place(_sources(settings), open_warehouse(settings).url)
    traffic = Traffic(*payers(place.url), seed)
    with ExitStack() as stack:
        if to == "outbox":
            send = _booking(stack.enter_context(psycopg.connect(place.url)), traffic)
        else:
            sender = stack.enter_context(open_sender(settings))
            send = _sending(sender, traffic, settings.stream_capacity, stopping)
        if not as_json:
            OUT.print(f"Making {rate:g} payments a second for the {to}; Ctrl-C ends it.")
        try:
            sent = produce_at(send, rate, stopping, most)
        except GONE:
            raise unavailable(settings) from None
    if as_json:
        print_json({"payments": sent, "to": to, "seed": seed})
    else:
        OUT.print(f"{sent:,} payments made.")


def relay() -> None:
    """Sends the outbox's events until interrupted."""
    settings, stopping = get_settings(), _stopped_by_signals()
    _log_to_output()
    warehouse = open_warehouse(settings)
    place = outbox_place(_sources(settings), warehouse.url)
    if place.url == warehouse.url:
        # The platform's own schema may be older than its outbox.
        migrate.upgrade(warehouse.sqlalchemy_url)
    with open_sender(settings) as sender:
        Relay(place, sender, settings.stream_capacity).run(stopping)


def consume() -> None:
    """Stores events until interrupted, and prints alerts as they come."""
    from finplatform.ingest.vault_key import vault_master_key
    from finplatform.streaming.consumer import Consumer, Place
    from finplatform.streaming.payment_evaluator import Knowledge, RefreshedEvaluator

    settings, stopping = get_settings(), _stopped_by_signals()
    _log_to_output()
    sources, warehouse = _sources(settings), open_warehouse(settings)
    first = sources.history.start if sources.history else settings.history_start
    master = vault_master_key(warehouse.url, settings)
    zone = sources.bank.day_zone
    place = Place(warehouse.url, master, first, zone)
    known = Knowledge(warehouse.url, zone, settings.fraud_rules_file, settings.models)
    with open_member(settings, warehouse.url) as member:
        OUT.print("Storing events; Ctrl-C ends it.")
        Consumer(member, place, lambda: RefreshedEvaluator(known), on_settled=_show).run(stopping)
    OUT.print("The consumer has ended.")


def serve() -> None:
    """Runs the embedded server until interrupted.

    Raises:
        FinplatformError: If another server is configured.
    """
    settings, stopping = get_settings(), _stopped_by_signals()
    if not is_embedded(settings):
        raise FinplatformError(
            "FINPLATFORM_REDIS_URL or FINPLATFORM_KINESIS_URL names another server of the stream.",
            "Unset it to use the embedded one.",
        )
    _log_to_output()
    close_home(settings.home)
    server.serve(settings, stopping)


def status(*, as_json: bool) -> None:
    """Prints the state of the stream."""
    settings = get_settings()
    on_server = server_state(settings)
    with open_warehouse(settings).connect() as connection:
        stored = stored_state(connection)
    waiting = _outbox_size(settings)
    groups = [
        {**asdict(group), "oldest_seconds": age_seconds(group.oldest_ms)}
        for group in on_server.groups
    ]
    if as_json:
        print_json(
            {
                "server": {**asdict(on_server), "groups": groups},
                "stored": asdict(stored),
                "outbox_waiting": waiting,
            }
        )
        return
    state = "running" if on_server.is_running else "stopped"
    OUT.print(f"Server      {state}, {on_server.location}")
    OUT.print(f"Stream      {on_server.messages:,} of {on_server.capacity:,} messages, {CHANNEL}")
    OUT.print(f"Outbox      {'none' if waiting is None else f'{waiting:,} events wait'}")
    last = f", the last at {stored.last_received_at:%Y-%m-%d %H:%M:%S %Z}" if stored.events else ""
    OUT.print(f"Stored      {stored.events:,} events{last}")
    OUT.print(f"Alerts      {stored.alerts:,}")
    OUT.print(f"Put away    {stored.dead_letters:,} messages")
    if groups:
        print_table(
            "Consumer groups",
            ("group", "waiting", "given, not settled", "oldest (s)", "consumers"),
            [
                (one["name"], one["waiting"], one["pending"], _rounded(one["oldest_seconds"]),
                 one["consumers"])
                for one in groups
            ],
            numbers=(1, 2, 3, 4),
        )  # fmt: skip


def _booking(connection: psycopg.Connection, traffic: "Traffic") -> Callable[[int], None]:
    """What books payments, with their events in the outbox."""
    from finplatform.simulate.booking import book

    def send(number: int) -> None:
        book(connection, traffic.payments(number, datetime.now(UTC)), CHANNEL)

    return send


def _sending(
    sender: Sender, traffic: "Traffic", capacity: int, stopping: threading.Event
) -> Callable[[int], None]:
    """What sends payments to the stream alone."""
    import polars as pl

    from finplatform.streaming.events import encode

    run, numbers = uuid.uuid4().hex[:10], count(1)

    def send(number: int) -> None:
        ids = pl.Series([f"sim-{run}-{next(numbers)}" for _ in range(number)])
        payments = traffic.payments(number, datetime.now(UTC)).with_columns(
            event_id=ids, transaction_id=ids, source=pl.lit("simulator")
        )
        offer_all(sender, encode(payments), capacity, stopping)

    return send


def _sources(settings: Settings) -> SourcesConfig:
    return load_sources(settings.sources_file, frozenset(SOURCES))


def _outbox_size(settings: Settings) -> int | None:
    """Events that wait in the outbox; None if there is none."""
    try:
        place = outbox_place(_sources(settings), open_warehouse(settings).url)
        with psycopg.connect(place.url) as connection:
            query = f"select count(*) from {place.table}"
            row = connection.execute(query.encode()).fetchone()
    except (FinplatformError, psycopg.Error):
        return None
    return int(row[0]) if row else None


def _show(outcomes: Sequence[Outcome]) -> None:
    """Prints alerts and dead letters of a batch."""
    for one in outcomes:
        if one.kind == ALERT:
            alert = json.loads(one.body)
            style = _SEVERITY_STYLES[alert["severity"]]
            OUT.print(
                styled(
                    f"{alert['raised_at'][:19]}  ", (f"{alert['severity']:6}", style),
                    f"  {alert['rules']}: {alert['amount']} {alert['currency']}, transaction"
                    f" {alert['transaction_id']}{', blocked' if alert['is_blocked'] else ''}",
                )
            )  # fmt: skip
        elif one.kind == LETTER:
            letter = json.loads(one.body)
            OUT.print(styled(("put away", "yellow"), f"  {one.message_id}: {letter['reason']}"))


def _rounded(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.1f}"


def _log_to_output() -> None:
    """Prints a service's own log lines, which `up` writes to its log file."""
    logging.getLogger("finplatform.streaming").setLevel(logging.INFO)


def _stopped_by_signals() -> threading.Event:
    """An event that is set when this process is to end."""
    stopping = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: stopping.set())
    return stopping
