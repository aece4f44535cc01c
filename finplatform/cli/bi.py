"""`finplatform bi`: what BI tools take from the platform as files.

Belongs here: gathering contracts and metrics, and where the file goes. What is in it is
`finplatform.reporting.superset`.
"""

from pathlib import Path

from sqlalchemy.engine import URL

from finplatform.cli.output import OUT, print_json
from finplatform.contracts.metrics import metrics
from finplatform.orchestration.build import all_contracts
from finplatform.reporting.superset import superset_zip
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import dbt
from finplatform.warehouse.database import DATABASE, warehouse_location
from finplatform.warehouse.role_names import reader_name

_FILE = "superset.zip"


def superset(out: Path | None, *, as_json: bool) -> None:
    """Writes the Superset export.

    Args:
        out: The file; None: in the folder of reports.
        as_json: Whether to print the path as JSON.
    """
    settings = get_settings()
    manifest = dbt.load_manifest(settings)
    path = out or settings.reports / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    contracts = all_contracts(manifest).values()
    path.write_bytes(superset_zip(contracts, metrics(manifest), reader_uri(settings)))
    if as_json:
        print_json({"path": str(path)})
    else:
        OUT.print(f"Wrote {path}. Import it: superset import-dashboards -p {path} -u admin")


def reader_uri(settings: Settings) -> str:
    """SQLAlchemy URL of the warehouse for the role that can only read, without its password.

    Args:
        settings: Where the warehouse is; of the home's own server, its loopback port.
    """
    location = warehouse_location(settings)
    database = location.database or DATABASE
    return URL.create(
        "postgresql+psycopg2",
        username=reader_name(database),
        host=location.host or "localhost",
        port=int(str(location.query.get("port") or location.port or 5432)),
        database=database,
    ).render_as_string()
