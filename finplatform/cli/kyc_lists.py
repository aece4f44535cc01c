"""`finplatform kyc lists` and `kyc screen NAME`: the lists themselves.

Belongs here: what is on them, looking a name up, and releasing a list that was cut. Does not belong
here: hits of the bank's customers (see `kyc`).
"""

import getpass
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import psycopg
from psycopg.rows import dict_row

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import bulk
from finplatform.warehouse.audit_log import record_command, trail
from finplatform.warehouse.database import open_warehouse

_TABLE = "sanctions_entities"
_SHORTEST_REASON = 10

_LISTS = """
    select
        parties.list_code, count(*) as parties,
        sum(1 + coalesce(cardinality(string_to_array(parties.aliases, '; ')), 0)) as names,
        max(parties.listed_date) as last_listed_date,
        (select max(loads.loaded_at) from ops.loads as loads
            where loads.table_name = 'sanctions_entities') as loaded_at
    from bronze.sanctions_entities as parties
    group by parties.list_code order by parties.list_code
"""


@dataclass(frozen=True)
class Sought:
    """A name that is looked up.

    Attributes:
        name: The name.
        born: Birth of a person.
        country: Country by ISO 3166-1 alpha-2.
        is_person: Whether it is a person's.
    """

    name: str
    born: date | None
    country: str | None
    is_person: bool


def lists(*, as_json: bool) -> None:
    """Prints the lists with their parties and names."""
    with open_warehouse(get_settings()).connect() as connection:
        found = _lists(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        "",
        ("list", "parties", "names", "last listed", "loaded"),
        [
            (
                row["list_code"], f"{row['parties']:,}", f"{row['names']:,}",
                row["last_listed_date"], f"{row['loaded_at']:%Y-%m-%d %H:%M}",
            )
            for row in found
        ],
        numbers=(1, 2),
    )  # fmt: skip


def release(list_code: str, reason: str, by: str, *, as_json: bool) -> None:
    """Lets the next load of a list lose more than half its names.

    Raises:
        NothingFoundError: If there is no such list.
        FinplatformError: If the user or the reason is missing.
    """
    if len(reason.strip()) < _SHORTEST_REASON or not by.strip():
        raise FinplatformError(
            "A release needs a user and a reason; both are kept.",
            'Add them: --reason "The authority closed a programme" --by anna',
        )
    settings = get_settings()
    with trail(open_warehouse(settings)) as connection:
        known = [row["list_code"] for row in _lists(connection)]
        if list_code not in known:
            raise NothingFoundError(
                f"There is no list {list_code}.", f"Lists: {', '.join(known) or 'none'}."
            )
        connection.execute(
            "insert into ops.shrinkage_releases (table_name, group_name, reason, released_by)"
            " values (%s, %s, %s, %s) on conflict (table_name, group_name) do update"
            " set reason = excluded.reason, released_by = excluded.released_by,"
            " released_at = excluded.released_at",
            (_TABLE, list_code, reason.strip(), by.strip()),
        )
    detail = {"reason": reason.strip(), "by": by.strip(), "account": getpass.getuser()}
    record_command(settings, "release list", list_code, detail)
    if as_json:
        print_json({"list": list_code, **detail})
        return
    OUT.print(f"The next load of {list_code} may lose more than half its names; later ones not.")


def look_up(sought: Sought, *, as_json: bool) -> None:
    """Prints listed parties that a name may be; stores nothing.

    Args:
        sought: The name. The trail has how many were found, and not the name.
        as_json: Whether as JSON.
    """
    from finplatform.compliance.screening.lists import PARTY, listed_names
    from finplatform.compliance.screening.screener import Screener
    from finplatform.compliance.screening.subjects import SUBJECTS

    settings = get_settings()
    parties, codes = _parties(settings)
    subject = pl.DataFrame(
        [
            {
                "subject_kind": "SOUGHT",
                "subject_id": "1",
                "is_person": sought.is_person,
                "name": sought.name,
                "birth_date": sought.born,
                "countries": [sought.country.upper()] if sought.country else [],
            }
        ],
        schema=SUBJECTS,
    )
    found = Screener(parties, codes).screen(subject)
    record_command(settings, "kyc screen", "a name", {"found": found.height})
    named = listed_names(parties).filter(pl.col("name_kind") == "PRIMARY")
    rows = (
        found.join(named.select(*PARTY, "listed_name"), on=PARTY)
        .sort("score", descending=True)
        .drop("subject_kind", "subject_id")
        .rows(named=True)
    )
    if as_json:
        print_json(rows)
        return
    if not rows:
        OUT.print("On no list is a name alike enough.")
        return
    print_table(
        "",
        ("party", "name", "score", "why"),
        [
            (
                f"{row['list_code']} {row['entity_id']}", row["listed_name"],
                f"{row['score']:.3f}", row["reason"],
            )
            for row in rows
        ],
        numbers=(2,),
    )  # fmt: skip


def _parties(settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    from finplatform.compliance.screening.changes import RULES_VERSION
    from finplatform.warehouse.screening_subjects import read_parties

    url = open_warehouse(settings).url
    with bulk.connect(url) as connection:
        if bulk.fetch_value(connection, "select to_regclass('silver.countries')::text") is None:
            raise FinplatformError(
                "No list has been loaded yet.", "Build the bank first: finplatform demo"
            )
        codes = bulk.read_frame(connection, "select country, country_name from silver.countries")
    return read_parties(url, RULES_VERSION), codes


def _lists(connection: psycopg.Connection) -> list[dict[str, Any]]:
    found = connection.execute("select to_regclass('bronze.sanctions_entities') is null").fetchone()
    if found and found[0]:
        raise FinplatformError(
            "No list has been loaded yet.", "Build the bank first: finplatform demo"
        )
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LISTS.encode()).fetchall()
