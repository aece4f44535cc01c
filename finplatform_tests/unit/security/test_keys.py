"""Custody of the master key: made once, hidden, refused when wrong, rotated without loss."""

import base64
import hmac
import pickle
import stat
import threading
import traceback
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey, load_master_key, rotating_master_key
from finplatform.settings import Settings

SECRET = bytes(range(32))
TEXT = base64.b64encode(SECRET).decode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", master_key=None)


def stored(settings: Settings, text: str, mode: int = 0o600) -> Path:
    settings.keys.mkdir(parents=True)
    path = settings.keys / "master.key"
    path.write_text(text)
    path.chmod(mode)
    return path


def hkdf(secret: bytes, info: bytes) -> bytes:
    """RFC 5869 for one block, by the standard library alone."""
    return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), info + b"\x01", "sha256")


def test_sub_keys_are_hkdf_of_the_master_with_a_label_each() -> None:
    key = MasterKey(SECRET)
    assert key.wrap_key == hkdf(SECRET, b"finplatform/v1/wrap")
    assert key.token_key == hkdf(SECRET, b"finplatform/v1/token")
    assert len({SECRET, key.wrap_key, key.token_key}) == 3


def test_a_key_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    first = load_master_key(settings)
    assert load_master_key(settings).export() == first.export()
    path = settings.keys / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700
    assert list(settings.keys.iterdir()) == [path]


def test_starters_at_the_same_time_agree_on_one_key(settings: Settings) -> None:
    barrier, seen = threading.Barrier(8), []

    def start() -> None:
        barrier.wait()
        seen.append(load_master_key(settings).export())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert [path.name for path in settings.keys.iterdir()] == ["master.key"]


def test_the_setting_comes_before_the_file_and_makes_none(settings: Settings) -> None:
    given = Settings(home=settings.home, master_key=TEXT)
    assert load_master_key(given).wrap_key == MasterKey(SECRET).wrap_key
    assert not settings.keys.exists()


@pytest.mark.parametrize(
    "text",
    ["", "\n", "not base64!", TEXT[:-4], TEXT + TEXT, f"{TEXT}:", f"{TEXT}:{TEXT}:{TEXT}", "ключ"],
)
def test_a_malformed_key_is_refused_and_not_replaced(settings: Settings, text: str) -> None:
    path = stored(settings, text)
    with pytest.raises(FinplatformError, match="malformed"):
        load_master_key(settings)
    assert path.read_text() == text


def test_a_key_that_cannot_be_read_is_an_error_with_a_hint(settings: Settings) -> None:
    (settings.keys / "master.key").mkdir(parents=True)
    with pytest.raises(FinplatformError, match="cannot be read") as caught:
        load_master_key(settings)
    assert caught.value.hint


def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(settings: Settings) -> None:
    settings.home.write_text("a file where the folder should be")
    with pytest.raises(FinplatformError, match="cannot be written") as caught:
        load_master_key(settings)
    assert "FINPLATFORM_MASTER_KEY" in caught.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_open_to_others_is_refused(settings: Settings, mode: int) -> None:
    stored(settings, TEXT, mode)
    with pytest.raises(FinplatformError, match="open to other users"):
        load_master_key(settings)


def test_a_missing_key_is_not_made_where_data_is_sealed_already(settings: Settings) -> None:
    with pytest.raises(FinplatformError, match="no master key"):
        load_master_key(settings, create=False)
    assert not settings.keys.exists()


def test_the_secret_stays_out_of_repr_pickles_and_errors() -> None:
    key = MasterKey(SECRET)
    assert TEXT not in repr(key)
    assert SECRET.hex()[:8] not in repr(key)
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(key)
    with pytest.raises(FinplatformError) as caught:
        MasterKey.parse(TEXT[:-1])
    assert TEXT[:8] not in "".join(traceback.format_exception(caught.value))


def test_a_rotated_key_wraps_anew_and_makes_the_same_tokens() -> None:
    old = MasterKey(SECRET)
    new = MasterKey.parse(old.rotated().rotated().export())
    assert new.token_key == old.token_key
    assert new.wrap_key != old.wrap_key
    assert new.fingerprint != old.fingerprint


def test_a_rotation_cut_short_goes_on_with_the_same_new_key(settings: Settings) -> None:
    before = load_master_key(settings)
    promised: list[str] = []

    def interrupted() -> None:
        with rotating_master_key(settings) as (_, new):
            promised.append(new.export())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert load_master_key(settings).export() == before.export()

    with rotating_master_key(settings) as (old, new):
        assert old.export() == before.export()
        promised.append(new.export())
    assert promised[0] == promised[1] == load_master_key(settings).export()
    kept = settings.keys / "master.key.old"
    assert MasterKey.parse(kept.read_text()).export() == before.export()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_next_rotation_waits_until_the_old_key_is_deleted(settings: Settings) -> None:
    load_master_key(settings)
    with rotating_master_key(settings):
        pass
    with (
        pytest.raises(FinplatformError, match="retired by the last rotation"),
        rotating_master_key(settings),
    ):
        pass
    (settings.keys / "master.key.old").unlink()
    with rotating_master_key(settings) as (old, new):
        assert old.fingerprint != new.fingerprint


def test_a_key_from_the_environment_is_not_rotated_in_a_file(settings: Settings) -> None:
    given = Settings(home=settings.home, master_key=TEXT)
    with (
        pytest.raises(FinplatformError, match="FINPLATFORM_MASTER_KEY"),
        rotating_master_key(given),
    ):
        pass
