"""`finplatform aml rules`, `dry-run` and `approve`: figures of monitoring, and their changes.

Belongs here: the commands. Does not belong here: the comparison
(`finplatform.compliance.aml.dry_run`) and what is kept (`finplatform.warehouse.laundering_rules`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.cli.acting import acting_user
from finplatform.cli.output import OUT, print_json, print_table
from finplatform.compliance.aml.cases import LEAST_REASON
from finplatform.compliance.aml.dry_run import Comparison
from finplatform.compliance.aml.rules import parse_change, standard_rules
from finplatform.errors import FinplatformError
from finplatform.security.rights import Role
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import laundering_rules
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.laundering_reading import read_rules
from finplatform.windows import Window

_WAITING = """
select change_id, name, value, valid_from, reason, proposed_by, alerts_before, alerts_after,
    reported_lost
from compliance.aml_rule_changes where approved_by is null order by change_id
"""


@dataclass(frozen=True)
class Proposal:
    """Whether a tried change is proposed as well.

    Attributes:
        valid_from: First day on which it is to hold; None: it is not proposed.
        by: Who proposes it.
        reason: Why.
    """

    valid_from: date | None
    by: str
    reason: str


def show(*, as_json: bool) -> None:
    """Prints the figures in force today, and changes that wait."""
    settings, today = get_settings(), datetime.now(UTC).date()
    warehouse = open_warehouse(settings)
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        waiting = cursor.execute(_WAITING).fetchall()
    figures = [f for f in read_rules(warehouse.url, standard_rules()).figures if f.in_force(today)]
    if as_json:
        print_json({"figures": [vars(figure) for figure in figures], "waiting": waiting})
        return
    rows = [(f.name, f.value, f.paragraph, f.valid_from, f.description) for f in figures]
    print_table("Figures in force", ("figure", "value", "from", "since", "meaning"), rows, (1,))
    if waiting:
        print_table(
            "Changes that wait for approval",
            ("change", "figure", "value", "from", "by", "alerts", "would be", "reported lost"),
            [(w["change_id"], w["name"], w["value"], w["valid_from"], w["proposed_by"],
              w["alerts_before"], w["alerts_after"], w["reported_lost"]) for w in waiting],
            (0, 2, 5, 6, 7),
        )  # fmt: skip


def dry_run(
    written: Sequence[str], first: date, last: date, proposal: Proposal, *, as_json: bool
) -> None:
    """Compares alerts by changed figures with those by the figures in force, on past days.

    Args:
        written: Changes as `RULE.part=value`.
        first: First day.
        last: Last day.
        proposal: Whether the change is proposed for approval.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If a change is none, or may not be proposed.
    """
    settings = get_settings()
    changes = [parse_change(one) for one in written]
    _check(changes, proposal)
    if first > last:
        raise FinplatformError(f"The first day, {first}, is after the last, {last}.")
    window = Window.through(first, last)
    warehouse = open_warehouse(settings)
    with warehouse.connect() as connection:
        if proposal.valid_from is None:
            record_command(settings, "aml dry-run", ", ".join(written))
        else:
            _allow(settings, connection, proposal.by, "aml dry-run", ", ".join(written))
        found = laundering_rules.try_on_history(connection, warehouse.url, changes, window)
        change_id = None
        if proposal.valid_from is not None:
            name, value = changes[0]
            change = laundering_rules.Change(
                name, value, proposal.valid_from, proposal.reason, proposal.by
            )
            change_id = laundering_rules.propose(connection, change, window, found)
    _show(found, change_id, as_json=as_json)


def approve(change_id: int, by: str, *, as_json: bool) -> None:
    """Approves a change that another user proposed.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    settings = get_settings()
    with open_warehouse(settings).connect() as connection:
        _allow(settings, connection, by, "aml approve", f"change {change_id}")
        row = laundering_rules.approve(connection, change_id, by, datetime.now(UTC).date())
    if as_json:
        print_json(row)
        return
    OUT.print(f"{row['name']} is {row['value']} from {row['valid_from']} on.")


def _check(changes: Sequence[tuple[str, Decimal]], proposal: Proposal) -> None:
    if proposal.valid_from is None:
        return
    if len(changes) != 1:
        raise FinplatformError("One figure is proposed at a time.")
    if proposal.valid_from <= datetime.now(UTC).date():
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        raise FinplatformError(
            f"A change cannot hold from {proposal.valid_from}, which is not to come.",
            f"Propose it from {tomorrow} on.",
        )
    if not proposal.by or len(proposal.reason.strip()) < LEAST_REASON:
        raise FinplatformError(
            f"A proposal has who makes it (--by) and a reason of {LEAST_REASON} characters."
        )


def _allow(
    settings: Settings, connection: psycopg.Connection, by: str, action: str, on: str
) -> None:
    role = acting_user(settings, connection, by, action, on)
    if role != Role.COMPLIANCE_OFFICER:
        raise FinplatformError(
            f"The role {role} may not change rules.", f"It takes {Role.COMPLIANCE_OFFICER}."
        )


def _show(found: Comparison, change_id: int | None, *, as_json: bool) -> None:
    if as_json:
        plain: dict[str, Any] = {
            "alerts_before": found.before,
            "alerts_after": found.after,
            "customers_before": found.customers_before,
            "customers_after": found.customers_after,
            "by_typology": found.by_typology.to_dicts(),
            "lost": found.lost.to_dicts(),
            "new": found.new.to_dicts(),
            "reported_lost": found.reported_lost,
            "change_id": change_id,
        }
        print_json(plain)
        return
    print_table("Alerts", ("typology", "in force", "changed"), found.by_typology.rows(), (1, 2))
    OUT.print(
        f"{found.before} alerts on {found.customers_before} customers by the figures in force,"
        f" {found.after} on {found.customers_after} by the changed ones:"
        f" {found.lost.height} lost, {found.new.height} new."
    )
    OUT.print(f"Of those lost, {found.reported_lost} were part of a report to the authority.")
    if change_id is not None:
        OUT.print(f"Proposed as change {change_id}: `finplatform aml approve {change_id}`.")
