"""`finplatform api`: serves the live page, the reports and the API until interrupted.

Belongs here: starting it in the foreground; `up` starts this command in the background.
"""

import logging

from finplatform.api.server import serve
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
    port = settings.api_port
    if free_port(port) != port:
        raise FinplatformError(
            f"Port {port} is taken by another program.", "Set FINPLATFORM_API_PORT to a free one."
        )
    logging.getLogger("finplatform").setLevel(settings.log_level)
    OUT.print(f"Live page  http://localhost:{port}/live")
    serve(settings)
