"""The vault: what goes in comes out for the right subject and key alone, and nothing leaks."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from finplatform.errors import FinplatformError
from finplatform.security.canary import find_canaries
from finplatform.security.keys import MasterKey
from finplatform.security.subject_keys import KEY_SCHEMA, destroy_keys, known_keys, rewrap
from finplatform.security.vault import IDENTITY_SCHEMA, SealResult, Vault, identity_id

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MASTER = MasterKey(b"m" * 32)
FIELDS = ["name", "email", "birth_date"]
PEOPLE = pl.DataFrame(
    {
        "customer_id": [1, 2, 1, 1],
        "name": ["Zdenka Canaryová", "Kanario O'Pilot", "Zdenka Canaryová", "Zdenka Nováková"],
        "email": ["zdenka@canary.example", None, "zdenka@canary.example", "zdenka@canary.example"],
        "birth_date": [date(1980, 2, 29), date(1975, 1, 1), date(1980, 2, 29), date(1980, 2, 29)],
    }
)


def told(_: str) -> None:
    """A witness that lets everything pass."""


@pytest.fixture
def vault() -> Vault:
    return Vault(MASTER, witness=told)


def seal(vault: Vault, frame: pl.DataFrame, known: dict[str, bytes | None]) -> SealResult:
    return vault.seal(frame, subject="customer_id", fields=FIELDS, known_keys=known, at=NOON)


def opened(vault: Vault, result: SealResult) -> dict[str, dict[str, str | None]]:
    keys = known_keys(result.keys)
    return {i: vault.open(blob, s, keys[s]) for i, s, blob in result.identities.iter_rows()}


def test_each_version_is_stored_once_and_every_row_finds_its_own(vault: Vault) -> None:
    result = seal(vault, PEOPLE, {})
    clear = opened(vault, result)
    assert [clear[i]["name"] for i in result.identity_ids] == PEOPLE["name"].to_list()
    assert clear[result.identity_ids[1]] == {
        "birth_date": "1975-01-01",
        "email": None,
        "name": "Kanario O'Pilot",
    }
    assert result.identities.height == 3
    assert result.identities.schema == IDENTITY_SCHEMA
    assert result.keys.schema == KEY_SCHEMA
    assert result.keys["subject_id"].to_list() == ["1", "2"]
    assert result.keys["created_at"].unique().to_list() == [NOON]
    assert result.refused.is_empty()


text = st.none() | st.text(max_size=30)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=5), text, text), min_size=1, max_size=6))
def test_any_text_comes_back_as_it_was_in_the_standard_library_s_json(
    rows: list[tuple[str, str | None, str | None]],
) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(["s", "b", "a"], pl.String), orient="row")
    vault = Vault(MASTER, witness=told)
    result = vault.seal(frame, subject="s", fields=["b", "a"], known_keys={})
    clear = opened(vault, result)
    for (_, b, a), identity in zip(rows, result.identity_ids, strict=True):
        if identity is None:
            assert a is None
            assert b is None
        else:
            assert clear[identity] == {"a": a, "b": b}
    # What is sealed decides the ids, so a change of a library's JSON must not pass unseen.
    sent = frame.select(pl.struct("a", "b").struct.json_encode())["a"].to_list()
    plain = [{"a": a, "b": b} for _, b, a in rows]
    assert sent == [json.dumps(p, ensure_ascii=False, separators=(",", ":")) for p in plain]


def test_a_second_load_gives_the_same_bytes_and_no_new_keys(vault: Vault) -> None:
    first = seal(vault, PEOPLE, {})
    second = seal(Vault(MASTER), PEOPLE, known_keys(first.keys))
    assert_frame_equal(second.identities, first.identities)
    assert_series_equal(second.identity_ids, first.identity_ids)
    assert second.keys.is_empty()
    part = seal(vault, PEOPLE[3:], known_keys(first.keys))
    assert part.identity_ids[0] == first.identity_ids[3]


def test_the_order_of_fields_does_not_matter_and_their_content_does(vault: Vault) -> None:
    known = known_keys(seal(vault, PEOPLE, {}).keys)
    forward = vault.seal(PEOPLE, subject="customer_id", fields=FIELDS, known_keys=known)
    back = vault.seal(PEOPLE, subject="customer_id", fields=FIELDS[::-1], known_keys=known)
    assert_series_equal(forward.identity_ids, back.identity_ids)
    assert forward.identity_ids.n_unique() == 3


def test_equal_people_of_two_subjects_share_neither_id_nor_bytes(vault: Vault) -> None:
    twins = pl.concat([PEOPLE[:1], PEOPLE[:1].with_columns(customer_id=pl.lit(9, pl.Int64))])
    result = seal(vault, twins, {})
    assert result.identities["identity_id"].n_unique() == 2
    assert result.identities["sealed"].n_unique() == 2


def test_a_changed_bit_anywhere_is_found(vault: Vault) -> None:
    result = seal(vault, PEOPLE[:1], {})
    blob, wrapped = result.identities["sealed"][0], result.keys["wrapped_key"][0]
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises(FinplatformError, match=r"altered|unknown version"):
            vault.open(bytes(changed), "1", wrapped)
    for wrong in (b"", blob[:1], blob[:10], blob[:-1], blob + b"\0"):
        with pytest.raises(FinplatformError, match=r"altered|unknown version"):
            vault.open(wrong, "1", wrapped)


def test_a_blob_does_not_open_for_another_subject_even_with_its_own_key(vault: Vault) -> None:
    result = seal(vault, PEOPLE[:1], {})
    with pytest.raises(FinplatformError, match="not that subject's"):
        vault.open(result.identities["sealed"][0], "2", result.keys["wrapped_key"][0])


def test_a_destroyed_key_cannot_open_and_its_subject_is_refused_by_name(vault: Vault) -> None:
    before = seal(vault, PEOPLE, {})
    erased = destroy_keys(before.keys, ["1"], at=NOON)
    blob = before.identities.filter(subject_id="1")["sealed"][0]
    with pytest.raises(FinplatformError, match="subject 1 was destroyed"):
        vault.open(blob, "1", known_keys(erased)["1"])

    after = seal(vault, PEOPLE, known_keys(before.keys) | known_keys(erased))
    assert after.refused.rows() == [(n, "1", "identity_key_destroyed") for n in (0, 2, 3)]
    assert after.identity_ids.is_null().to_list() == [True, False, True, True]
    assert after.identities["subject_id"].to_list() == ["2"]
    assert after.keys.is_empty()


def test_rows_without_subject_are_refused_and_rows_without_content_have_no_identity(
    vault: Vault,
) -> None:
    frame = pl.DataFrame(
        {"customer_id": [None, "", "5"], "name": ["A", "B", None]},
        schema_overrides={"name": pl.String},
    )
    result = vault.seal(frame, subject="customer_id", fields=["name"], known_keys={})
    assert result.refused.rows() == [
        (0, None, "identity_subject_missing"),
        (1, "", "identity_subject_missing"),
    ]
    assert result.identity_ids.to_list() == [None, None, None]
    assert result.identities.is_empty()
    assert result.keys.is_empty()


def test_an_empty_frame_gives_empty_tables_of_the_same_schema(vault: Vault) -> None:
    result = seal(vault, PEOPLE.clear(), {})
    assert result.identities.schema == IDENTITY_SCHEMA
    assert result.keys.schema == KEY_SCHEMA
    assert result.identity_ids.dtype == pl.String
    assert result.identity_ids.is_empty()


def test_the_wrong_master_key_stops_a_load_instead_of_mixing_keys(vault: Vault) -> None:
    known = known_keys(seal(vault, PEOPLE, {}).keys)
    with pytest.raises(FinplatformError, match="does not open with this master key"):
        seal(Vault(MasterKey(b"w" * 32)), PEOPLE, known)


def test_rewrapped_keys_open_old_blobs_and_give_the_same_ids(vault: Vault) -> None:
    before = seal(vault, PEOPLE, {})
    rotated = MASTER.rotated()
    keys = known_keys(rewrap(before.keys, MASTER, rotated))
    moved = Vault(rotated, witness=told)
    for identity, subject, blob in before.identities.iter_rows():
        assert moved.open(blob, subject, keys[subject]) == opened(vault, before)[identity]
    assert_frame_equal(seal(moved, PEOPLE, keys).identities, before.identities)


def test_nothing_opens_without_a_witness_or_against_its_word() -> None:
    result = seal(Vault(MASTER), PEOPLE[:1], {})
    blob, wrapped = result.identities["sealed"][0], result.keys["wrapped_key"][0]
    with pytest.raises(FinplatformError, match="no witness"):
        Vault(MASTER).open(blob, "1", wrapped)

    seen: list[str] = []
    Vault(MASTER, witness=seen.append).open(blob, "1", wrapped)
    assert seen == ["1"]

    def forbid(_: str) -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        Vault(MASTER, witness=forbid).open(blob, "1", wrapped)


def test_the_size_of_a_blob_does_not_tell_the_length_of_a_name(vault: Vault) -> None:
    names = pl.DataFrame({"customer_id": range(30), "name": ["x" * n for n in range(30)]})
    result = vault.seal(names, subject="customer_id", fields=["name"], known_keys={})
    assert result.identities["sealed"].bin.size().n_unique() == 1


def test_what_is_stored_and_shown_holds_no_clear_text(vault: Vault, tmp_path: Path) -> None:
    result = seal(vault, PEOPLE, {})
    result.identities.write_parquet(tmp_path / "identity.parquet", compression="uncompressed")
    result.keys.write_parquet(tmp_path / "keys.parquet", compression="uncompressed")
    (tmp_path / "result.txt").write_text(repr(result))
    canaries = ["Canaryov", "zdenka", "Pilot", "canary.example", "1980-02-29"]
    assert find_canaries(tmp_path, canaries, ignore_case=True) == []


def test_fields_of_other_types_are_kept_as_their_text(vault: Vault) -> None:
    frame = pl.DataFrame({"customer_id": ["c"], "limit": [Decimal("10.50")], "code": [7]})
    result = vault.seal(frame, subject="customer_id", fields=["limit", "code"], known_keys={})
    assert list(opened(vault, result).values()) == [{"code": "7", "limit": "10.50"}]


def test_the_id_is_the_tag_of_the_blob(vault: Vault) -> None:
    identity, _, blob = seal(vault, PEOPLE[:1], {}).identities.row(0)
    assert identity == identity_id(blob) == blob.hex()[-32:]
