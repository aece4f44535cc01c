"""What the embedded server relies on below PostgreSQL: locks, whole files, accounts, errors."""

import errno
import os
import pwd
import subprocess
from pathlib import Path
from tempfile import gettempdir

import pytest
from pydantic import SecretStr

from finplatform.errors import FinplatformError
from finplatform.warehouse.embedded import ServerInfo, account, binaries
from finplatform.warehouse.embedded.account import Account, server_account
from finplatform.warehouse.embedded.failures import LogMark, explained, program_failed
from finplatform.warehouse.embedded.layout import Layout, is_held, lock_to_inherit
from finplatform.warehouse.embedded.ports import choose_socket_dir, free_port
from finplatform.warehouse.private_files import write_whole

ROOT = os.geteuid() == 0
MYSELF = Account(os.geteuid(), os.getegid(), drops=False)


def test_an_inherited_lock_lasts_exactly_as_long_as_the_heir(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not is_held(lock)
    with lock_to_inherit(lock) as descriptor:
        heir = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    assert is_held(lock)
    with pytest.raises(BlockingIOError), lock_to_inherit(lock):
        pass
    heir.kill()
    heir.communicate()
    assert not is_held(lock)


def test_writing_replaces_a_planted_link_and_spares_its_target(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    (tmp_path / "file").symlink_to(target)
    write_whole(tmp_path / "file", "new")
    assert target.read_text() == "mine"
    assert (tmp_path / "file").read_text() == "new"
    assert (tmp_path / "file").lstat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "precious"]


def test_new_text_of_a_log_is_found_even_after_a_truncation(tmp_path: Path) -> None:
    appended, anew = tmp_path / "a.log", tmp_path / "b.log"
    appended.write_text("old\n")
    anew.write_text("a long old text\n")
    mark = LogMark(tmp_path)
    with appended.open("a") as file:
        file.write("added\n")
    anew.write_text("anew\n")
    for path, at in ((appended, 1), (anew, 2)):
        os.utime(path, (at, at))
    assert mark.added() == "added\nanew\n"
    assert mark.newest() == 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "may not use"),
        (errno.ENOTDIR, "Not a directory"),
    ],
)
def test_an_operating_system_error_becomes_a_sentence_with_advice(
    tmp_path: Path, code: int, words: str
) -> None:
    with pytest.raises(FinplatformError, match=words) as caught, explained(tmp_path / "home"):
        raise OSError(code, os.strerror(code), str(tmp_path / "home"))
    assert "FINPLATFORM_HOME" in caught.value.hint


def test_a_failed_program_is_quoted_with_its_last_words_only(tmp_path: Path) -> None:
    error = program_failed("It did not start", "\n".join(f"line {n}" for n in range(99)), tmp_path)
    assert "line 98" in error.message
    assert "line 50" not in error.message
    assert str(tmp_path) in error.hint
    full = program_failed("x", "PANIC: could not write: No space left on device", tmp_path)
    assert "is full" in full.message


def test_an_awkward_path_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    plain = Layout(Path("/srv/bank"))
    assert choose_socket_dir(plain, MYSELF) == plain.run
    for home in (tmp_path / ("x" * 200), tmp_path / "a,b"):
        folder = choose_socket_dir(Layout(home), MYSELF)
        assert len(os.fsencode(folder / ".s.PGSQL.65535")) <= 107
        assert folder.lstat().st_mode & 0o777 == 0o700
        assert choose_socket_dir(Layout(home), MYSELF) == folder
        folder.rmdir()


def test_a_socket_folder_that_others_planted_is_refused(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    planted.chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path)
    assert not MYSELF.make_private(planted)
    assert not MYSELF.make_private(tmp_path / "link")
    assert MYSELF.make_private(tmp_path / "fresh")


def test_a_free_port_is_the_first_preferred_one_not_to_be_avoided() -> None:
    one, two = free_port(), free_port()
    assert free_port(one, two) == one
    assert free_port(one, two, avoid={one}) == two
    assert free_port(one, avoid={one}) != one


def test_urls_survive_signs_that_urls_reserve() -> None:
    info = ServerInfo(
        socket_dir=Path("/a b/ü+%"),
        host="127.0.0.1",
        port=5434,
        user="finplatform",
        password=SecretStr("p@ss/w:rd"),
        data_dir=Path("/data"),
        pid=1,
        version="18.6",
    )
    assert info.url("x/y") == (
        "postgresql://finplatform:p%40ss%2Fw%3Ard@/x%2Fy?host=%2Fa%20b%2F%C3%BC%2B%25&port=5434"
    )
    assert "p@ss" not in repr(info)


@pytest.mark.skipif(not ROOT, reason="only root chooses an account")
def test_root_prefers_the_owner_then_its_own_account_then_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    nobody = pwd.getpwnam("nobody").pw_uid
    known = {"finplatform": 12_345, "postgres": 12_346, "nobody": 12_347}

    def named(name: str) -> pwd.struct_passwd | None:
        uid = known.get(name)
        return pwd.struct_passwd((name, "x", uid, uid, "", "/", "/bin/sh")) if uid else None

    monkeypatch.setattr(account, "_named", named)
    monkeypatch.setattr(account, "_create", lambda: None)
    chosen = []
    for gone in ("", "finplatform", "postgres"):
        known.pop(gone, None)
        chosen.append(server_account(tmp_path, data).uid)
    assert chosen == [12_345, 12_346, 12_347]
    known.clear()
    with pytest.raises(FinplatformError, match="does not run as root"):
        server_account(tmp_path, data)
    os.chown(tmp_path, nobody, -1)
    assert server_account(tmp_path, data).uid == nobody
    data.mkdir()
    os.chown(data, 4_242, 4_242)
    assert server_account(tmp_path, data) == Account(4_242, 4_242, drops=True)


@pytest.mark.skipif(not ROOT, reason="only root's programs may be out of reach")
def test_programs_below_roots_own_folder_are_copied_for_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = binaries._site()
    hidden = tmp_path / "site"
    hidden.mkdir(mode=0o700)
    for name in (binaries.PACKAGE, f"{binaries.PACKAGE}.libs"):
        (hidden / name).symlink_to(site / name)
    nobody = pwd.getpwnam("nobody")
    somebody = Account(nobody.pw_uid, nobody.pw_gid, drops=True)
    monkeypatch.setattr(binaries, "_site", lambda: hidden)
    monkeypatch.setattr(binaries, "CACHE", Path(gettempdir(), f"finplatform-test-{os.getpid()}"))
    try:
        programs = binaries.programs_for(somebody)
        assert programs.is_relative_to(binaries.CACHE)
        assert somebody.run([programs / "initdb", "--version"]).returncode == 0
        assert hidden.stat().st_mode & 0o777 == 0o700
        assert binaries.programs_for(somebody) == programs
        binaries.CACHE.chmod(0o777)
        assert binaries._copy(binaries.CACHE) is None, "somebody else could have put it there"
    finally:
        subprocess.run(["rm", "-r", str(binaries.CACHE)], check=True)
