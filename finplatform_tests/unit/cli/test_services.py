"""What `up` starts: each on a port of its own that a setting names."""

from finplatform.cli import services
from finplatform.settings import Settings


def test_the_api_is_started_last_and_named_with_its_port(settings: Settings) -> None:
    given = settings.model_copy(update={"api_port": 8123})
    started = services.services(given)
    assert [service.name for service in started] == ["code", "ui", "daemon", "api"]
    assert started[-1].arguments == ("finplatform", "api")
    assert started[-1].where == "http://localhost:8123"
    assert services.ports(given)["api"] == ("FINPLATFORM_API_PORT", 8123)


def test_every_port_has_a_setting_of_its_own(settings: Settings) -> None:
    found = services.ports(settings).values()
    assert len({port for _, port in found}) == len(found)
    for variable, port in found:
        assert getattr(settings, variable.removeprefix("FINPLATFORM_").lower()) == port
