"""The home is for the account alone that runs the platform, whatever the umask was."""

import os
from pathlib import Path

import pytest

from finplatform.home import FOLDERS, close_home, is_open


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(autouse=True)
def _open_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_home_is_closed_and_the_folders_around_it_are_not(tmp_path: Path) -> None:
    home = tmp_path / "around" / "home"
    close_home(home)
    assert mode(home) == 0o700
    assert mode(home.parent) == 0o755


def test_a_home_that_was_open_is_closed_with_its_folders(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in FOLDERS:
        (home / name).mkdir(parents=True)
    (home / "settings.toml").touch()
    assert is_open(home)
    close_home(home)
    assert [mode(home / name) for name in FOLDERS] == [0o700] * len(FOLDERS)
    assert not is_open(home)


def test_a_home_in_somebodys_folder_leaves_what_is_his(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shared / "photos").mkdir(parents=True)
    (shared / "logs").mkdir()
    close_home(shared)
    assert mode(shared) == 0o755
    assert mode(shared / "photos") == 0o755
    assert mode(shared / "logs") == 0o700


def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    home.mkdir()
    (home / "landing").symlink_to(elsewhere)
    close_home(home)
    assert mode(elsewhere) == 0o755
