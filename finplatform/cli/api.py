"""`finplatform api`: serves the live page, the reports and the API until interrupted.

Belongs here: starting it in the foreground; `up` starts this command in the background.
"""

from finplatform import logs
from finplatform.api.server import serve
from finplatform.cli.output import OUT
from finplatform.errors import FinplatformError
from finplatform.settings import get_settings
from finplatform.warehouse.api_role import is_ready
from finplatform.warehouse.embedded.ports import free_port


def run() -> None:
    """Serves.

    Raises:
        FinplatformError: If the port is taken, or the database does not answer.
    """
    settings = get_settings()
    port = settings.api_port
    if free_port(port) != port:
        raise FinplatformError(
            f"Port {port} is taken by another program.", "Set FINPLATFORM_API_PORT to a free one."
        )
    logs.configure("api")
    logs.set_level(settings.log_level)
    if not is_ready(settings):
        # Takes the contracts along, which a server that has all it needs does without.
        from finplatform.warehouse.login_setup import prepare_logins

        prepare_logins(settings)
    OUT.print(f"Live page  http://localhost:{port}/live")
    serve(settings)
