"""`finplatform gdpr register|retention|canary` and `finplatform keys`: the platform as a whole.

Belongs here: the commands' bodies. Answers to single people are `gdpr`.
"""

import getpass
import hashlib
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.ingest.connectors.config import load_sources
from finplatform.privacy import key_rotation
from finplatform.privacy.file_search import find_in_files
from finplatform.privacy.processing import activities, as_markdown
from finplatform.privacy.processing import as_json as record_as_json
from finplatform.privacy.relations import stored_tables
from finplatform.privacy.retention import delete_expired, expired
from finplatform.privacy.table_search import find_in_tables
from finplatform.security.canary import find_canaries
from finplatform.security.keys import load_master_key
from finplatform.security.rights import load_rights
from finplatform.settings import get_settings
from finplatform.warehouse import dbt
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse

_RECORD = "processing_record"


def register(*, as_json: bool) -> None:
    """Writes the record of processing, and prints where it is."""
    from finplatform.orchestration.build import all_contracts

    settings = get_settings()
    record_command(settings, "gdpr register", f"documents/{_RECORD}")
    contracts = all_contracts(dbt.load_manifest(settings)).values()
    record = activities(contracts, load_rights())
    controller = load_sources(settings.sources_file, frozenset(SOURCES)).bank.name
    folder = settings.home / "documents"
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    structured = record_as_json(record, controller)
    (folder / f"{_RECORD}.json").write_text(
        json.dumps(structured, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    path = folder / f"{_RECORD}.md"
    path.write_text(as_markdown(record, controller), encoding="utf-8")
    if as_json:
        print_json(structured)
        return
    tables = sum(len(one.tables) for one in record)
    OUT.print(f"{len(record)} activities on {tables} tables about people.")
    OUT.print(str(path), soft_wrap=True)


def retention(on: date | None, *, delete: bool, as_json: bool) -> None:
    """Prints, or deletes, what is over its time of keeping."""
    settings = get_settings()
    warehouse = open_warehouse(settings)
    today = datetime.now(UTC).date()
    as_of = on or today
    if delete and as_of > today:
        raise FinplatformError(
            f"{as_of} is to come; rows would be deleted before their time. Nothing was deleted.",
            "Leave --on out, or --delete to list the expired rows of that day.",
        )
    detail = {"as_of": as_of.isoformat(), "delete": delete}
    record_command(settings, "gdpr retention", "policy.yaml", detail)
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    first_day = sources.history.start if sources.history else settings.history_start
    found = (delete_expired if delete else expired)(warehouse, as_of, first_day)
    if as_json:
        print_json([vars(one) for one in found])
        return
    word = "deleted" if delete else "over its time"
    print_table(
        "",
        ("table", "counted by", "kept from", word),
        [(one.table, one.date_column, one.cutoff, one.rows) for one in found],
        numbers=(3,),
    )


def canary(
    texts: Sequence[str], folders: Sequence[Path], *, ignore_case: bool, as_json: bool
) -> None:
    """Looks for clear values in tables and files; exits 1 if one is found."""
    texts = texts or [line.strip() for line in sys.stdin if line.strip()]
    if not texts:
        raise FinplatformError(
            "There is nothing to look for.", 'finplatform gdpr canary "Jan Ptak"'
        )
    settings = get_settings()
    warehouse = open_warehouse(settings)
    # What is looked for is personal, and the trail is for ever.
    digests = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
    record_command(settings, "gdpr canary", f"{len(texts)} texts", {"sha256": digests})
    with warehouse.connect() as connection:
        tables = stored_tables(connection, load_rights())
    in_tables = find_in_tables(warehouse.url, tables, texts, ignore_case=ignore_case)
    in_files = [str(path) for path in find_in_files(settings.home, texts, ignore_case=ignore_case)]
    for folder in folders:
        hits = find_canaries(folder, texts, ignore_case=ignore_case)
        in_files += sorted({hit.source for hit in hits} - set(in_files))
    if as_json:
        print_json({"tables": [vars(hit) for hit in in_tables], "files": in_files})
    else:
        print_table(
            "",
            ("table", "column", "rows"),
            [(hit.table, hit.column, hit.rows) for hit in in_tables],
            numbers=(2,),
        )
        for file in in_files:
            OUT.print(file, soft_wrap=True)
        OUT.print(f"{len(in_tables)} columns and {len(in_files)} files hold it.")
    if in_tables or in_files:
        raise SystemExit(1)


def rotate(*, as_json: bool) -> None:
    """Rotates the master key and prints what is left to do."""
    settings = get_settings()
    done = key_rotation.rotate(settings, open_warehouse(settings), getpass.getuser())
    if as_json:
        print_json(vars(done))
        return
    OUT.print(f"{done.keys} keys are wrapped by {done.new} instead of {done.old}.")
    OUT.print("Copy HOME/keys/master.key to its safe place, then delete the old key:")
    OUT.print(done.retired, soft_wrap=True)


def verify_keys(*, as_json: bool) -> None:
    """Opens every living key and prints how many there are."""
    settings = get_settings()
    record_command(settings, "keys verify", "master key")
    master = load_master_key(settings, create=False)
    count = key_rotation.verify(open_warehouse(settings), master)
    if as_json:
        print_json({"keys": count, "fingerprint": master.fingerprint})
        return
    OUT.print(f"{count} keys open with {master.fingerprint}.")
