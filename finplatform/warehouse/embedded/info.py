"""Connection data of a running server, and its URLs.

Does not belong here: starting, stopping or querying a server.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from pydantic import SecretStr


@dataclass(frozen=True)
class ServerInfo:
    """A running server.

    Attributes:
        socket_dir: Folder of the Unix socket; its name fits libpq's limits.
        host: Loopback address of the TCP port.
        port: TCP port, and the number in the socket's name.
        user: Login: the loader, or the superuser before the loader exists.
        password: That user's password.
        data_dir: The cluster's data directory.
        pid: Process id of the postmaster.
        version: Server version such as `18.6`.
    """

    socket_dir: Path
    host: str
    port: int
    user: str
    password: SecretStr
    data_dir: Path
    pid: int
    version: str

    def url(self, database: str, driver: str | None = None) -> str:
        """URL through the Unix socket, for libpq or (with a driver) SQLAlchemy.

        Args:
            database: Database name.
            driver: SQLAlchemy driver such as `psycopg2`; without it a plain libpq URL.
        """
        # quote, not quote_plus: libpq reads a plus sign as a plus sign.
        where = urlencode(
            {"host": str(self.socket_dir), "port": self.port}, quote_via=quote, safe=""
        )
        return f"{self._login(driver)}@/{quote(database, safe='')}?{where}"

    def _login(self, driver: str | None) -> str:
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        password = quote(self.password.get_secret_value(), safe="")
        return f"{scheme}://{quote(self.user, safe='')}:{password}"
