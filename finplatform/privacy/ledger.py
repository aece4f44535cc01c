"""The ledger of erasures, outside of the database and of its backups.

A restored backup contains people who were erased since; the ledger allows their erasure again. It
identifies people by a keyed hash, which is meaningless without the platform's key and stays valid
after its rotation. Does not belong here: erasing (`erasure`).
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.security.key_file import sync_folder
from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser
from finplatform.settings import Settings

LEDGER_FILE = "erasures.jsonl"

_KIND = "erased subject"


@dataclass(frozen=True)
class Entry:
    """One erasure.

    Attributes:
        at: Instant, ISO 8601 in UTC.
        by: Who had it done.
        subject: Keyed hash of the customer's number.
        request_id: Request that it answers.
        basis: Why, in words.
    """

    at: str
    by: str
    subject: str
    request_id: str
    basis: str


def ledger_path(settings: Settings) -> Path:
    """The ledger's file; back it up apart from the databases."""
    return settings.privacy / LEDGER_FILE


def subject_hashes(master: MasterKey, subjects: Iterable[str]) -> dict[str, str]:
    """Keyed hash of each customer's number, by number."""
    distinct = pl.Series("subject", sorted(set(subjects)), dtype=pl.String)
    hashes = Tokeniser(master).tokenise(distinct, _KIND)
    return dict(zip(distinct.to_list(), hashes.to_list(), strict=True))


def append(path: Path, entries: Iterable[Entry]) -> None:
    """Adds entries, durable when this returns.

    Raises:
        FinplatformError: If the file cannot be written; nothing may be erased then.
    """
    lines = "".join(json.dumps(asdict(entry), sort_keys=True) + "\n" for entry in entries)
    try:
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise FinplatformError(
            f"The ledger of erasures at {path} cannot be written ({error.strerror}).",
            "Nothing was erased. Give this user the file and run it again.",
        ) from error


def read(path: Path) -> list[Entry]:
    """Entries in their order; none before the first erasure.

    Raises:
        FinplatformError: If a line is no entry: a ledger with gaps would bring people back.
    """
    if not path.exists():
        return []
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise FinplatformError(
                f"Line {number} of the ledger of erasures at {path} is damaged.",
                "Put back the ledger from its own backup.",
            ) from error
    return entries
