"""Tampering is found at its first row and called by its name, whatever the tamperer mends."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from finplatform.security.audit.events import Row
from finplatform.security.audit.notes import FIRST, Head, Signer, note_hash
from finplatform.security.audit.tree import root_of
from finplatform.security.audit.verify import Kind, LeafFile, Note, Report, Sealed, verify

ORIGIN = "bank/audit"
SIGNER = Signer(ORIGIN, bytes(range(32)))
STRANGER = Signer(ORIGIN, bytes(32))
SIZE, HEADS = 40, (10, 25, 34)
"""Rows after the last head are not sealed yet."""

Rows = list[Row]


def _row(seq: int, object_: str = "") -> Row:
    row = Row(
        seq, f"{seq}000000", f"{seq}000001", "bank_api", f"person{seq % 5}", "auditor",
        "GET /api/v1/accounts", object_ or f"account {seq}", "ok", '{"status": 200}', b"",
    )  # fmt: skip
    return _rehashed(row)


def _rehashed(row: Row) -> Row:
    return replace(row, leaf=row.hash)


def _seal(rows: Rows, sizes: tuple[int, ...] = HEADS, signer: Signer = SIGNER) -> Sealed:
    notes: list[Note] = []
    previous = FIRST
    for size in sizes:
        root = root_of([row.leaf for row in rows[:size]])
        head = Head(ORIGIN, size, root, datetime(2026, 1, 1, tzinfo=UTC), previous)
        notes.append(Note(size, signer.sign(head.text)))
        previous = note_hash(notes[-1].text)
    leaves = LeafFile(b"".join(row.leaf for row in rows[: sizes[-1]]))
    copies = {note.size: note_hash(note.text) for note in notes}
    return Sealed(ORIGIN, SIGNER.verifier, notes, leaves, copies)


ROWS = [_row(seq) for seq in range(1, SIZE + 1)]
SEALED = _seal(ROWS)


def _verify(rows: Rows, sealed: Sealed = SEALED, recorded: int = SIZE) -> Report:
    return verify(sorted(rows, key=lambda row: row.seq), sealed, recorded)


def _renumbered(rows: Rows) -> Rows:
    """Rows under new numbers and with new hashes: all that can be mended in the database."""
    return [_rehashed(replace(row, seq=seq)) for seq, row in enumerate(rows, 1)]


def test_a_trail_that_nobody_touched_holds() -> None:
    report = _verify(ROWS)
    assert report.holds
    assert (report.rows, report.sealed, report.heads) == (SIZE, HEADS[-1], len(HEADS))


def test_an_empty_trail_holds() -> None:
    nothing = Sealed(ORIGIN, SIGNER.verifier, [], LeafFile(b""))
    assert verify([], nothing, 0).holds


def _edited(rows: Rows, at: int) -> Rows:
    return [replace(row, actor="nobody") if row.seq == at else row for row in rows]


def _hash_edited(rows: Rows, at: int) -> Rows:
    return [replace(row, leaf=bytes(32)) if row.seq == at else row for row in rows]


def _rehashed_edit(rows: Rows, at: int) -> Rows:
    return [_rehashed(row) if row.seq == at else row for row in _edited(rows, at)]


def _rehashed_tail(rows: Rows, at: int) -> Rows:
    return [_rehashed(replace(row, actor="x")) if row.seq >= at else row for row in rows]


def _deleted(rows: Rows, at: int) -> Rows:
    return [row for row in rows if row.seq != at]


def _deleted_and_renumbered(rows: Rows, at: int) -> Rows:
    return _renumbered(_deleted(rows, at))


def _three_deleted_and_renumbered(rows: Rows, at: int) -> Rows:
    return _renumbered([row for row in rows if not at <= row.seq < at + 3])


def _inserted(rows: Rows, at: int) -> Rows:
    return [*rows, _row(at, "forged")]


def _inserted_and_renumbered(rows: Rows, at: int) -> Rows:
    return _renumbered([*rows[: at - 1], _row(at, "forged"), *rows[at - 1 :]])


def _copy_inserted_and_renumbered(rows: Rows, at: int) -> Rows:
    return _renumbered([*rows[: at - 1], rows[at - 3], *rows[at - 1 :]])


def _swapped(rows: Rows, at: int) -> Rows:
    changed = [*rows]
    changed[at - 1], changed[at + 1] = changed[at + 1], changed[at - 1]
    return _renumbered(changed)


def _moved_to_the_end(rows: Rows, at: int) -> Rows:
    return _renumbered([*rows[: at - 1], *rows[at : HEADS[-1]], rows[at - 1], *rows[HEADS[-1] :]])


def _truncated(rows: Rows, at: int) -> Rows:
    return [row for row in rows if row.seq < at]


WAYS: dict[Callable[[Rows, int], Rows], Kind] = {
    _edited: Kind.EDITED,
    _hash_edited: Kind.EDITED,
    _rehashed_edit: Kind.REHASHED,
    _rehashed_tail: Kind.REHASHED,
    _deleted: Kind.DELETED,
    _deleted_and_renumbered: Kind.DELETED,
    _three_deleted_and_renumbered: Kind.DELETED,
    _inserted: Kind.INSERTED,
    _inserted_and_renumbered: Kind.INSERTED,
    _copy_inserted_and_renumbered: Kind.INSERTED,
    _swapped: Kind.REORDERED,
    _moved_to_the_end: Kind.REORDERED,
    _truncated: Kind.TRUNCATED,
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
@pytest.mark.parametrize("at", [3, 10, 11, 20, 31])
def test_tampering_with_sealed_rows_is_named_at_its_first_row(
    way: Callable[[Rows, int], Rows], at: int
) -> None:
    report = _verify(way(ROWS, at))
    first = report.findings[0]
    expected = at + 1 if way is _inserted else at
    assert first.kind is WAYS[way], first.message
    # A second row of the same number is seen when the number is expected to have gone on.
    assert first.seq in (at, expected), first.message


@pytest.mark.parametrize("at", [35, 38, 40])
@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (_edited, Kind.EDITED),
        (_hash_edited, Kind.EDITED),
        (_truncated, Kind.TRUNCATED),
    ],
)
def test_tampering_with_rows_that_are_not_sealed_yet_is_named_where_the_hashes_were_not_mended(
    way: Callable[[Rows, int], Rows], kind: Kind, at: int
) -> None:
    first = _verify(way(ROWS, at)).findings[0]
    assert (first.kind, first.seq) == (kind, at)


def test_rows_that_were_not_counted_are_named() -> None:
    first = _verify([*ROWS, _row(SIZE + 1)]).findings[0]
    assert (first.kind, first.seq) == (Kind.INSERTED, SIZE + 1)


def _with_note(place: int, text: str, sealed: Sealed = SEALED) -> Sealed:
    notes = list(sealed.notes)
    notes[place] = Note(notes[place].size, text)
    return replace(sealed, notes=notes)


OTHER = _seal(_renumbered([_row(1, "another past"), *ROWS[1:]]))
SWAPS = {
    "signed by a stranger": (_with_note(1, _seal(ROWS, signer=STRANGER).notes[1].text), 25),
    "of another past, signed": (_with_note(1, OTHER.notes[1].text), 25),
    "an older head": (_with_note(2, SEALED.notes[1].text), 34),
    "a text that was changed": (
        _with_note(0, SEALED.notes[0].text.replace("\n10\n", "\n11\n")),
        10,
    ),
    "no note": (_with_note(2, ""), 34),
    "gone": (replace(SEALED, notes=SEALED.notes[:2]), 34),
    "the first is gone": (replace(SEALED, notes=SEALED.notes[1:]), 10),
    "of another log": (replace(SEALED, origin="another/audit"), 10),
}


@pytest.mark.parametrize("name", SWAPS)
def test_a_head_that_is_not_the_one_signed_is_named(name: str) -> None:
    sealed, size = SWAPS[name]
    found = {(finding.kind, finding.seq) for finding in _verify(ROWS, sealed).findings}
    assert (Kind.SWAPPED_HEAD, size) in found
    assert {kind for kind, _ in found} == {Kind.SWAPPED_HEAD}


def test_a_head_in_the_middle_is_missed_without_the_copy_of_the_database() -> None:
    sealed = replace(SEALED, notes=[SEALED.notes[0], SEALED.notes[2]], copies={})
    assert [(found.kind, found.seq) for found in _verify(ROWS, sealed).findings] == [
        (Kind.SWAPPED_HEAD, 34)
    ]


def test_rows_and_kept_hashes_changed_together_do_not_make_the_signed_root() -> None:
    rows = _rehashed_edit(ROWS, 17)
    forged = LeafFile(b"".join(row.leaf for row in rows[: HEADS[-1]]))
    first = _verify(rows, replace(SEALED, leaves=forged)).findings[0]
    assert first.kind is Kind.REHASHED
    assert first.seq == 11, "the head of 10 rows holds"


@pytest.mark.parametrize(
    "leaves", [b"", bytes(32 * 34), b"".join(row.leaf for row in ROWS[:20]) + b"half"]
)
def test_damaged_hashes_beside_good_rows_are_called_so(leaves: bytes) -> None:
    report = _verify(ROWS, replace(SEALED, leaves=LeafFile(leaves)))
    assert [found.kind for found in report.findings] == [Kind.DAMAGED_LEAVES]


@pytest.mark.parametrize("kind", [Kind.EDITED, Kind.REHASHED])
def test_without_the_kept_hashes_an_edit_is_still_found(kind: Kind) -> None:
    way = _edited if kind is Kind.EDITED else _rehashed_edit
    first = _verify(way(ROWS, 17), replace(SEALED, leaves=LeafFile(b""))).findings[0]
    assert first.kind is kind


def test_many_random_changes_are_all_found() -> None:
    """Whatever is done to a sealed row, the trail does not hold."""
    choice = random.Random(7)  # noqa: S311 - tries the same each time
    for _ in range(300):
        way = choice.choice(list(WAYS))
        assert not _verify(way(ROWS, choice.randint(3, 31))).holds
