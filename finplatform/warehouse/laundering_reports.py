"""Suspicious activity and currency transaction reports in the database: drafts and filing data.

Belongs here: reading the facts of reports, and the only decryption of names for a file. Does not
belong here: their text (`finplatform.compliance.aml.narrative`) and shape (`fincen`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.aml.cases import CaseRefusedError, Decision
from finplatform.compliance.aml.filings import (
    CurrencyFiling,
    Subject,
    SuspiciousFiling,
)
from finplatform.compliance.aml.narrative import AlertFacts, CaseFacts, MovementFacts, draft
from finplatform.compliance.aml.rules import standard_rules
from finplatform.errors import NothingFoundError
from finplatform.security.vault import Vault
from finplatform.warehouse.laundering_cases import CaseFile, case_file

_PRIOR = """
select report_id from compliance.suspicious_activity_reports
where customer_id = %s and case_id <> %s order by drafted_at
"""

_INSERT = """
insert into compliance.suspicious_activity_reports (
    report_id, case_id, customer_id, filing_type, prior_report_id, activity_from, activity_to,
    amount_usd, typologies, narrative, due_date, review_date, drafted_by
) values (
    %(report_id)s, %(case_id)s, %(customer_id)s, %(filing_type)s, %(prior_report_id)s,
    %(activity_from)s, %(activity_to)s, %(amount_usd)s, %(typologies)s, %(narrative)s,
    %(due_date)s, %(review_date)s, %(drafted_by)s
)
"""

_REPORT = """
select reports.*, prior.bsa_id as prior_bsa_id,
    (
        select sum(earlier.amount_usd) from compliance.suspicious_activity_reports as earlier
        where earlier.customer_id = reports.customer_id and earlier.drafted_at < reports.drafted_at
    ) as earlier_usd
from compliance.suspicious_activity_reports as reports
left join compliance.suspicious_activity_reports as prior
    on reports.prior_report_id = prior.report_id
where reports.case_id = %s
"""

_CASH = """
select
    reports.filing_id, reports.business_date, reports.direction, reports.customer_id,
    reports.amount_usd, reports.transaction_count, accounts.account_ids, accounts.has_machine,
    accounts.has_night_deposit
from compliance.ctr_reports as reports
inner join lateral (
    select array_agg(distinct parts.account_id order by parts.account_id) as account_ids,
        bool_or(facts.channel = 'ATM') as has_machine,
        bool_or(facts.direction > 0 and facts.transaction_hour >= %(night)s) as has_night_deposit
    from compliance.ctr_report_transactions as parts
    inner join gold.fact_transactions as facts on parts.transaction_id = facts.transaction_id
    where parts.report_id = reports.report_id
) as accounts on true
where reports.business_date between %(first)s and %(last)s and not reports.is_exempt
order by reports.business_date, reports.filing_id, reports.customer_id
"""

_SEALED = """
select identities.sealed, identities.subject_id, keys.wrapped_key
from silver.stg_customers as customers
inner join vault.customer_identity as identities using (identity_id)
inner join vault.customer_keys as keys using (subject_id)
where customers.customer_id = %s
order by customers.version_number desc limit 1
"""

_PLACE = """
select city, state, country from silver.stg_customers
where customer_id = %s order by version_number desc limit 1
"""

_SEALED_ACCOUNT = """
select identities.sealed, identities.subject_id, keys.wrapped_key
from silver.stg_accounts as accounts
inner join vault.customer_identity as identities using (identity_id)
inner join vault.customer_keys as keys using (subject_id)
where accounts.account_id = %s
order by accounts.version_number desc limit 1
"""

_UNKNOWN_BSA_ID = "0" * 14


def facts_of(file: CaseFile, bank: str, prior: Sequence[str] = ()) -> CaseFacts:
    """Facts of a narrative.

    Args:
        file: The case.
        bank: Name of the bank.
        prior: Earlier reports on the customer.
    """
    return CaseFacts(
        bank=bank,
        case_id=file.case.case_id,
        customer_id=file.case.customer_id,
        alerts=[
            AlertFacts(row["typology"], row["alert_date"], row["score"], row["reason"])
            for row in file.alerts
        ],
        movements=[
            MovementFacts(
                row["transaction_id"], row["customer_id"], row["account_id"],
                row["transaction_at"], row["amount_usd"], row["kind"], row["is_subject"],
            )
            for row in file.transactions
        ],
        has_suspect=file.case.has_suspect,
        reason=file.decision["reason"] if file.decision else "not decided",
        prior_reports=prior,
    )  # fmt: skip


def draft_report(
    connection: psycopg.Connection, case_id: str, bank: str, by: str, day: date
) -> str:
    """Drafts the report of a case with the decision to report.

    Args:
        connection: Session of the owner; the draft is part of the caller's transaction.
        case_id: The case.
        bank: Name of the bank.
        by: Decider.
        day: Present day.

    Returns:
        Identifier of the report.

    Raises:
        NothingFoundError: If there is no such case.
        CaseRefusedError: If the decision is not to report.
    """
    file = case_file(connection, case_id)
    if file.decision is None or file.decision["decision"] != Decision.REPORT:
        raise CaseRefusedError(f"No report was decided on {case_id}.")
    found = connection.execute(_PRIOR, (file.case.customer_id, case_id)).fetchall()
    prior = [report for (report,) in found]
    facts = facts_of(file, bank, prior)
    report_id = case_id.replace("CASE-", "SAR-")
    days = standard_rules().as_of(day).whole("SUSPICIOUS_REPORT", "continuing_days")
    connection.execute(
        _INSERT,
        {
            "report_id": report_id,
            "case_id": case_id,
            "customer_id": file.case.customer_id,
            "filing_type": "CONTINUING" if prior else "INITIAL",
            "prior_report_id": prior[-1] if prior else None,
            "activity_from": facts.first_day,
            "activity_to": facts.last_day,
            "amount_usd": facts.amount_usd,
            "typologies": ", ".join(facts.typologies),
            "narrative": draft(facts),
            "due_date": file.case.due_date,
            "review_date": day + timedelta(days=days),
            "drafted_by": by,
        },
    )
    return report_id


def suspicious_filing(
    connection: psycopg.Connection, case_id: str, vault: Vault | None = None
) -> SuspiciousFiling:
    """Filing data of a drafted report.

    Args:
        connection: Session of the owner.
        case_id: The case.
        vault: Decrypts identities, with an audit event; None leaves names out.

    Raises:
        NothingFoundError: If there is no draft.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_REPORT, (case_id,)).fetchone()
    if row is None:
        raise NothingFoundError(f"There is no report of the case {case_id}.")
    file = case_file(connection, case_id)
    accounts = sorted({r["account_id"] for r in file.transactions if r["is_subject"]})
    subject = None
    if file.case.has_suspect:
        subject = _subject(connection, file.case.customer_id, accounts, vault)
    is_continuing = row["filing_type"] == "CONTINUING"
    return SuspiciousFiling(
        report_id=row["report_id"],
        typologies=row["typologies"].split(", "),
        activity_from=row["activity_from"],
        activity_to=row["activity_to"],
        amount_usd=row["amount_usd"],
        subject=subject,
        narrative=row["narrative"],
        cumulative_usd=(row["earlier_usd"] or Decimal(0)) + row["amount_usd"]
        if is_continuing
        else None,
        prior_bsa_id=(row["prior_bsa_id"] or _UNKNOWN_BSA_ID) if is_continuing else None,
    )


def currency_filings(
    connection: psycopg.Connection, first: date, last: date, vault: Vault | None = None
) -> list[CurrencyFiling]:
    """Filing data of the cash reports of business days, without exempt persons.

    Args:
        connection: Session of the owner.
        first: First business day.
        last: Last business day.
        vault: Decrypts identities, with an audit event; None leaves names out.
    """
    night = standard_rules().as_of(first).whole("CURRENCY_REPORT", "night_from_hour")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_CASH, {"first": first, "last": last, "night": night}).fetchall()
    filings: dict[str, CurrencyFiling] = {}
    for row in rows:
        subject = _subject(connection, row["customer_id"], row["account_ids"], vault)
        known = filings.get(row["filing_id"])
        filings[row["filing_id"]] = (
            replace(known, subjects=[*known.subjects, subject])
            if known
            else _currency_filing(row, subject)
        )
    return list(filings.values())


def _currency_filing(row: Mapping[str, Any], subject: Subject) -> CurrencyFiling:
    return CurrencyFiling(
        filing_id=row["filing_id"],
        business_date=row["business_date"],
        direction=row["direction"],
        amount_usd=row["amount_usd"],
        transaction_count=row["transaction_count"],
        subjects=[subject],
        has_night_deposit=row["has_night_deposit"],
        has_machine=row["has_machine"],
    )


def _subject(
    connection: psycopg.Connection, customer_id: str, accounts: Sequence[str], vault: Vault | None
) -> Subject:
    """A person; in clear if a vault decrypts the identity, which is recorded."""
    with connection.cursor(row_factory=dict_row) as cursor:
        place = cursor.execute(_PLACE, (customer_id,)).fetchone() or {}
    clear = _opened(connection, _SEALED, customer_id, vault)
    numbers = [
        _opened(connection, _SEALED_ACCOUNT, account, vault).get("account_number") or account
        for account in accounts
    ]
    return Subject(
        customer_id=customer_id,
        last_name=clear.get("last_name"),
        first_name=clear.get("first_name"),
        birth_date=clear.get("date_of_birth"),
        street=clear.get("address"),
        city=place.get("city"),
        state=place.get("state"),
        country=place.get("country"),
        accounts=numbers,
    )


def _opened(
    connection: psycopg.Connection, query: str, of: str, vault: Vault | None
) -> Mapping[str, str | None]:
    """Clear fields of the latest identity of a query; empty without a vault or a key."""
    if vault is None:
        return {}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query.encode(), (of,)).fetchone()
    if row is None or row["wrapped_key"] is None:
        return {}
    return vault.open(bytes(row["sealed"]), row["subject_id"], bytes(row["wrapped_key"]))
