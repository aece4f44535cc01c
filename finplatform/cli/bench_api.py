"""`finplatform bench api`: how fast the running API answers many at once.

Belongs here: who logs in, and printing the figures. The load is `finplatform.bench.api_load`.
"""

import asyncio
import getpass
import sys
from dataclasses import asdict

import httpx

from finplatform.bench.api_load import Load, Outcome, measure
from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.settings import get_settings
from finplatform.warehouse.embedded.ports import LOOPBACK


def run(name: str | None, clients: int, seconds: float, think_s: float, *, as_json: bool) -> None:
    """Measures, and prints what came of it.

    Args:
        name: Who logs in; None where no login is needed. The password is typed, or read from
            standard input.
        clients: Clients at once.
        seconds: How long.
        think_s: Seconds between an answer and the next request of a client.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If the API does not answer, or refuses the login.
    """
    login = None if name is None else (name, _password(name))
    url = f"http://{LOOPBACK}:{get_settings().api_port}"
    try:
        outcome = asyncio.run(measure(url, login, Load(clients, seconds, think_s)))
    except httpx.HTTPError as error:
        raise FinplatformError(
            f"The API does not answer as it should: {error}.",
            "Start it with `finplatform up`, and name who logs in by --name.",
        ) from None
    if as_json:
        print_json(asdict(outcome))
    else:
        _print(outcome, clients, seconds)


def log_in(url: str, name: str | None) -> dict[str, str]:
    """Headers of requests to the API.

    Args:
        url: Its address.
        name: Who logs in, as in `run`.

    Raises:
        httpx.HTTPError: If the API does not answer, or refuses the login.
    """
    if name is None:
        return {}
    form = {"grant_type": "password", "username": name, "password": _password(name)}
    answer = httpx.post(f"{url}/api/v1/token", data=form, trust_env=False).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {name}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _print(outcome: Outcome, clients: int, seconds: float) -> None:
    print_table(
        f"{clients} clients, {seconds:.0f} s",
        ("path", "p95, ms"),
        [(path, f"{found * 1000:.0f}") for path, found in outcome.slowest.items()],
        (1,),
    )
    OUT.print(
        f"{outcome.requests:,} requests, {outcome.per_second} a second, {outcome.errors} errors"
    )
    OUT.print(
        f"p50 {outcome.p50_s * 1000:.0f} ms, p95 {outcome.p95_s * 1000:.0f} ms,"
        f" p99 {outcome.p99_s * 1000:.0f} ms"
    )
    OUT.print(f"memory of the API {', '.join(map(str, outcome.memory_mb))} MB")
