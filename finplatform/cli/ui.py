"""`finplatform ui`: serves the Dagster UI behind the login until interrupted.

Belongs here: starting it in the foreground; `up` starts this command in the background, with the
webservers behind it.
"""

from finplatform import logs
from finplatform.api import listening
from finplatform.api.ui.server import serve
from finplatform.cli.output import OUT
from finplatform.errors import FinplatformError
from finplatform.settings import get_settings
from finplatform.warehouse.embedded.ports import free_port


def run() -> None:
    """Serves.

    Raises:
        FinplatformError: If the port is taken.
    """
    settings = get_settings()
    port = settings.ui_port
    if free_port(port) != port:
        raise FinplatformError(
            f"Port {port} is taken by another program.", "Set FINPLATFORM_UI_PORT to a free one."
        )
    logs.configure("ui")
    logs.set_level(settings.log_level)
    OUT.print(f"Dagster UI  {listening.url(settings, port)}")
    serve(settings)
