"""Bodies of `finplatform service prepare` and `start`.

A supervisor runs each process by itself: `start` replaces this process by the command that `up`
runs, so that signals and exit codes are those of the service. Does not belong here: which processes
there are (see `services`), and whether they work (see `service_health`).
"""

import os
import sys
from pathlib import Path

from finplatform.cli.output import OUT
from finplatform.cli.services import code_socket, services, write_workspace
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import prepare
from finplatform.settings import Settings, get_settings
from finplatform.sockets import make_socket_folder
from finplatform.warehouse import bulk, dbt, ddl
from finplatform.warehouse.access import prepare_access
from finplatform.warehouse.database import open_warehouse

_OF_DAGSTER = ("code", "daemon", "webserver", "webserver_read_only")


def prepare_all() -> None:
    """Makes the home, the schemas, the roles and the manifest of dbt, unless they are there."""
    settings = get_settings()
    prepare(settings)
    with bulk.connect(open_warehouse(settings).url) as connection:
        ddl.create_schemas(connection)
    prepare_access(settings)
    dbt.manifest_path(settings)
    settings.landing.mkdir(parents=True, exist_ok=True)
    write_workspace(settings)
    OUT.print(f"Prepared {settings.home} and its databases.")


def start(name: str) -> None:
    """Replaces this process by a service.

    Args:
        name: Name of the service.

    Raises:
        FinplatformError: If there is no such service, or it is not of this home.
    """
    settings = get_settings()
    command = _command(name, settings)
    if name in _OF_DAGSTER:
        prepare(settings)
        write_workspace(settings)
    if name == "code":
        socket = code_socket(settings)
        make_socket_folder(socket)
        # One that was killed leaves it behind.
        socket.unlink(missing_ok=True)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own executable and arguments


def _command(name: str, settings: Settings) -> list[str]:
    known = {service.name: service for service in services(settings)}
    if name not in known:
        raise FinplatformError(
            f"There is no service {name}.",
            f"There are: {', '.join(known)}."
            + (" The stream's server is another one." if name == "stream" else ""),
        )
    program, *arguments = known[name].arguments
    return [str(Path(sys.executable).with_name(program)), *arguments]
