"""Fifty ways to tamper with the trail of a real database and its files: each is named."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.cli import audit as command
from finplatform.errors import FinplatformError
from finplatform.security.audit.events import Event
from finplatform.security.audit.notes import Head, Verifier
from finplatform.security.audit.tree import includes
from finplatform.security.audit.verify import Kind
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import Search, record, trail
from finplatform.warehouse.audit_seals import (
    KEY_FILE,
    SealFolder,
    seal,
    verify_session,
    verify_trail,
)
from finplatform.warehouse.database import Warehouse
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

SIZES = (40, 90, 120)
REHASH = """
update audit.event_log set leaf = sha256('\\x00'::bytea || convert_to(jsonb_build_array(
    seq, trunc(extract(epoch from at) * 1000000), trunc(extract(epoch from recorded_at) * 1000000),
    recorded_by, actor, role, action, object, outcome, detail)::text, 'UTF8'))
where seq >= {at};
"""
COLUMNS = "at, recorded_at, recorded_by, actor, role, action, object, outcome, detail, leaf"
OFF = "alter table audit.event_log disable trigger all;"


def _renumbered(condition: str, by: int) -> str:
    """Numbers of some rows moved, by way of numbers that are not taken."""
    return (
        f"update audit.event_log set seq = -seq where seq {condition};"
        f"update audit.event_log set seq = -seq + {by} where seq < 0;"
    )


def _edit(column: str, value: str) -> Callable[[int], str]:
    return lambda at: f"update audit.event_log set {column} = {value} where seq = {at};"


def _delete(at: int) -> str:
    return f"delete from audit.event_log where seq = {at};"


def _delete_and_close(at: int) -> str:
    return (
        _delete(at)
        + _renumbered(f"> {at}", -1)
        + "update audit.log_size set size = size - 1;"
        + REHASH.format(at=at)
    )


def _copy(at: int, to: int) -> str:
    return (
        f"insert into audit.event_log (seq, {COLUMNS})"
        f" select {to}, {COLUMNS} from audit.event_log where seq = {at};"
    )


def _insert(at: int) -> str:
    return (
        _renumbered(f">= {at}", 1)
        + _copy(at - 1, at)
        + f"update audit.event_log set actor = 'forged' where seq = {at};"
        + "update audit.log_size set size = size + 1;"
        + REHASH.format(at=at)
    )


def _insert_copy(at: int) -> str:
    return (
        "alter table audit.event_log drop constraint event_log_pkey;"
        + _copy(at, at)
        + "update audit.log_size set size = size + 1;"
    )


def _swap(at: int) -> str:
    return (
        f"update audit.event_log set seq = -1 where seq = {at};"
        f"update audit.event_log set seq = {at} where seq = {at + 7};"
        f"update audit.event_log set seq = {at + 7} where seq = -1;" + REHASH.format(at=at)
    )


def _truncate(at: int) -> str:
    return (
        f"delete from audit.event_log where seq >= {at};update audit.log_size set size = {at - 1};"
    )


def _rehash(at: int) -> str:
    return _edit("object", "'another'")(at) + REHASH.format(at=at)


def _rehash_tail(at: int) -> str:
    return f"update audit.event_log set actor = 'nobody' where seq >= {at};" + REHASH.format(at=at)


IN_ROWS: dict[str, tuple[Callable[[int], str], Kind, tuple[int, ...]]] = {
    "edit the actor": (_edit("actor", "'nobody'"), Kind.EDITED, (1, 40, 41, 120)),
    "edit the time": (_edit("at", "at - interval '1 day'"), Kind.EDITED, (2, 77)),
    "edit the time to none": (
        lambda at: "alter table audit.event_log drop constraint event_log_at_check;"
        + _edit("at", "'infinity'")(at),
        Kind.EDITED,
        (60,),
    ),
    "edit the detail": (_edit("detail", "'{\"rows\": 1}'"), Kind.EDITED, (3, 119)),
    "edit the outcome": (_edit("outcome", "'failed'"), Kind.EDITED, (64,)),
    "edit who recorded it": (_edit("recorded_by", "'x'"), Kind.EDITED, (65,)),
    "edit the hash": (_edit("leaf", "''"), Kind.EDITED, (66, 125)),
    "delete": (_delete, Kind.DELETED, (1, 41, 88, 122)),
    "delete, and close the gap": (_delete_and_close, Kind.DELETED, (1, 40, 41, 70, 90)),
    "insert, and make room": (_insert, Kind.INSERTED, (2, 41, 90, 119)),
    "insert a copy": (_insert_copy, Kind.INSERTED, (1, 55, 118)),
    "reorder": (_swap, Kind.REORDERED, (1, 38, 50, 84, 100, 113)),
    "truncate": (_truncate, Kind.TRUNCATED, (1, 40, 91, 120)),
    "truncate what is not sealed": (
        lambda at: f"delete from audit.event_log where seq >= {at};", Kind.TRUNCATED, (124,),
    ),
    "re-hash a row": (_rehash, Kind.REHASHED, (1, 66, 120)),
    "re-hash the tail": (_rehash_tail, Kind.REHASHED, (10, 41, 119)),
}  # fmt: skip


def _swap_notes(folder: SealFolder) -> None:
    folder.note(90).write_text(folder.note(40).read_text())


def _edit_note(folder: SealFolder) -> None:
    text = folder.note(90).read_text()
    folder.note(90).write_text(text.replace("\n90\n", "\n91\n"))


def _edit_signature(folder: SealFolder) -> None:
    text = folder.note(120).read_text()
    folder.note(120).write_text(text[:-10] + "AAAA" + text[-6:])


def _remove_note(size: int) -> Callable[[SealFolder], None]:
    return lambda folder: folder.note(size).unlink()


def _forge_leaves(folder: SealFolder) -> None:
    content = bytearray(folder.leaves.read_bytes())
    content[32 * 50] ^= 1
    folder.leaves.write_bytes(bytes(content))


IN_FILES: dict[str, tuple[Callable[[SealFolder], None], Kind, int]] = {
    "put an older head in place": (_swap_notes, Kind.SWAPPED_HEAD, 90),
    "edit a head": (_edit_note, Kind.SWAPPED_HEAD, 90),
    "edit a signature": (_edit_signature, Kind.SWAPPED_HEAD, 120),
    "remove the first head": (_remove_note(40), Kind.SWAPPED_HEAD, 90),
    "remove a head": (_remove_note(90), Kind.SWAPPED_HEAD, 120),
    "change the kept hashes": (_forge_leaves, Kind.DAMAGED_LEAVES, 41),
    "remove the kept hashes": (lambda folder: folder.leaves.unlink(), Kind.DAMAGED_LEAVES, 1),
}


@dataclass(frozen=True)
class Trail:
    """A database with events, of which the last are not sealed."""

    settings: Settings
    warehouse: Warehouse

    @property
    def folder(self) -> SealFolder:
        return SealFolder.of(self.settings, self.warehouse)

    def fill(self, sizes: tuple[int, ...], last: int) -> None:
        before = 0
        for size in (*sizes, last):
            with trail(self.warehouse) as connection:
                events = [
                    Event(f"person{n % 7}", "auditor", "GET /api/v1/accounts", f"account {n}")
                    for n in range(before, size)
                ]
                record(connection, *events)
            if size in sizes:
                seal(self.settings, self.warehouse)
            before = size

    def tamper(self, statements: str) -> None:
        with self.warehouse.connect() as connection:
            connection.execute(f"{OFF}{statements}".encode())


@pytest.fixture(scope="module")
def sealed(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    """125 events, of which 120 are under three heads."""
    with new_databases(postgres_server, "trail") as (url,):
        settings = Settings(home=tmp_path_factory.mktemp("trail"), database_url=url)
        made = Trail(settings, Warehouse(make_url(url)))
        made.fill(SIZES, SIZES[-1] + 5)
        assert verify_trail(settings, made.warehouse).holds
        yield made


@pytest.fixture
def own(postgres_server: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trail]:
    """12 events, of which 9 are under two heads, in the database that the settings name."""
    with new_databases(postgres_server, "own") as (url,):
        monkeypatch.setenv("FINPLATFORM_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("FINPLATFORM_DATABASE_URL", url)
        get_settings.cache_clear()
        made = Trail(get_settings(), Warehouse(make_url(url)))
        made.fill((5, 9), 12)
        yield made
        get_settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name, (_, _, places) in IN_ROWS.items() for at in places]
)
def test_tampering_with_rows_is_named_with_the_first_row(sealed: Trail, name: str, at: int) -> None:
    way, kind, _ = IN_ROWS[name]
    verifier = Verifier.parse(sealed.folder.verifier.read_text())
    with sealed.warehouse.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(f"{OFF}{way(at)}".encode())
        report = verify_session(connection, sealed.folder, verifier)
    first = report.findings[0]
    assert (first.kind, first.seq) == (kind, at), first.message


@pytest.mark.parametrize("name", IN_FILES)
def test_tampering_with_files_is_named(sealed: Trail, tmp_path: Path, name: str) -> None:
    way, kind, at = IN_FILES[name]
    copy = SealFolder(tmp_path / "copy", sealed.folder.origin)
    shutil.copytree(sealed.folder.path, copy.path)
    way(copy)
    verifier = Verifier.parse(sealed.folder.verifier.read_text())
    with sealed.warehouse.connect() as connection:
        report = verify_session(connection, copy, verifier)
    assert (kind, at) in {(found.kind, found.seq) for found in report.findings}


def test_at_least_fifty_tamperings_are_tried() -> None:
    assert sum(len(places) for _, _, places in IN_ROWS.values()) + len(IN_FILES) >= 50


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (_edit("actor", "'nobody'")(4), "edited at 4"),
        (_delete(4), "deleted at 4"),
        (_insert(4), "inserted at 4"),
        (_swap(1), "reordered at 1"),
        (_truncate(4), "truncated at 4"),
        (_rehash_tail(4), "re-hashed tail at 4"),
    ],
)
def test_the_command_names_row_and_kind_and_fails(
    own: Trail, capsys: pytest.CaptureFixture[str], statements: str, said: str
) -> None:
    own.tamper(statements)
    with pytest.raises(SystemExit):
        command.verify(None, None, as_json=False)
    assert said in capsys.readouterr().out


def test_the_command_says_that_a_trail_holds(
    own: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    command.verify(None, None, as_json=False)
    assert "12 events, of them 9 under 2 signed heads" in capsys.readouterr().out


def test_sealing_covers_all_events_and_once(own: Trail) -> None:
    head = seal(own.settings, own.warehouse)
    assert head is not None
    assert head.size == 12
    assert seal(own.settings, own.warehouse) == head
    report = verify_trail(own.settings, own.warehouse)
    assert (report.holds, report.sealed, report.heads) == (True, 12, 3)


@pytest.mark.parametrize(
    "statements", [_edit("actor", "'nobody'")(11), _delete(11), _truncate(11).split(";")[0]]
)
def test_events_that_were_tampered_with_before_they_were_sealed_are_not_sealed(
    own: Trail, statements: str
) -> None:
    own.tamper(statements)
    with pytest.raises(FinplatformError, match="row 11 is"):
        seal(own.settings, own.warehouse)


def test_a_sealed_event_that_was_changed_does_not_get_into_later_heads(own: Trail) -> None:
    own.tamper(_rehash(4))
    assert seal(own.settings, own.warehouse)
    first = verify_trail(own.settings, own.warehouse).findings[0]
    assert (first.kind, first.seq) == (Kind.REHASHED, 4)


def test_a_seal_that_was_interrupted_is_made_whole_by_the_next(own: Trail) -> None:
    with own.folder.leaves.open("ab") as file:
        file.write(b"half of a hash")
    assert seal(own.settings, own.warehouse)
    assert verify_trail(own.settings, own.warehouse).holds


def test_a_head_kept_outside_shows_that_later_heads_and_events_are_gone(
    own: Trail, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside.note"
    shutil.copyfile(own.folder.note(9), outside)
    command.verify(None, outside, as_json=False)
    own.folder.note(9).unlink()
    own.folder.leaves.write_bytes(own.folder.leaves.read_bytes()[: 5 * 32])
    own.tamper(_truncate(6))
    assert verify_trail(own.settings, own.warehouse).holds
    with pytest.raises(SystemExit):
        command.verify(None, outside, as_json=False)
    assert "truncated at 6" in capsys.readouterr().out


def test_heads_signed_anew_with_another_key_do_not_pass_the_key_kept_outside(own: Trail) -> None:
    key = own.folder.verifier.read_text()
    (own.settings.keys / KEY_FILE).unlink()
    shutil.rmtree(own.folder.path)
    assert seal(own.settings, own.warehouse)
    assert verify_trail(own.settings, own.warehouse).holds
    found = verify_trail(own.settings, own.warehouse, key).findings
    assert [finding.kind for finding in found] == [Kind.SWAPPED_HEAD]


def test_an_event_is_proven_by_its_leaf_and_a_head(
    own: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    command.prove(7, as_json=True)
    proof = json.loads(capsys.readouterr().out)
    text = Verifier.parse(own.folder.verifier.read_text()).open(proof["note"])
    head = Head.parse(text)
    path = [bytes.fromhex(sibling) for sibling in proof["path"]]
    assert includes(head.root, head.size, proof["index"], bytes.fromhex(proof["leaf"]), path)
    with pytest.raises(FinplatformError, match="No head covers row 10"):
        command.prove(10, as_json=True)


def test_a_search_is_itself_recorded(own: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    command.show(Search(actor="person1"), as_json=True)
    assert {row["actor"] for row in json.loads(capsys.readouterr().out)} == {"person1"}
    command.show(Search(action="audit show"), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found[-1]["detail"]["actor"] == "person1"
