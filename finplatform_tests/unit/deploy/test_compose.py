"""The composition of containers keeps its rules, and each rule finds what breaks it."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from finplatform.cli.service_health import check
from finplatform.cli.services import services
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource, load_sources
from finplatform.settings import Settings
from finplatform_tests.compose_rules import DEPLOY, composition, faults

Break = Callable[[dict[str, Any]], object]

BREAKS: dict[str, Break] = {
    "runs as root": lambda c: c["services"]["api"].update(user="0:0"),
    "keeps capabilities": lambda c: c["services"]["api"].update(cap_drop=[]),
    "may gain privileges": lambda c: c["services"]["api"].update(security_opt=[]),
    "may change its own image": lambda c: c["services"]["api"].update(read_only=False),
    "nothing looks after its health": lambda c: c["services"]["api"].pop("healthcheck"),
    "names no version": lambda c: c["services"]["mongo"].update(image="mongo:latest"),
    "is no part of a service": lambda c: c["services"]["api"].update(privileged=True),
    "there is no volume": lambda c: c["services"]["api"]["volumes"].append("gone:/gone"),
    "there is no network": lambda c: c["services"]["code"].update(networks=["gone"]),
    "there is no secret": lambda c: c["services"]["valkey"].update(secrets=["gone"]),
    "depends on": lambda c: c["services"]["code"].update(depends_on={"gone": {"condition": ""}}),
    "is no setting": lambda c: c["services"]["api"]["environment"].update(FINPLATFORM_GONE="1"),
    "and not by file": lambda c: c["services"]["mongo"]["environment"].update({"A_TOKEN": "a"}),
    "holds a password": lambda c: c["services"]["mongo"]["environment"].update(PLACE="a://b:c@d"),
    "is no file of": lambda c: c["secrets"].update(tls_key={"environment": "KEY"}),
    "nothing uses the secret": lambda c: c["secrets"].update(more={"file": "./secrets/more"}),
    "ui publishes": lambda c: c["services"]["ui"]["ports"].append("4266:4266"),
    "published are": lambda c: c["services"]["ui"]["ports"].pop(),
    "not the setting's own port": lambda c: c["services"]["api"]["environment"].update(
        FINPLATFORM_API_PORT="9000"
    ),
}


def test_the_composition_keeps_every_rule() -> None:
    assert faults(composition()) == []


@pytest.mark.parametrize("fault", BREAKS)
def test_a_broken_rule_is_found(fault: str) -> None:
    compose = composition()
    BREAKS[fault](compose)
    assert any(fault in found for found in faults(compose))


def test_every_process_of_the_platform_is_a_service_with_its_own_command_and_check() -> None:
    compose = composition()["services"]
    # The stream's server is another image.
    processes = {one.name for one in services(Settings())} - {"stream"}
    started = {
        service["command"][-1]: service
        for service in compose.values()
        if service["command"][:3] == ["finplatform", "service", "start"]
    }
    assert set(started) == processes
    for name, service in started.items():
        assert service["healthcheck"]["test"] == ["CMD", "finplatform", "service", "health", name]


def test_a_service_that_does_not_exist_has_no_health(home: object) -> None:
    with pytest.raises(FinplatformError, match="There is no service"):
        check("gone")


def test_the_sources_of_the_composition_are_those_of_the_demo_with_a_server_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    known = frozenset(SOURCES)
    apart = load_sources(DEPLOY / "sources.yaml", known)
    together = load_sources(DEPLOY.parent / "sources.yaml", known)
    assert apart.tables == together.tables
    core = apart.sources["core"]
    assert isinstance(core, PostgresSource)
    monkeypatch.setenv("SOURCE_PASSWORD", "p/w")
    assert core.location("") == "postgresql://bank:p%2Fw@source:5432/bank"


def test_the_values_of_the_chart_run_nothing_as_root_and_hold_no_secret() -> None:
    text = (DEPLOY / "helm" / "values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    parts = [
        values["dagsterWebserver"],
        values["dagsterDaemon"],
        *values["dagster-user-deployments"]["deployments"],
    ]
    for part in parts:
        assert part["podSecurityContext"]["runAsNonRoot"] is True
        assert part["securityContext"]["allowPrivilegeEscalation"] is False
        assert part["image"]["tag"] not in ("", "latest")
    assert "assword:" not in text
    assert values["generatePostgresqlPasswordSecret"] is False
    for deployment in values["dagster-user-deployments"]["deployments"]:
        for variable in deployment["env"]:
            field = variable["name"].removeprefix("FINPLATFORM_").lower()
            assert field in {*Settings.model_fields, "secrets_dir"}


def test_the_image_is_built_by_the_lock_and_runs_as_no_root() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    stages = [line.split()[-1] for line in lines if line.startswith("FROM ")]
    assert len(stages) > 1
    assert any("--require-hashes" in line for line in lines)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1].split(":")[0] not in ("0", "root")
    assert not [line for line in lines if line.startswith("ADD ")]
