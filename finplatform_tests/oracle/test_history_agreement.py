"""The history macro holds for any sequence of changes: seamless, right, and order does not matter.

Each example is many entities at once, so that one statement on the real PostgreSQL judges them all.
"""

import json
import runpy
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined
from psycopg.rows import dict_row
from sqlalchemy.engine import URL

from finplatform.warehouse.dbt import PROJECT_DIR

pytestmark = pytest.mark.integration

oracle: dict[str, Callable[..., Any]] = runpy.run_path(
    str(Path(__file__).parent / "history_oracle.py")
)

TRACKED = ["colour", "size"]
EPOCH = datetime(2024, 3, 10, tzinfo=UTC)
LAST_INSTANT = 9

# Few instants and few values, so that ties, reversals and changes of nothing are common.
changes = st.lists(
    st.tuples(
        st.sampled_from("rcuuuud"),
        st.integers(0, LAST_INSTANT),
        st.sampled_from(["red", "blue", "", None]),
        st.sampled_from([0, 1, None]),
        st.sampled_from(["seen", "checked", None]),
        st.sampled_from([-3, 0, 1, None]),
        st.integers(1, 2),  # how often it is delivered
    ),
    max_size=9,
)
banks = st.lists(changes, min_size=1, max_size=12)

SQL = """
with cleaned as (
    select log.*
    from jsonb_to_recordset(%(log)s::jsonb) as log (
        entity text, colour text, size integer, note text, began_on date,
        _op text, _changed_at timestamptz, _lsn bigint, _loaded_at timestamptz
    )
),
{macro}
select entity, colour, size, note, valid_from, valid_to, is_current, is_deleted, version_number
from versions order by entity, version_number
"""


def _compiled(since: str | None) -> str:
    """A query over the macro, rendered without a dbt project around it."""
    macros = ("windows/instants.sql", "history/entity_versions.sql")
    source = "".join((PROJECT_DIR / "macros" / name).read_text("utf-8") for name in macros)
    call = f"{{{{ entity_versions('entity', {TRACKED}, since={since!r}) }}}}"
    environment = Environment(undefined=StrictUndefined)  # noqa: S701 - the output is SQL
    environment.globals["env_var"] = lambda _, default: default
    rendered = environment.from_string(source + call).render()
    return SQL.replace("{macro}", rendered)


WITH_SINCE, WITHOUT_SINCE = _compiled("began_on"), _compiled(None)


def _instant(number: int) -> datetime:
    return EPOCH + timedelta(hours=7 * number)


def _log(bank: list[list[tuple[Any, ...]]], order: Random) -> list[dict[str, Any]]:
    """The rows of all entities as the log holds them when they arrived in some order."""
    rows = [
        {
            "entity": f"E{number:03}",
            "_op": op,
            "_changed_at": _instant(at).isoformat(),
            "colour": colour,
            "size": size,
            "note": note,
            "began_on": since if since is None else str(EPOCH.date() + timedelta(days=since)),
            "_lsn": 1000 * number + position,
        }
        for number, entity in enumerate(bank)
        for position, (op, at, colour, size, note, since, times) in enumerate(entity)
        for _ in range(times)
    ]
    order.shuffle(rows)
    return [
        {**row, "_loaded_at": (EPOCH + timedelta(days=9, seconds=second)).isoformat()}
        for second, row in enumerate(rows)
    ]


def _expected(bank: list[list[tuple[Any, ...]]], *, since: bool) -> list[dict[str, Any]]:
    found = []
    for number, entity in enumerate(bank):
        for version, expected in enumerate(oracle["versions"](_changes(entity, since), TRACKED), 1):
            state = expected["state"]
            found.append(
                {
                    "entity": f"E{number:03}",
                    **{name: state[name] for name in ("colour", "size", "note")},
                    "valid_from": expected["valid_from"],
                    "valid_to": expected["valid_to"],
                    "is_current": expected["valid_to"] == oracle["END_OF_TIME"],
                    "is_deleted": expected["is_deleted"],
                    "version_number": version,
                }
            )
    return found


def _changes(entity: list[tuple[Any, ...]], since: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "op": op,
            "changed_at": _instant(at),
            "lsn": position,
            "colour": colour,
            "size": size,
            "note": note,
            "since": None if day is None or not since else EPOCH.date() + timedelta(days=day),
        }
        for position, (op, at, colour, size, note, day, _) in enumerate(entity)
    ]


@pytest.fixture(scope="module")
def run(postgres_server: URL) -> Iterator[Callable[[str, Any], list[dict[str, Any]]]]:
    url = postgres_server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("set timezone to 'UTC'")
        yield lambda query, log: connection.execute(
            query.encode(), {"log": json.dumps(log)}
        ).fetchall()


Run = Callable[[str, Any], list[dict[str, Any]]]
# Shrinking an example of many entities takes minutes, and the differing rows tell enough.
many = settings(max_examples=100, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@many
@given(banks, st.randoms(use_true_random=False))
def test_versions_are_those_of_the_definition(
    run: Run, bank: list[list[tuple[Any, ...]]], order: Random
) -> None:
    log = _log(bank, order)
    assert run(WITH_SINCE, log) == _expected(bank, since=True)
    assert run(WITHOUT_SINCE, log) == _expected(bank, since=False)


@many
@given(banks, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    run: Run, bank: list[list[tuple[Any, ...]]], order: Random
) -> None:
    assert run(WITH_SINCE, _log(bank, order)) == run(WITH_SINCE, _log(bank, order))


@many
@given(banks, st.randoms(use_true_random=False))
def test_at_every_instant_there_is_the_right_version_and_no_other(
    run: Run, bank: list[list[tuple[Any, ...]]], order: Random
) -> None:
    found = {
        entity: list(rows)
        for entity, rows in groupby(run(WITHOUT_SINCE, _log(bank, order)), lambda r: r["entity"])
    }
    for number, entity in enumerate(bank):
        held = found.get(f"E{number:03}", [])
        assert sum(version["is_current"] for version in held) <= 1
        for before, after in pairwise(held):
            assert before["valid_to"] <= after["valid_from"]
            assert before["is_deleted"] or before["valid_to"] == after["valid_from"]
        for hour in range(-1, 7 * LAST_INSTANT + 8):
            instant = EPOCH + timedelta(hours=hour)
            state = oracle["state_at"](_changes(entity), instant)
            valid = [v for v in held if v["valid_from"] <= instant < v["valid_to"]]
            assert [[v[name] for name in TRACKED] for v in valid] == (
                [] if state is None else [[state[name] for name in TRACKED]]
            )


def test_the_first_version_reaches_back_to_the_day_the_entity_began(run: Run) -> None:
    entity = [("u", 4, "red", 1, None, -3, 1), ("d", 5, "red", 1, None, -3, 1)]
    (version,) = run(WITH_SINCE, _log([entity], Random(1)))  # noqa: S311
    assert version["valid_from"].date() == EPOCH.date() - timedelta(days=3)
    assert version["valid_from"].date() == date(2024, 3, 7)
    assert version["valid_to"] == _instant(5)
