"""`finplatform audit`: the trail of accesses for auditors.

Belongs here: the commands' bodies. What is recorded is `finplatform.warehouse.audit_log`, how
tampering is found `finplatform.security.audit.verify`.
"""

import json
from pathlib import Path

from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import audit_log, statement_log
from finplatform.warehouse.audit_seals import last_note, outside_head, proof_of, verify_trail
from finplatform.warehouse.audit_seals import seal as sign
from finplatform.warehouse.database import Warehouse, open_warehouse

_LONGEST_CELL = 60


def verify(key: str | None, head: Path | None, *, as_json: bool) -> None:
    """Verifies the trail; exits 1 if something was tampered with.

    Args:
        key: Public key of the signer; None: the home's own.
        head: File of a head that is kept outside.
        as_json: Whether the report is JSON.
    """
    settings = get_settings()
    warehouse = open_warehouse(settings)
    report = verify_trail(settings, warehouse, key)
    findings = list(report.findings)
    if head is not None:
        findings += outside_head(settings, warehouse, _text_of(head), key)
    if as_json:
        print_json(
            {
                "holds": not findings,
                "events": report.rows,
                "sealed": report.sealed,
                "heads": report.heads,
                "findings": [vars(finding) for finding in findings],
            }
        )
    elif not findings:
        OUT.print(
            f"The trail holds: {report.rows} events, of them {report.sealed} under"
            f" {report.heads} signed heads."
        )
    else:
        for finding in findings:
            kind = (f"{finding.kind} at {finding.seq}: ", "red")
            OUT.print(styled(kind, finding.message), soft_wrap=True)
    if findings:
        raise SystemExit(1)


def show(search: audit_log.Search, *, as_json: bool) -> None:
    """Prints the events that a search finds, and records that it was made."""
    settings = get_settings()
    warehouse = _collected(settings)
    criteria = {name: str(value) for name, value in vars(search).items() if value is not None}
    audit_log.record_command(settings, "audit show", "audit.event_log", criteria)
    with audit_log.trail(warehouse) as connection:
        found = audit_log.find(connection, search)
    if as_json:
        print_json(found)
        return
    print_table(
        "",
        ("event", "at", "actor", "role", "action", "object", "outcome", "detail"),
        [
            (
                row["seq"],
                f"{row['at']:%Y-%m-%d %H:%M:%S}",
                *(row[name] for name in ("actor", "role", "action", "object", "outcome")),
                _short(json.dumps(row["detail"], ensure_ascii=False)),
            )
            for row in found
        ],
        numbers=(0,),
    )


def seal(*, as_json: bool) -> None:
    """Signs a head and prints it."""
    settings = get_settings()
    warehouse = _collected(settings)
    head = sign(settings, warehouse)
    note = last_note(settings, warehouse)
    if head is None or note is None:
        raise FinplatformError("There is no event yet, so there is nothing to seal.")
    if as_json:
        print_json(
            {
                "size": head.size,
                "root": head.root.hex(),
                "sealed_at": head.sealed_at,
                "note": note,
            }
        )
    else:
        OUT.out(note.rstrip("\n"), highlight=False)


def prove(seq: int, *, as_json: bool) -> None:
    """Prints the proof of an event."""
    settings = get_settings()
    proof = proof_of(settings, open_warehouse(settings), seq)
    if as_json:
        print_json(proof)
        return
    OUT.print(f"Event {seq} is leaf {proof['index']} of {proof['size']}; its hash and the proof:")
    for name in (proof["leaf"], *proof["path"]):
        OUT.print(f"  {name}")
    OUT.print("The head that they lead to:")
    OUT.out(proof["note"].rstrip("\n"), highlight=False)


def _collected(settings: Settings) -> Warehouse:
    """The database, with what its log holds of statements in the trail."""
    warehouse = open_warehouse(settings)
    statement_log.collect(settings, warehouse)
    return warehouse


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FinplatformError(f"The head {path} cannot be read.", "Name a signed note.") from error


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
