"""The search in files: whatever they are packed in; made ones go, others keep their other lines."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from finplatform.privacy.file_search import FileHit, Treatment, clean_files, find_in_files

NAME = "Zdenka Canaryová"
OTHER = "Somebody Else"


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<si><t>{NAME}</t></si>")


def _parquet(path: Path) -> None:
    pl.DataFrame({"n": [1, 2], "name": [OTHER, NAME]}).write_parquet(path)


WAYS: dict[str, Callable[[Path], object]] = {
    "page.html": lambda path: path.write_text(f"<p>{NAME}</p>", "utf-8"),
    "rows.json": lambda path: path.write_text(json.dumps({"name": NAME})),
    "sheet.xlsx": _zip,
    "rows.parquet": _parquet,
    "rows.csv.gz": lambda path: path.write_bytes(gzip.compress(f"1,{NAME}\n".encode())),
    "bytes.bin": lambda path: path.write_bytes(b"\x00\xff" + NAME.encode() + b"\x00"),
    f"{NAME}.txt": lambda path: path.write_text("nothing within"),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_text_is_found_however_it_is_packed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "reports" / name
    path.parent.mkdir()
    WAYS[name](path)
    (tmp_path / "reports" / "other.html").write_text(OTHER)
    assert find_in_files(tmp_path, [NAME]) == [path]


@pytest.mark.parametrize("name", WAYS)
def test_a_page_or_export_that_holds_it_is_removed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "reports" / name
    path.parent.mkdir()
    WAYS[name](path)
    other = tmp_path / "reports" / "other.html"
    other.write_text(OTHER)
    assert clean_files(tmp_path, [NAME], []) == [FileHit(str(path), Treatment.REMOVE)]
    assert not path.exists()
    assert other.exists()


@pytest.mark.parametrize("folder", ["logs", "landing", "feeds", "filings", "dagster"])
def test_a_file_that_is_not_made_anew_keeps_its_other_lines(tmp_path: Path, folder: str) -> None:
    plain, packed = tmp_path / folder / "a.csv", tmp_path / folder / "b.csv.gz"
    plain.parent.mkdir()
    plain.write_text(f"1,{NAME},x\n2,{OTHER},y\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.chmod(0o600)
    clean_files(tmp_path, [NAME], [])
    assert plain.read_text() == f"1,[erased],x\n2,{OTHER},y\n"
    assert gzip.decompress(packed.read_bytes()).decode() == plain.read_text()
    assert plain.stat().st_mode & 0o777 == 0o600
    assert find_in_files(tmp_path, [NAME]) == []


def test_what_cannot_be_mended_is_named_and_left(tmp_path: Path) -> None:
    path = tmp_path / "landing" / "rows.parquet"
    path.parent.mkdir()
    _parquet(path)
    assert clean_files(tmp_path, [NAME], []) == [FileHit(str(path), Treatment.KEEP)]
    assert path.exists()


def test_what_was_handed_to_an_authority_is_left(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "outbox" / "return.zip"
    path.parent.mkdir(parents=True)
    _zip(path)
    assert clean_files(tmp_path, [NAME], []) == [FileHit(str(path), Treatment.KEEP)]


def test_a_number_removes_a_page_and_changes_no_log(tmp_path: Path) -> None:
    page, log = tmp_path / "reports" / "page.html", tmp_path / "logs" / "run.log"
    for path in (page, log):
        path.parent.mkdir()
        path.write_text("C0000077 was here")
    clean_files(tmp_path, [NAME], ["C0000077"])
    assert not page.exists()
    assert log.read_text() == "C0000077 was here"


@pytest.mark.parametrize("folder", ["keys", "postgres"])
def test_keys_and_the_servers_own_files_are_not_opened(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "file"
    path.parent.mkdir()
    path.write_text(NAME)
    assert find_in_files(tmp_path, [NAME]) == []
    assert clean_files(tmp_path, [NAME], []) == []


def test_a_text_across_two_pieces_is_found(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "long.log"
    path.parent.mkdir()
    path.write_bytes(b"x" * ((4 << 20) - 5) + NAME.encode())
    assert find_in_files(tmp_path, [NAME]) == [path]
