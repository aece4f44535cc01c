"""`finplatform gdpr`: answers to people about their data, for compliance officers.

Belongs here: the commands' bodies about single people. What they do is `finplatform.privacy`; what
is about the whole platform is `gdpr_register`.
"""

import getpass
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.privacy import holds as holds_of_people
from finplatform.privacy.access import Held, held_of, write_archive
from finplatform.privacy.erasure import Place
from finplatform.privacy.erasure import replay as replay_ledger
from finplatform.privacy.holds import Hold, holds_of
from finplatform.privacy.identity import Purpose
from finplatform.privacy.ledger import subject_hashes
from finplatform.privacy.rectification import checked
from finplatform.privacy.rectification import rectify as make_correction
from finplatform.privacy.requests import (
    ACCESS,
    RECTIFICATION,
    Outcome,
    Request,
    carry_out_due,
    record_completed,
    request_erasures,
    require_known,
)
from finplatform.privacy.requests import requests as requests_of
from finplatform.security.audit.events import Event
from finplatform.settings import get_settings
from finplatform.warehouse.audit_log import OPERATOR, record, record_command, trail
from finplatform.warehouse.database import open_warehouse


def access(customer: str, by: str, reason: str, *, as_json: bool) -> None:
    """Prints what is held of a person."""
    held, request_id, _ = _held(customer, by, reason, "gdpr access")
    if as_json:
        print_json({"request": request_id, "identities": held.identities, "tables": held.tables})
        return
    fields = sorted({name for one in held.identities for name in one})
    OUT.print(f"Request {request_id}. Encrypted fields: {', '.join(fields) or 'none'}.")
    print_table("", ("table", "rows"), list(held.counts.items()), numbers=(1,))
    OUT.print("`finplatform gdpr export` writes the copy for the person.")


def export(customer: str, by: str, reason: str, *, as_json: bool) -> None:
    """Writes a copy for a person and prints where it is."""
    held, request_id, place = _held(customer, by, reason, "gdpr export")
    path = write_archive(place, customer, request_id, held)
    rows = sum(held.counts.values())
    if as_json:
        print_json({"request": request_id, "file": str(path), "rows": held.counts})
        return
    OUT.print(f"Request {request_id}: {rows} rows of {len(held.tables)} tables.")
    OUT.print(str(path), soft_wrap=True)


def rectify(customer: str, changes: Sequence[str], by: str, reason: str, *, as_json: bool) -> None:
    """Corrects a person's data and prints when it takes effect."""
    values = checked(dict(_pair(change) for change in changes))
    place = _place()
    require_known(place, customer)
    _require(by, reason)
    received = Request(customer, by, reason, _today(None), getpass.getuser())
    make_correction(place, customer, values)
    fields = sorted(values)
    with trail(place.warehouse) as connection:
        hashed = subject_hashes(place.master, [customer])[customer]
        request_id = record_completed(connection, RECTIFICATION, received, hashed)
        detail = {"by": by, "reason": reason, "fields": fields, "request": request_id}
        event = Event(received.account, OPERATOR, "gdpr rectify", customer, detail=detail)
        record(connection, event)
    if as_json:
        print_json({"request": request_id, "customer": customer, "fields": fields})
        return
    OUT.print(f"Request {request_id}: {', '.join(fields)} of {customer} corrected at the source.")
    OUT.print("The next load of customers takes it to history.")


def erase(
    customer: str | None,
    file: Path | None,
    by: str,
    basis: str,
    on: date | None,
    *,
    as_json: bool,
) -> None:
    """Erases people or keeps their requests, and prints which; exits 1 if one is held."""
    customers = _customers(customer, file)
    _require(by, basis)
    _refuse_future(on)
    account = getpass.getuser()
    received = [Request(one, by, basis, _today(on), account) for one in customers]
    outcomes = request_erasures(_place(), received, at=datetime.now(UTC))
    _print_outcomes(outcomes, as_json=as_json)
    if any(outcome.state == "HELD" for outcome in outcomes):
        raise SystemExit(1)


def due(on: date | None, *, drill: bool, as_json: bool) -> None:
    """Carries out requests whose day has come, and prints them."""
    if not drill:
        _refuse_future(on)
    outcomes = carry_out_due(_place(), _today(on), at=datetime.now(UTC))
    if not outcomes and not as_json:
        OUT.print("No request is due.")
        return
    _print_outcomes(outcomes, as_json=as_json)


def requests(*, waiting: bool, as_json: bool) -> None:
    """Prints the register of requests."""
    place = _place()
    record_command(place.settings, "gdpr requests", "compliance.privacy_requests")
    found = requests_of(place.warehouse, None, "WAITING" if waiting else None)
    if as_json:
        print_json(found)
        return
    columns = ("request_id", "kind", "customer_id", "state", "received_date", "erase_on", "basis")
    print_table("", columns, [tuple(row[name] for name in columns) for row in found])


def replay(*, as_json: bool) -> None:
    """Repeats the erasures of the ledger, and prints how many people the database held."""
    settings = get_settings()
    warehouse = open_warehouse(settings)
    record_command(settings, "gdpr replay", "privacy/erasures.jsonl")
    count = replay_ledger(warehouse.url, settings)
    if as_json:
        print_json({"people": count})
        return
    OUT.print(f"{count} people of the ledger were in the database; they are erased.")


def set_hold(customer: str, until: date, reason: str, by: str, *, as_json: bool) -> None:
    """Sets a hold and prints it."""
    place = _place()
    require_known(place, customer)
    _require(by, reason)
    with trail(place.warehouse) as connection:
        number = holds_of_people.set_hold(connection, customer, until, reason, by, _today(None))
        detail = {"by": by, "reason": reason, "until": until.isoformat(), "hold": number}
        event = Event(getpass.getuser(), OPERATOR, "gdpr hold", customer, detail=detail)
        record(connection, event)
    if as_json:
        print_json({"hold": number, "customer": customer, "until": until})
        return
    OUT.print(f"Hold {number}: {customer} is not erased before {until}.")


def list_holds(customer: str | None, on: date | None, *, as_json: bool) -> None:
    """Prints holds that were set, or all holds on one person."""
    place = _place()
    record_command(place.settings, "gdpr hold list", customer or "compliance.privacy_holds")
    law: list[Hold] = []
    with trail(place.warehouse) as connection:
        found = holds_of_people.set_holds(connection, customer)
        if customer is not None:
            require_known(place, customer)
            law = holds_of(connection, [customer], _today(on)).get(customer, [])
    if as_json:
        print_json({"set": found, "in_force": [vars(hold) for hold in law]})
        return
    columns = ("hold_id", "customer_id", "until_date", "reason", "set_by", "lifted_by")
    print_table("", columns, [tuple(row[name] for name in columns) for row in found])
    for hold in law:
        OUT.print(_hold_text(hold), soft_wrap=True)


def lift_hold(number: int, reason: str, by: str, *, as_json: bool) -> None:
    """Lifts a hold and prints it."""
    place = _place()
    _require(by, reason)
    with trail(place.warehouse) as connection:
        customer = holds_of_people.lift_hold(connection, number, reason, by)
        detail = {"by": by, "reason": reason, "hold": number}
        event = Event(getpass.getuser(), OPERATOR, "gdpr hold lift", customer, detail=detail)
        record(connection, event)
    if as_json:
        print_json({"hold": number, "customer": customer, "lifted_by": by})
        return
    OUT.print(f"Hold {number} on {customer} is lifted.")


def _held(customer: str, by: str, reason: str, action: str) -> tuple[Held, str, Place]:
    """What is held of a person, once the request is noted and recorded."""
    place = _place()
    require_known(place, customer)
    _require(by, reason)
    received = Request(customer, by, reason, _today(None), getpass.getuser())
    with trail(place.warehouse) as connection:
        hashed = subject_hashes(place.master, [customer])[customer]
        request_id = record_completed(connection, ACCESS, received, hashed)
        detail = {"by": by, "reason": reason, "request": request_id}
        record(connection, Event(received.account, OPERATOR, action, customer, detail=detail))
    held = held_of(place, customer, Purpose(by, reason))
    return held, request_id, place


def _print_outcomes(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    if as_json:
        print_json([_plain(outcome) for outcome in outcomes])
        return
    for outcome in outcomes:
        if outcome.state == "ERASED_BEFORE":
            OUT.print("Erased before; nothing was left to do.")
        elif outcome.state == "HELD":
            OUT.print(
                f"{outcome.request_id}: refused. The hold ends on {outcome.erase_on}; the request"
                " is kept and carried out then.",
                soft_wrap=True,
            )
            for hold in outcome.holds:
                OUT.print(f"  {_hold_text(hold)}", soft_wrap=True)
        else:
            OUT.print(f"{outcome.request_id}: erased.")
        if outcome.reply is not None:
            OUT.print(f"  Answer to the person: {outcome.reply}", soft_wrap=True)
    erased = next((outcome.erased for outcome in outcomes if outcome.erased), None)
    if erased is None:
        return
    print_table(
        "",
        ("table", "what", "rows"),
        [(change.table, change.action, change.rows) for change in erased.changes],
        numbers=(2,),
    )
    for hit in erased.files:
        OUT.print(f"{hit.treatment.value}: {hit.path}", soft_wrap=True)
    if not erased.source:
        OUT.print("The source is its owner's to erase; what it still delivers is refused.")


def _plain(outcome: Outcome) -> dict[str, Any]:
    erased = outcome.erased
    return {
        "request": outcome.request_id,
        "state": outcome.state,
        "erase_on": outcome.erase_on,
        "holds": [vars(hold) for hold in outcome.holds],
        "reply": str(outcome.reply) if outcome.reply else None,
        "changes": [vars(change) for change in erased.changes] if erased else [],
        "texts": [vars(hit) for hit in erased.texts] if erased else [],
        "files": [vars(hit) for hit in erased.files] if erased else [],
        "source_erased": erased.source if erased else None,
    }


def _hold_text(hold: Hold) -> str:
    until = f"until {hold.until}" if hold.is_final else f"not before {hold.until}, it goes on"
    return f"{hold.rule_id}, {until}: {hold.reason}"


def _customers(customer: str | None, file: Path | None) -> list[str]:
    if (customer is None) == (file is None):
        raise FinplatformError(
            "Whom to erase is one number, or a file of numbers.",
            'finplatform gdpr erase C0000001 --by anna --basis "Letter of 1 March"',
        )
    if file is None:
        return [str(customer)]
    lines = file.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _pair(change: str) -> tuple[str, str]:
    name, is_set, value = change.partition("=")
    if not is_set:
        raise FinplatformError(
            "A correction is a field and a value.", 'Name a field: --set "city=Brno"'
        )
    return name.strip(), value


def _require(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise FinplatformError(
            "An answer needs an author and a reason; both are kept.",
            'Add them: --by anna --reason "Letter of 1 March"',
        )


def _refuse_future(on: date | None) -> None:
    """A day that is to come would end holds before their time."""
    if on is not None and on > _today(None):
        raise FinplatformError(
            f"{on} is to come; holds would be taken as ended. Nothing was changed.",
            "Leave --on out. A drill on a copy takes `finplatform gdpr due --on DAY --drill`.",
        )


def _place() -> Place:
    settings = get_settings()
    return Place.of(settings, open_warehouse(settings))


def _today(on: date | None) -> date:
    return on or datetime.now(UTC).date()
