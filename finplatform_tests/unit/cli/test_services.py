"""What `up` starts: each on a port of its own that a setting names."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from finplatform.cli import services
from finplatform.settings import Settings
from finplatform.streaming.client import stream_location


def test_the_api_is_started_last_and_named_with_its_port(settings: Settings) -> None:
    given = settings.model_copy(update={"api_port": 8123})
    started = services.services(given)
    assert [service.name for service in started] == [
        "code", "webserver", "webserver_read_only", "daemon", "stream", "relay", "consumer", "ui",
        "api",
    ]  # fmt: skip
    assert started[-1].arguments == ("finplatform", "api")
    assert started[-1].where == "http://localhost:8123"
    assert services.ports(given)["api"] == ("FINPLATFORM_API_PORT", 8123)


def test_every_port_has_a_setting_of_its_own(settings: Settings) -> None:
    found = services.ports(settings).values()
    assert len({port for _, port in found}) == len(found)
    for variable, port in found:
        assert getattr(settings, variable.removeprefix("FINPLATFORM_").lower()) == port


def test_the_code_server_listens_on_a_socket_of_its_account_alone(settings: Settings) -> None:
    code = services.services(settings)[0]
    socket = services.code_socket(settings)
    assert code.arguments[code.arguments.index("--socket") + 1] == str(socket)
    assert not {"-p", "-h", "--port", "--host"} & set(code.arguments)


def test_another_server_of_the_stream_is_not_started_and_its_password_not_shown(
    settings: Settings,
) -> None:
    elsewhere = settings.model_copy(
        update={"redis_url": SecretStr("rediss://me:secret@stream.example.com:6379/0")}
    )
    assert "stream" not in {service.name for service in services.services(elsewhere)}
    assert stream_location(elsewhere) == "rediss://stream.example.com:6379/0"
    (stream,) = (one for one in services.services(settings) if one.name == "stream")
    assert stream.where == stream_location(settings)


@pytest.mark.parametrize("folder", ["a" * 120, "with a space"])
def test_an_awkward_home_has_its_socket_in_a_short_private_folder(
    tmp_path: Path, folder: str
) -> None:
    awkward = Settings(home=tmp_path / folder)
    socket = services.code_socket(awkward)
    assert len(str(socket)) < 100
    assert " " not in str(socket)
    assert socket != services.code_socket(Settings(home=tmp_path / f"{folder}2"))


def test_one_webserver_is_read_only_and_neither_is_advertised(settings: Settings) -> None:
    found = {service.name: service for service in services.services(settings)}
    assert "--read-only" in found["webserver_read_only"].arguments
    assert "--read-only" not in found["webserver"].arguments
    for name in ("webserver", "webserver_read_only"):
        assert found[name].where is None
        assert found[name].arguments[found[name].arguments.index("-h") + 1] == "127.0.0.1"
