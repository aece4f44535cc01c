"""`finplatform sox controls`, `test`, `evidence`, `duties` and `review`.

Belongs here: the commands. Does not belong here: controls and duties
(`finplatform.compliance.sox`), and where evidence is (`finplatform.warehouse.control_evidence`).
"""

from dataclasses import asdict
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.cli.acting import acting_user
from finplatform.cli.output import OUT, print_json, print_table
from finplatform.compliance.sox.controls import find_control, load_controls
from finplatform.compliance.sox.duties import Person, load_duties
from finplatform.compliance.sox.periods import Month
from finplatform.errors import FinplatformError
from finplatform.security.rights import load_rights
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import access_reviews, bulk, control_evidence, ddl
from finplatform.warehouse.access_reviews import Review, ReviewVerdict
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.windows import Window

_EVIDENCE = """
select control_id, period, result, population, sample, exceptions, link, tested_at, run_id
from compliance.sox_evidence
where (%(control)s::text is null or control_id = %(control)s)
    and period = coalesce(%(period)s, (select max(period) from compliance.sox_evidence))
order by control_id
"""

_DEFICIENCIES = """
select control_id, period, item, detail, tested_at from compliance.sox_deficiencies
where (%(control)s::text is null or control_id = %(control)s)
    and period = coalesce(%(period)s, (select max(period) from compliance.sox_evidence))
order by control_id, item
"""


def list_controls(control_id: str | None, *, as_json: bool) -> None:
    """Prints the register, or one control.

    Raises:
        FinplatformError: If there is no such control.
    """
    chosen = [find_control(control_id)] if control_id else list(load_controls())
    if as_json:
        print_json([control.model_dump(mode="json") for control in chosen])
        return
    if control_id:
        (control,) = chosen
        rows = {**control.model_dump(mode="json"), "evidence": control.evidence.words}
        rows["assertions"] = ", ".join(control.assertions)
        print_table(control_id, ("", ""), list(rows.items()))
        return
    print_table(
        "Controls",
        ("control", "title", "owner", "how"),
        [(c.id, c.title, str(c.owner), f"{c.nature}, {c.mode}, {c.frequency}") for c in chosen],
    )


def test(*, as_json: bool) -> None:
    """Gathers the evidence of this month and the last, by a run of the graph, and prints it.

    Raises:
        FinplatformError: If the run fails.
    """
    from finplatform.cli.building import whole_history
    from finplatform.cli.running import execute, require_success
    from finplatform.orchestration.jobs import CONTROLS_JOB

    settings = get_settings()
    record_command(settings, "sox test", "compliance.sox_evidence")
    require_success(execute(settings, (CONTROLS_JOB,), Window.day(whole_history(settings).last)))
    evidence(None, None, as_json=as_json)


def evidence(month: str | None, control_id: str | None, *, as_json: bool) -> None:
    """Prints evidence and deficiencies of a month.

    Raises:
        FinplatformError: If there is none, or no such control.
    """
    values: dict[str, Any] = {
        "period": str(Month.parse(month)) if month else None,
        "control": find_control(control_id).id if control_id else None,
    }
    settings = get_settings()
    record_command(settings, "sox evidence", month or "latest month")
    with _opened(settings).connect() as connection:
        found = _rows(connection, _EVIDENCE, values)
        failures = _rows(connection, _DEFICIENCIES, values)
    if not found:
        raise FinplatformError(
            f"There is no evidence of {month or 'any month'}.", "`finplatform sox test` gathers it."
        )
    if as_json:
        print_json({"evidence": found, "deficiencies": failures})
        return
    print_table(
        f"Evidence of {found[0]['period']}",
        ("control", "result", "population", "exceptions", "where"),
        [
            (r["control_id"], r["result"], r["population"], r["exceptions"], r["link"])
            for r in found
        ],
        (2, 3),
    )
    if failures:
        print_table(
            "Deficiencies",
            ("control", "item", "detail"),
            [(r["control_id"], r["item"], r["detail"]) for r in failures],
        )


def duties(*, as_json: bool) -> None:
    """Prints the duties of each user, and every conflict; exits 1 if there is one.

    Raises:
        SystemExit: With 1 if there is a conflict.
    """
    declared, rights, settings = load_duties(), load_rights(), get_settings()
    with _opened(settings).connect() as connection:
        found = control_evidence.violations(connection)
    held = {name: sorted(row.holders(rights)) for name, row in declared.duties.items()}
    if as_json:
        print_json({"duties": held, "breaches": [asdict(breach) for breach in found]})
    else:
        print_table(
            "Duties",
            ("duty", "roles", "what"),
            [
                (str(name), ", ".join(held[name]), row.description)
                for name, row in declared.duties.items()
            ],
        )
        if found:
            print_table(
                "Conflicts",
                ("conflict", "who", "what"),
                [(b.conflict, b.who, b.detail) for b in found],
            )
        else:
            OUT.print(f"No user has both duties of any of {len(declared.conflicts)} conflicts.")
    if found:
        raise SystemExit(1)


def show_review(review_id: int | None, *, as_json: bool) -> None:
    """Prints a review of rights.

    Raises:
        FinplatformError: If there is none.
    """
    settings = get_settings()
    record_command(settings, "sox review", str(review_id or "latest"))
    with _opened(settings).connect() as connection:
        _show(access_reviews.find_review(connection, review_id), as_json=as_json)


def open_review(by: str, reason: str, *, as_json: bool) -> None:
    """Takes a picture of who holds which rights.

    Raises:
        FinplatformError: If the person may not.
    """
    settings = get_settings()
    with _opened(settings).connect() as connection:
        person = Person(by, acting_user(settings, connection, by, "sox review --open", "rights"))
        _show(access_reviews.open_review(connection, person, reason), as_json=as_json)


def sign(by: str, note: str, holders: list[str] | None, *, revoke: bool, as_json: bool) -> None:
    """Signs lines of the latest review.

    Raises:
        FinplatformError: If the person may not, or a line is the person's own.
    """
    settings = get_settings()
    verdict = ReviewVerdict.REVOKE if revoke else ReviewVerdict.KEEP
    with _opened(settings).connect() as connection:
        role = acting_user(settings, connection, by, "sox review --sign", "rights")
        person = Person(by, role)
        review, signed = access_reviews.sign(connection, person, verdict, note, holders)
    if as_json:
        _show(review, as_json=True)
        return
    left = [line["holder"] for line in review.lines if line["signed_by"] is None]
    OUT.print(f"{by} signed {verdict} of {', '.join(signed)}.")
    OUT.print(f"To be signed: {', '.join(left)}." if left else "The review is complete.")


def _show(review: Review, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(review), "is_signed": review.is_signed})
        return
    print_table(
        f"Review {review.review_id}, opened by {review.opened_by}: {review.reason}",
        ("holder", "role", "regions", "remarks", "verdict", "signed by"),
        [
            (
                line["holder"],
                line["role"] + (" (disabled)" if line["is_disabled"] else ""),
                "all" if line["regions"] is None else ", ".join(line["regions"]) or "none",
                " ".join(line["remarks"]) or None,
                line["verdict"],
                line["signed_by"],
            )
            for line in review.lines
        ],
    )


def _opened(settings: Settings) -> Warehouse:
    """The database with the tables of reviews."""
    warehouse = open_warehouse(settings)
    with bulk.connect(warehouse.url) as connection:
        ddl.create_schemas(connection)
    return warehouse


def _rows(
    connection: psycopg.Connection, query: str, values: dict[str, Any]
) -> list[dict[str, Any]]:
    table = connection.execute("select to_regclass('compliance.sox_evidence') is null").fetchone()
    if table is None or table[0]:
        return []
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
