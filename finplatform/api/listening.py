"""Addresses and host names of UI and API: this machine only, or all interfaces over TLS."""

from typing import Any

from finplatform.settings import Settings
from finplatform.warehouse.embedded.ports import LOOPBACK

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - with a certificate and a name alone
LOCAL_NAMES = ("localhost", LOOPBACK)


def names(settings: Settings) -> tuple[str, ...]:
    """Allowed host names; others indicate DNS rebinding."""
    return LOCAL_NAMES if settings.public_name is None else (*LOCAL_NAMES, settings.public_name)


def address(settings: Settings) -> str:
    """Address to listen on."""
    return LOOPBACK if settings.public_name is None else _EVERYWHERE


def url(settings: Settings, port: int) -> str:
    """URL of a port as people type it."""
    return settings.url_of(port)


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """Options of uvicorn: the address, and TLS (1.2 or later) where there is a certificate."""
    options: dict[str, Any] = {"host": address(settings), "proxy_headers": False}
    if settings.tls_certificate is not None:
        options |= {
            "ssl_certfile": str(settings.tls_certificate),
            "ssl_keyfile": str(settings.tls_key),
        }
    return options
