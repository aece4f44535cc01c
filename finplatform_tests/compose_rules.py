"""Rules of `deploy/compose.yaml`: what the schema of Compose asks for, and what the platform does.

Belongs here: faults of a composition, as sentences. Does not belong here: starting its services
(see `integration.test_compose_services`).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from finplatform.settings import SECRETS_DIR, Settings

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"

_TOP = {"name", "services", "networks", "volumes", "secrets"}
_SERVICE = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "logging",
    "network_mode", "networks", "ports", "profiles", "read_only", "restart", "secrets",
    "security_opt", "shm_size", "tmpfs", "user", "volumes",
}  # fmt: skip
_HEALTH = {"test", "interval", "timeout", "retries", "start_period", "disable"}
_CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|_URL$|CREDENTIAL")
_PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")

Parts = Mapping[str, Any]


def composition() -> dict[str, Any]:
    """The composition as it is committed, its anchors written out."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def faults(compose: Parts) -> list[str]:
    """What is wrong with a composition; empty if nothing is."""
    unknown = [
        f"{key} is no part of a composition"
        for key in compose
        if key not in _TOP and not key.startswith("x-")
    ]
    found = [*unknown, *_of_secrets(compose), *_of_ports(compose)]
    for name, service in compose["services"].items():
        of_this = (
            *_of_schema(service, compose),
            *_of_isolation(service),
            *_of_health(service),
            *_of_environment(service),
        )
        found += [f"{name}: {fault}" for fault in of_this]
    return found


def _of_schema(service: Parts, compose: Parts) -> Iterator[str]:
    yield from (f"{key} is no part of a service" for key in service.keys() - _SERVICE)
    if re.search(r":(latest)?$|^[^:]+$", service["image"]):
        yield f"{service['image']} names no version"
    yield from _of_references(service, compose)


def _of_references(service: Parts, compose: Parts) -> Iterator[str]:
    for other, how in service.get("depends_on", {}).items():
        if other not in compose["services"] or how["condition"] not in _CONDITIONS:
            yield f"depends on {other} {how}"
    for network in service.get("networks", ()):
        if network not in compose["networks"]:
            yield f"there is no network {network}"
    shared = service.get("network_mode", "")
    if shared and shared.removeprefix("service:") not in compose["services"]:
        yield f"there is no service of {shared}"
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        if source not in compose["volumes"] and not (DEPLOY / source).is_file():
            yield f"there is no volume or file {source}"
    for secret in service.get("secrets", ()):
        named = secret["source"] if isinstance(secret, dict) else secret
        if named not in compose["secrets"]:
            yield f"there is no secret {named}"


def _of_isolation(service: Parts) -> Iterator[str]:
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(service.get("user", ""))):
        yield "runs as root"
    if service.get("cap_drop") != ["ALL"]:
        yield "keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", ()):
        yield "may gain privileges"
    is_ours = "build" in service
    if is_ours and service.get("read_only") is not True:
        yield "may change its own image"


def _of_health(service: Parts) -> Iterator[str]:
    health = service.get("healthcheck", {})
    yield from (f"{key} is no part of a health check" for key in health.keys() - _HEALTH)
    ends_by_itself = service.get("restart") == "no"
    if (health.get("disable") and not ends_by_itself) or not health:
        yield "nothing looks after its health"
    elif not health.get("disable") and health["test"][0] not in ("CMD", "CMD-SHELL"):
        yield "its health check is no command"


def _of_environment(service: Parts) -> Iterator[str]:
    for name, value in service.get("environment", {}).items():
        field = name.removeprefix("FINPLATFORM_").lower()
        is_ours = name.startswith("FINPLATFORM_")
        if is_ours and name != SECRETS_DIR and field not in Settings.model_fields:
            yield f"{name} is no setting"
        if _SECRET_NAME.search(name) and not str(value).startswith("/run/"):
            yield f"{name} is a secret, and not by file"
        if _PASSWORD_IN_URL.search(str(value)):
            yield f"{name} holds a password"


def _of_secrets(compose: Parts) -> Iterator[str]:
    used = {
        secret["source"] if isinstance(secret, dict) else secret
        for service in compose["services"].values()
        for secret in service.get("secrets", ())
    }
    for name, secret in compose["secrets"].items():
        if set(secret) != {"file"} or not secret["file"].startswith("./secrets/"):
            yield f"the secret {name} is no file of ./secrets"
        if name not in used:
            yield f"nothing uses the secret {name}"
        field = name.removeprefix("finplatform_")
        if name.startswith("finplatform_") and field not in Settings.model_fields:
            yield f"the secret {name} is no setting"


def _of_ports(compose: Parts) -> Iterator[str]:
    """Only the doors with a login are published, on the settings' own ports."""
    default = Settings.model_fields
    doors = {str(default[door].default) for door in ("ui_port", "api_port")}
    published = set()
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            outside, inside = port.split(":")[-2:]
            published.add(inside)
            if outside != inside or inside not in doors:
                yield f"{name} publishes {port}"
        for setting in ("ui", "api", "webserver", "webserver_read_only"):
            variable = f"FINPLATFORM_{setting.upper()}_PORT"
            given = service.get("environment", {}).get(variable)
            if given is not None and given != str(default[f"{setting}_port"].default):
                yield f"{name}: {variable} is not the setting's own port"
    if published != doors:
        yield f"published are {sorted(published)} and not {sorted(doors)}"
