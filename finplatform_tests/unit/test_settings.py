"""Settings that cannot be read are said in words, without their values."""

from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.settings import get_settings, with_secrets


@pytest.mark.parametrize(
    "content",
    [
        b"history_start = = 1",
        b"history_start = 2024-01-01\nhistory_start",
        b"\xff\xfe\x00",
        b'history_start = "Canary',
    ],
)
def test_a_settings_file_that_cannot_be_read_is_named(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / "settings.toml").write_bytes(content)
    with pytest.raises(FinplatformError) as caught:
        get_settings()
    assert "settings" in caught.value.message
    assert "settings.toml" in caught.value.hint
    assert "Canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINPLATFORM_UI_PORT", "Canary"),
        ("FINPLATFORM_REJECT_LIMIT", "2"),
        ("FINPLATFORM_EXECUTOR", "Canary"),
        ("FINPLATFORM_HISTORY_START", "Canary"),
    ],
)
def test_a_value_that_is_not_valid_is_named_and_not_quoted(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(FinplatformError) as caught:
        get_settings()
    assert name in caught.value.message
    assert "Canary" not in str(caught.value)


def test_a_bad_value_in_the_settings_file_is_named(home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('history_start = "Canary"\n')
    with pytest.raises(FinplatformError, match="FINPLATFORM_HISTORY_START") as caught:
        get_settings()
    assert "Canary" not in str(caught.value)


def test_the_url_of_a_reader_stays_out_of_repr(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINPLATFORM_READER_DATABASE_URL", "postgresql://u:Canary@h/d")
    assert "Canary" not in repr(get_settings())


def test_a_setting_may_come_from_a_file_of_secrets(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "finplatform_redis_url").write_text("redis://:Canary@valkey:6379/0\n")
    (secrets / "finplatform_api_port").write_text("9001\n")
    monkeypatch.setenv("FINPLATFORM_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("FINPLATFORM_API_PORT", "9002")
    get_settings.cache_clear()
    settings = get_settings()
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://:Canary@valkey:6379/0"
    assert settings.api_port == 9002
    assert "Canary" not in repr(settings)


def test_a_folder_of_secrets_that_is_missing_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINPLATFORM_SECRETS_DIR", "/nowhere/at/all")
    with pytest.raises(FinplatformError, match="/nowhere/at/all"):
        get_settings()


def test_a_secret_of_the_sources_may_be_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("p w\n")
    monkeypatch.setenv("BANK_PASSWORD_FILE", str(tmp_path / "password"))
    assert with_secrets("a:${BANK_PASSWORD}@b", in_url=True) == "a:p+w@b"
    monkeypatch.setenv("BANK_PASSWORD_FILE", str(tmp_path / "gone"))
    with pytest.raises(FinplatformError, match="BANK_PASSWORD_FILE"):
        with_secrets("${BANK_PASSWORD}")
