"""`finplatform demo`: a bank in a database, through the whole graph.

Belongs here: simulating the bank first. Does not belong here: the build and its summary (see
`building`).
"""

import time

from finplatform.cli.output import ERR
from finplatform.settings import PROJECT_ROOT, get_settings

_SEED = 42


def run(customers: int, transactions: int, *, as_json: bool) -> None:
    """Builds everything; exits with an error if any blocking check fails."""
    began = time.monotonic()
    if get_settings().sources_file == PROJECT_ROOT / "sources.yaml":
        from finplatform.cli import simulate

        config = simulate.configure(customers, transactions, None, None, _SEED)
        rows = simulate.fill(get_settings(), config)
        ERR.print(simulate.outcome(config, rows))
    from finplatform.cli import building

    building.run(get_settings(), began, as_json=as_json)
