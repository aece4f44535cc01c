"""`finplatform aml export`: drafts of reports as files, in the folder of filings.

A file that breaks a rule of the authority is not written. Belongs here: the command. Does not
belong here: what a file holds (`finplatform.warehouse.laundering_reports`).
"""

from datetime import date
from pathlib import Path

import psycopg

from finplatform.cli.acting import acting_user
from finplatform.cli.aml import bank_of
from finplatform.cli.output import OUT, print_json
from finplatform.compliance.aml.filings import (
    Institution,
)
from finplatform.compliance.aml.fincen import (
    currency_batch,
    suspicious_batch,
)
from finplatform.compliance.aml.fincen_rules import broken_rules, open_items
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.security.keys import load_master_key
from finplatform.security.rights import Role
from finplatform.security.vault import Vault
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import reveal_witness
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.laundering_reports import currency_filings, suspicious_filing

_WRITES_CASH = (Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER)


def run(
    case_id: str | None,
    first: date | None,
    last: date | None,
    by: str,
    *,
    reveal: bool,
    as_json: bool,
) -> None:
    """Writes a draft, and prints its path and the missing fields.

    Args:
        case_id: Case whose report is written.
        first: First business day of cash reports.
        last: Last one; None: the first.
        by: User who writes it.
        reveal: Whether names are in clear.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If neither or both are requested, the user lacks the duty, there is
            nothing to write, or the file would break a rule.
    """
    if (case_id is None) == (first is None) or not by:
        raise FinplatformError(
            "Name the report and its author.",
            "`finplatform aml export CASE --by NAME`, or `--from DAY --to DAY --by NAME`.",
        )
    settings = get_settings()
    what = case_id or f"cash reports {first}..{last or first}"
    with open_warehouse(settings).connect() as connection:
        role = acting_user(settings, connection, by, "aml export", what)
        _check_role(role, is_suspicious=case_id is not None)
        vault = _vault(settings, by, role, what) if reveal else None
        bank = Institution(name=bank_of(settings))
        if case_id is not None:
            filing = suspicious_filing(connection, case_id, vault)
            content, name = suspicious_batch([filing], bank), f"{filing.report_id}_DRAFT.xml"
        else:
            content, name = _cash(connection, first, last, bank, vault)
    path, missing = _write(settings, name, content), open_items(content)
    if as_json:
        print_json({"file": path, "open_items": missing})
        return
    OUT.print(f"Draft: {path}", soft_wrap=True)
    OUT.print(f"It keeps the rules; to be put in before filing: {', '.join(missing) or 'nothing'}.")


def _cash(
    connection: psycopg.Connection,
    first: date | None,
    last: date | None,
    bank: Institution,
    vault: Vault | None,
) -> tuple[bytes, str]:
    if first is None:
        raise AssertionError
    filings = currency_filings(connection, first, last or first, vault)
    if not filings:
        raise FinplatformError(
            f"No cash report is due for {first} to {last or first}.",
            "compliance.ctr_reports has those that are.",
        )
    return currency_batch(filings, bank), f"CTR_{first}_{last or first}_DRAFT.xml"


def _check_role(role: str, *, is_suspicious: bool) -> None:
    allowed = (Role.COMPLIANCE_OFFICER,) if is_suspicious else _WRITES_CASH
    if role not in allowed:
        raise FinplatformError(
            f"The role {role} may not write this report.", f"It takes: {' or '.join(allowed)}."
        )


def _vault(settings: Settings, by: str, role: str, what: str) -> Vault:
    witness = reveal_witness(open_warehouse(settings), by, role, f"report of {what}")
    return Vault(load_master_key(create=False), witness=witness)


def _write(settings: Settings, name: str, content: bytes) -> Path:
    """Writes a file that keeps the rules, in one piece.

    Raises:
        FinplatformError: If it breaks one.
    """
    if broken := broken_rules(content):
        raise FinplatformError(
            f"The file would break rules: {'; '.join(broken)}.",
            "Nothing is written; what the report rests on is to be mended.",
        )
    settings.filings.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    path = settings.filings / name
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return path
