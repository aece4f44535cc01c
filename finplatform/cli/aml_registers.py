"""`finplatform aml holder` and `exempt`: what cash reports need and no source delivers.

Belongs here: the commands. Does not belong here: what follows from the registers
(`finplatform.compliance.aml.currency_reports`).
"""

from dataclasses import asdict, dataclass
from datetime import date

import psycopg

from finplatform.cli.acting import acting_user
from finplatform.cli.output import OUT, print_json
from finplatform.compliance.aml.cases import LEAST_REASON
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.security.rights import Role
from finplatform.settings import get_settings
from finplatform.warehouse.database import open_warehouse

_ROLES = (Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER)


@dataclass(frozen=True)
class Exemption:
    """An exemption that is proposed.

    Attributes:
        customer_id: The person.
        valid_from: First day.
        valid_to: Last day; None while there is no end.
        paragraph: What it rests on.
        reason: Why.
    """

    customer_id: str
    valid_from: date
    valid_to: date | None
    paragraph: str
    reason: str


def note_holder(
    account: str, customer: str, since: date, until: date | None, by: str, *, as_json: bool
) -> None:
    """Notes a joint holder.

    Raises:
        FinplatformError: If account or customer is unknown, or the holder is noted already.
    """
    _check_days(since, until)
    settings = get_settings()
    with open_warehouse(settings).connect() as connection:
        _exists(connection, "stg_accounts", "account_id", account)
        _exists(connection, "stg_customers", "customer_id", customer)
        role = acting_user(settings, connection, by, "aml holder", f"{account} {customer}")
        _allowed(role)
        added = connection.execute(
            "insert into compliance.account_holders"
            " (account_id, customer_id, valid_from, valid_to, noted_by)"
            " values (%s, %s, %s, %s, %s) on conflict do nothing",
            (account, customer, since, until, by),
        ).rowcount
        if not added:
            raise FinplatformError(f"{customer} is noted as a holder of {account} from {since}.")
    if as_json:
        print_json({"account_id": account, "customer_id": customer, "valid_from": since})
        return
    OUT.print(
        f"{customer} is a holder of {account} from {since}; cash reports include it from then on."
    )


def propose_exemption(wanted: Exemption, by: str, *, as_json: bool) -> None:
    """Proposes an exemption, for another user to approve.

    Raises:
        FinplatformError: If the customer is unknown, or something is missing.
    """
    _check_days(wanted.valid_from, wanted.valid_to)
    if not wanted.paragraph or len(wanted.reason.strip()) < LEAST_REASON:
        raise FinplatformError(
            f"An exemption has a paragraph and a reason of {LEAST_REASON} characters."
        )
    settings = get_settings()
    with open_warehouse(settings).connect() as connection:
        _exists(connection, "stg_customers", "customer_id", wanted.customer_id)
        role = acting_user(settings, connection, by, "aml exempt", wanted.customer_id)
        _allowed(role)
        added = connection.execute(
            "insert into compliance.ctr_exemptions"
            " (customer_id, valid_from, valid_to, paragraph, reason, proposed_by)"
            " values (%(customer_id)s, %(valid_from)s, %(valid_to)s, %(paragraph)s, %(reason)s,"
            " %(by)s) on conflict do nothing",
            {**asdict(wanted), "by": by},
        ).rowcount
        if not added:
            raise FinplatformError(
                f"An exemption of {wanted.customer_id} from {wanted.valid_from} is there already."
            )
    if as_json:
        print_json(asdict(wanted))
        return
    OUT.print(f"Proposed: {wanted.customer_id} from {wanted.valid_from}. An officer approves it.")


def approve_exemption(customer: str, since: date, by: str, *, as_json: bool) -> None:
    """Approves an exemption that another user proposed.

    Raises:
        FinplatformError: If there is none to approve, or the same person proposed it.
    """
    settings = get_settings()
    with open_warehouse(settings).connect() as connection:
        role = acting_user(settings, connection, by, "aml exempt approve", customer)
        if role != Role.COMPLIANCE_OFFICER:
            raise FinplatformError(
                f"The role {role} may not approve an exemption.",
                f"It takes {Role.COMPLIANCE_OFFICER}.",
            )
        row = connection.execute(
            "select proposed_by, approved_by from compliance.ctr_exemptions"
            " where customer_id = %s and valid_from = %s for update",
            (customer, since),
        ).fetchone()
        if row is None:
            raise NothingFoundError(f"No exemption of {customer} from {since} is proposed.")
        if row[1] is not None:
            raise FinplatformError(f"The exemption of {customer} is approved already.")
        if row[0] == by:
            raise FinplatformError(
                f"{by} proposed the exemption of {customer} and may not approve it."
            )
        connection.execute(
            "update compliance.ctr_exemptions set approved_by = %s, approved_at = now()"
            " where customer_id = %s and valid_from = %s",
            (by, customer, since),
        )
    if as_json:
        print_json({"customer_id": customer, "valid_from": since, "approved_by": by})
        return
    OUT.print(f"{customer} is exempt from {since} on; run the days from then on again.")


def _exists(connection: psycopg.Connection, table: str, column: str, value: str) -> None:
    query = f"select 1 from silver.{table} where {column} = %s limit 1"
    if connection.execute(query.encode(), (value,)).fetchone() is None:
        raise NothingFoundError(f"There is no {column.removesuffix('_id')} {value}.")


def _allowed(role: str) -> None:
    if role not in _ROLES:
        raise FinplatformError(
            f"The role {role} may not keep this register.", f"It takes: {' or '.join(_ROLES)}."
        )


def _check_days(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise FinplatformError(f"It would end on {until}, before it begins on {since}.")
