"""Signed notes against the vectors of their reference implementation, and heads against forgers."""

import base64
from datetime import UTC, datetime

import pytest

from finplatform.security.audit.notes import FIRST, Head, NoteError, Signer, Verifier, note_hash

# Of golang.org/x/mod/sumdb/note.
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # noqa: S105 - published
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
NOTE = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"

SIGNER = Signer("PeterNeumann", base64.b64decode(SECRET)[1:])
HEAD = Head("bank/audit", 17, bytes(range(32)), datetime(2026, 11, 30, 1, 2, 3, 456789, UTC), FIRST)


def test_a_note_is_signed_as_the_reference_implementation_does() -> None:
    assert SIGNER.sign(TEXT) == NOTE
    assert SIGNER.verifier.text == PUBLIC


def test_a_note_of_the_reference_implementation_is_opened() -> None:
    assert Verifier.parse(PUBLIC).open(NOTE) == TEXT


def test_signatures_of_others_are_left_alone() -> None:
    other = Signer("witness", bytes(32)).sign(TEXT).removeprefix(f"{TEXT}\n")
    assert SIGNER.verifier.open(f"{TEXT}\n{other}— PeterNeumann {SIGNATURE}\n") == TEXT


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("cryptography", "cryptographY"),
        NOTE.replace("PeterNeumann", "PeterNeumanm"),
        NOTE.replace("x08go", "x08gp"),
        NOTE.replace("AM=", "AQ="),
        NOTE.replace("x08go/", "====="),
        Signer("PeterNeumann", bytes(32)).sign(TEXT),
        TEXT,
        f"{TEXT}\n",
        NOTE.rstrip("\n"),
        "",
    ],
)
def test_what_the_signer_did_not_sign_is_not_opened(note: str) -> None:
    with pytest.raises(NoteError):
        SIGNER.verifier.open(note)


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("Peter", "Paul"),
        PUBLIC.replace("ARpc", "AQpc"),
        PUBLIC[:-4],
        "PeterNeumann",
        "",
    ],
)
def test_a_damaged_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(text)


def test_a_head_is_read_as_it_was_written() -> None:
    assert Head.parse(HEAD.text) == HEAD


@pytest.mark.parametrize(
    "text",
    [
        HEAD.text.replace("\n17\n", "\n017\n"),
        HEAD.text.replace("\n17\n", "\n-17\n"),
        HEAD.text.replace("sealed-at 2026", "sealed-at 202x"),
        HEAD.text.replace("T01:02", "T31:02"),
        HEAD.text.replace("previous", "before"),
        f"{HEAD.text}more\n",
        HEAD.text.rstrip("\n"),
    ],
)
def test_other_text_is_no_head(text: str) -> None:
    with pytest.raises(NoteError):
        Head.parse(text)


def test_a_note_is_named_by_all_of_it() -> None:
    assert note_hash(NOTE) != note_hash(f"{NOTE} ")
