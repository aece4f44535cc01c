"""`finplatform bench queries`: latency of the warehouse for one and for many concurrent users.

Belongs here: the order of the measurements, the concurrent load, and printing. The queries are in
`finplatform.bench.query_catalog`, the measurement in `finplatform.bench.query_load`.
"""

import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import psycopg

from finplatform.bench.query import STANDARD, Kind, Query
from finplatform.bench.query_catalog import find_queries
from finplatform.bench.query_load import (
    Api,
    Asker,
    Figures,
    People,
    ask_alone,
    ask_together,
    figures,
)
from finplatform.cli.bench import Measured, measure
from finplatform.cli.bench_api import log_in
from finplatform.cli.output import ERR, OUT, print_json, print_table, size
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import load_sources
from finplatform.settings import Settings, child_environment, get_settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.embedded.ports import LOOPBACK
from finplatform.warehouse.reader_role import open_reader

_SLOWEST = 15


def run(
    people: People,
    kinds: Sequence[Kind],
    *,
    name: str | None,
    repeats: int,
    during_load: bool,
    as_json: bool,
) -> None:
    """Measures, prints the figures and keeps them in the home.

    Args:
        people: Concurrent users; none skips the second measurement.
        kinds: Kinds of queries; none are the standard ones.
        name: User of the API, for endpoints.
        repeats: Runs of each query alone.
        during_load: Whether the last day is loaded again meanwhile.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If nothing has been built, or the API is not there.
    """
    settings = get_settings()
    reader = open_reader(settings)
    chosen = set(kinds or STANDARD)
    api = _api(settings, name) if Kind.ENDPOINT in chosen else None
    queries = _queries(settings, reader, chosen)
    outcome: dict[str, Any] = {"queries": len(queries), "users": people.users}
    asker = Asker(reader, api)
    with ERR.status(f"Asking {len(queries)} queries alone"):
        # The first answer of each fills caches and is not counted.
        ask_alone(asker, queries, 1)
        outcome["alone"] = _plain(*figures(ask_alone(asker, queries, repeats)))
    asker.close()
    if during_load:
        with ERR.status("Loading the last day alone"):
            outcome["load_alone_s"] = round(_load(settings, _last_day(reader)).seconds, 1)
    if people.users:
        with ERR.status(f"{people.users} users for {people.seconds:.0f} s"):
            concurrent = _ConcurrentLoad(settings, _last_day(reader)) if during_load else None
            outcome["together"] = _plain(*figures(ask_together(reader, api, queries, people)))
            if concurrent is not None:
                outcome["concurrent_load_s"] = concurrent.seconds()
    path = _keep(settings, outcome)
    if as_json:
        print_json(outcome)
    else:
        _print(outcome, path)


class _ConcurrentLoad(threading.Thread):
    """A load of one day that runs during the queries."""

    def __init__(self, settings: Settings, day: str) -> None:
        super().__init__()
        self._settings, self._day = settings, day
        self._took: Measured | None = None
        self._failed: FinplatformError | None = None
        self.start()

    def run(self) -> None:
        """Loads the day."""
        try:
            self._took = _load(self._settings, self._day)
        except FinplatformError as error:
            self._failed = error

    def seconds(self) -> float:
        """Waits for the load; how long it took.

        Raises:
            FinplatformError: If it failed.
        """
        self.join()
        if self._took is None:
            raise self._failed or FinplatformError("The load did not end.")
        return round(self._took.seconds, 1)


def _load(settings: Settings, day: str) -> Measured:
    command = str(Path(sys.executable).with_name("finplatform"))
    arguments = [command, "backfill", "--from", day, "--to", day, "--job", "daily", "--json"]
    return measure(arguments, child_environment({"FINPLATFORM_HOME": str(settings.home)}))


def _queries(settings: Settings, reader: Warehouse, kinds: set[Kind]) -> list[Query]:
    currency = load_sources(settings.sources_file, frozenset(SOURCES)).currency
    with reader.connect() as connection:
        connection.autocommit = True
        try:
            return find_queries(connection, currency, kinds)
        except psycopg.errors.UndefinedTable:
            raise FinplatformError("Nothing has been built.", "Run `finplatform demo`.") from None


def _last_day(reader: Warehouse) -> str:
    with reader.connect() as connection:
        row = connection.execute("select max(transaction_date) from gold.rollup_days").fetchone()
    if row is None or row[0] is None:
        raise FinplatformError("No day has been loaded.", "Run `finplatform demo`.")
    return str(row[0])


def _api(settings: Settings, name: str | None) -> Api:
    url = f"http://{LOOPBACK}:{settings.api_port}"
    try:
        return Api(url, log_in(url, name))
    except httpx.HTTPError as error:
        raise FinplatformError(
            f"The API does not answer as it should: {error}.",
            "Start it with `finplatform up`, and name who logs in by --name.",
        ) from None


def _plain(every: Figures, each: Sequence[Figures]) -> dict[str, Any]:
    return {"all": asdict(every), "by_query": [asdict(one) for one in each]}


def _keep(settings: Settings, outcome: dict[str, Any]) -> Path:
    folder = settings.home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "queries.json"
    path.write_text(json.dumps(outcome, indent=2), encoding="utf-8")
    return path


def _print(outcome: dict[str, Any], path: Path) -> None:
    for part, title in (("alone", "Alone"), ("together", f"{outcome['users']} users at once")):
        if part not in outcome:
            continue
        found = outcome[part]
        print_table(
            f"{title}: the slowest",
            ("kind", "query", "answers", "errors", "p50, ms", "p95, ms", "size"),
            [
                (
                    one["kind"],
                    one["name"],
                    one["answers"],
                    sum(one["errors"].values()),
                    f"{one['p50_s'] * 1000:.0f}",
                    f"{one['p95_s'] * 1000:.0f}",
                    size(one["size"]),
                )
                for one in found["by_query"][:_SLOWEST]
            ],
            (2, 3, 4, 5, 6),
        )
        every = found["all"]
        OUT.print(
            f"{every['answers']:,} answers, {sum(every['errors'].values())} errors,"
            f" p50 {every['p50_s'] * 1000:.0f} ms, p95 {every['p95_s'] * 1000:.0f} ms"
        )
    if "concurrent_load_s" in outcome:
        OUT.print(
            f"A day loads in {outcome['load_alone_s']} s alone and in"
            f" {outcome['concurrent_load_s']} s with concurrent users."
        )
    OUT.print(f"All figures: {path}")
