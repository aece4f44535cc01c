"""`finplatform kyc`: hits and their decisions, reviews and owners, for compliance officers.

What the commands show is closed to the role that `finplatform sql` has: they work as the platform,
and each is recorded. Belongs here: the commands' bodies. What a decision is, is
`finplatform.warehouse.screening_decisions`; lists are `kyc_lists`.
"""

import getpass
from dataclasses import dataclass
from typing import Any

import polars as pl
from psycopg.rows import dict_row

from finplatform.cli.building import whole_history
from finplatform.cli.output import OUT, print_json, print_table
from finplatform.cli.running import execute, require_success
from finplatform.compliance.screening.decisions import Decision
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.orchestration.jobs import SCREENING_JOB
from finplatform.security.keys import load_master_key
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import OPERATOR, record_command
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.identities import IdentityDoor
from finplatform.warehouse.screening_decisions import (
    DecisionRequest,
    decisions_of,
    find_hit,
)
from finplatform.warehouse.screening_decisions import (
    decide as make_decision,
)
from finplatform.windows import Window

Rows = list[dict[str, Any]]

_HITS = """
    select
        hit_id, subject_kind, subject_id, list_code, entity_id, name_kind, score, birth_evidence,
        country_evidence, status, open_because, found_date, decided_by, decided_at, reason
    from compliance.screening_hits
    where %(status)s = 'ALL' or status = %(status)s
    order by score desc, hit_id
"""
_LISTED = """
    select listed_name, name_kind from compliance.listed_names
    where list_code = %(list_code)s and entity_id = %(entity_id)s
    order by name_kind desc, listed_name
"""
_ALERTS = """
    select subject_kind, subject_id, alert_code, since_date, days_open, detail
    from compliance.kyc_alerts
    where %(alert)s::text is null or alert_code = %(alert)s
    order by since_date, subject_id, alert_code limit %(limit)s
"""
_COUNTS = "select alert_code, count(*) as alerts from compliance.kyc_alerts group by 1 order by 1"
_REVIEW = "select * from compliance.kyc_reviews where customer_id = %(customer)s"
_OWNERS = """
    select owner_id, owner_name_masked, direct_share, effective_share, chain_length, has_control,
        basis
    from compliance.beneficial_owners
    where company_id = %(company)s
    order by effective_share desc, owner_id
"""
_IDENTITY = {
    "CUSTOMER": "select identity_id from silver.stg_customers"
    " where customer_id = %(subject_id)s and is_current",
    "OWNER": "select identity_id from silver.stg_ownership_links"
    " where holder_id = %(subject_id)s order by stated_date desc, owned_id limit 1",
}
_FIELDS = ["first_name", "last_name", "date_of_birth", "holder_name", "holder_birth_date"]


@dataclass(frozen=True)
class Reveal:
    """Author and reason of a disclosure of a clear name.

    Attributes:
        by: User name.
        reason: In words.
    """

    by: str | None
    reason: str | None


def screen(*, as_json: bool) -> None:
    """Runs screening and due diligence on what is new or has changed."""
    settings = get_settings()
    last = whole_history(settings).last
    record_command(settings, "kyc screen", "compliance.screening_hits")
    results = execute(settings, (SCREENING_JOB,), Window.day(last))
    require_success(results)
    rows = {table: count for result in results for table, count in result.rows.items()}
    (counted,) = _read(settings, "select count(*) filter (where status = 'OPEN') as open,"
                                 " count(*) as hits from compliance.screening_hits")  # fmt: skip
    if as_json:
        print_json({"rows": rows, **counted})
        return
    OUT.print(f"{counted['hits']} hits, {counted['open']} of them open.")
    OUT.print("`finplatform kyc hits` lists them.")


def hits(status: str, *, as_json: bool) -> None:
    """Prints hits.

    Args:
        status: Status as the command takes it.
        as_json: Whether as JSON.
    """
    settings = get_settings()
    record_command(settings, "kyc hits", "compliance.screening_hits", {"status": status})
    found = _read(settings, _HITS, {"status": status.replace("-", "_").upper()})
    if as_json:
        print_json(found)
        return
    print_table(
        "",
        ("hit", "subject", "party", "score", "birth", "country", "status", "since"),
        [
            (
                row["hit_id"],
                f"{row['subject_kind'].lower()} {row['subject_id']}",
                f"{row['list_code']} {row['entity_id']}",
                f"{row['score']:.3f}",
                row["birth_evidence"],
                row["country_evidence"],
                _state(row),
                row["found_date"],
            )
            for row in found
        ],
        numbers=(3,),
    )


def hit(hit_id: str, reveal: Reveal | None, *, as_json: bool) -> None:
    """Prints a hit with the names listed and what was decided of it.

    Args:
        hit_id: The hit.
        reveal: Author and reason to show the subject's clear name; None: it is masked.
        as_json: Whether as JSON.

    Raises:
        NothingFoundError: If there is no such hit.
    """
    settings = get_settings()
    warehouse = open_warehouse(settings)
    record_command(settings, "kyc hits", hit_id)
    with warehouse.connect() as connection:
        found = find_hit(connection, hit_id)
        past = decisions_of(connection, hit_id)
    listed = _read(settings, _LISTED, found)
    clear = _clear(settings, warehouse, found, reveal) if reveal else None
    if as_json:
        print_json({**found, "listed_names": listed, "decisions": past, "subject": clear})
        return
    OUT.print(f"{found['hit_id']}: {_state(found)}, score {found['score']:.3f}")
    OUT.print(f"  {found['subject_kind'].lower()} {found['subject_id']}", highlight=False)
    for name, value in (clear or {}).items():
        OUT.print(f"    {name}: {value}", highlight=False)
    OUT.print(f"  {found['list_code']} {found['entity_id']}", highlight=False)
    for row in listed:
        kind = row["name_kind"].lower().replace("_", " ")
        OUT.print(f"    {row['listed_name']} ({kind})", highlight=False)
    OUT.print(f"  {found['reason']}", soft_wrap=True)
    for row in past:
        OUT.print(
            f"  {row['decided_at']:%Y-%m-%d %H:%M} {row['decided_by']}: {row['decision']}."
            f" {row['note']}",
            soft_wrap=True,
        )


def decide(hit_id: str, decision: str, note: str, by: str, *, as_json: bool) -> None:
    """Makes a decision and prints how the hit stands.

    Args:
        hit_id: The hit.
        decision: Decision as the command takes it.
        note: Why.
        by: Who decides.
        as_json: Whether as JSON.
    """
    request = DecisionRequest(
        hit_id, Decision(decision.replace("-", "_").upper()), note, by, getpass.getuser()
    )
    decided = make_decision(open_warehouse(get_settings()), request)
    if as_json:
        print_json(decided)
        return
    OUT.print(f"{hit_id}: {_state(decided)}, by {decided['decided_by']}.")


def alerts(alert: str | None, limit: int, *, as_json: bool) -> None:
    """Prints what calls for attention.

    Args:
        alert: Kind of alert; None: all.
        limit: Most rows.
        as_json: Whether as JSON.
    """
    settings = get_settings()
    record_command(settings, "kyc reviews", "compliance.kyc_alerts", {"alert": alert or "all"})
    counts = _read(settings, _COUNTS)
    known = [row["alert_code"] for row in counts]
    if alert is not None and alert not in known:
        raise NothingFoundError(
            f"There is no alert {alert}.", f"Now there are: {', '.join(known) or 'none'}."
        )
    found = _read(settings, _ALERTS, {"alert": alert, "limit": limit})
    if as_json:
        print_json({"counts": counts, "alerts": found})
        return
    print_table("", ("alert", "number"), [tuple(row.values()) for row in counts], numbers=(1,))
    print_table(
        "",
        ("subject", "alert", "since", "days", "detail"),
        [
            (
                f"{row['subject_kind'].lower()} {row['subject_id']}",
                row["alert_code"],
                row["since_date"],
                row["days_open"],
                row["detail"],
            )
            for row in found
        ],
        numbers=(3,),
    )


def review(customer: str, *, as_json: bool) -> None:
    """Prints the score and the last review of a customer.

    Raises:
        NothingFoundError: If there is no such customer.
    """
    settings = get_settings()
    record_command(settings, "kyc reviews", customer)
    found = _read(settings, _REVIEW, {"customer": customer})
    if not found:
        raise NothingFoundError(
            f"There is no customer {customer} to review.", "Customers who left have no review."
        )
    if as_json:
        print_json(found[0])
        return
    print_table("", ("", ""), list(found[0].items()))


def owners(company: str, *, as_json: bool) -> None:
    """Prints the owners of a company.

    Raises:
        NothingFoundError: If none is known.
    """
    settings = get_settings()
    record_command(settings, "kyc owners", company)
    found = _read(settings, _OWNERS, {"company": company})
    if not found:
        raise NothingFoundError(
            f"Of {company} no owner is known.",
            "`finplatform kyc reviews --alert OWNERS_UNEXPLAINED` lists such companies.",
        )
    if as_json:
        print_json(found)
        return
    print_table(
        "",
        ("owner", "name", "direct", "in all", "holdings", "basis"),
        [
            (
                row["owner_id"],
                row["owner_name_masked"],
                f"{row['direct_share']:.2%}",
                f"{row['effective_share']:.2%}",
                row["chain_length"],
                row["basis"],
            )
            for row in found
        ],
        numbers=(2, 3, 4),
    )


def _read(settings: Settings, query: str, values: dict[str, Any] | None = None) -> Rows:
    warehouse = open_warehouse(settings)
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        missing = connection.execute(
            "select to_regclass('compliance.screening_hits') is null"
        ).fetchone()
        if missing and missing[0]:
            raise FinplatformError(
                "Nothing has been screened yet.", "Build the bank first: finplatform demo"
            )
        return cursor.execute(query.encode(), values).fetchall()


def _clear(
    settings: Settings, warehouse: Warehouse, found: dict[str, Any], reveal: Reveal
) -> dict[str, str]:
    """Clear fields of a hit's subject, after the trail has the reveal."""
    if not reveal.by or not reveal.reason:
        raise FinplatformError(
            "The disclosure of a clear name needs a user and a reason; both are kept.",
            'Add them: --reveal --by anna --reason "Compare with the passport"',
        )
    if found["subject_kind"] not in _IDENTITY:
        return _trading_name(settings, found)
    identity = _read(settings, _IDENTITY[found["subject_kind"]], found)
    door = IdentityDoor(
        warehouse, load_master_key(settings, create=False), reveal.by, OPERATOR, reveal.reason
    )
    opened = list(
        door.open(pl.Series([row["identity_id"] for row in identity], dtype=pl.String), _FIELDS)
    )
    if not opened:
        raise NothingFoundError("The subject's name was erased.")
    row = opened[0].row(0, named=True)
    return {name: row[name] for name in _FIELDS if row[name]}


def _trading_name(settings: Settings, found: dict[str, Any]) -> dict[str, str]:
    rows = _read(
        settings,
        "select merchant_name from silver.stg_merchants"
        " where merchant_id = %(subject_id)s and is_current",
        found,
    )
    return dict(rows[0]) if rows else {}


def _state(row: dict[str, Any]) -> str:
    because = row["open_because"]
    return f"{row['status']} ({because})" if because else str(row["status"])
