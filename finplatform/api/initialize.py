"""Initialisation of a database before the first run.

Its imports take more memory than the API itself, so that the caller imports this module on demand.
"""

from finplatform.settings import PROJECT_ROOT, Settings


def initialize(settings: Settings) -> None:
    """Makes the operational schema of the simulated bank, the platform's schemas, and the rights.

    A bank with sources of its own has its operational schema elsewhere. Functions and views of `bi`
    are made by the first run, with the tables that they read.

    Raises:
        FinplatformError: If the database does not answer, or its login may not make them.
    """
    from finplatform.oltp import migrate
    from finplatform.warehouse.database import open_warehouse
    from finplatform.warehouse.login_setup import prepare_logins
    from finplatform.warehouse.reader_role import prepare_reader

    if settings.sources_file == PROJECT_ROOT / "sources.yaml":
        migrate.upgrade(open_warehouse(settings).sqlalchemy_url)
    prepare_reader(settings)
    prepare_logins(settings)
