"""`finplatform demo`: a bank in a database, through the whole graph.

Belongs here: simulating the bank while the code of the graph, which takes as long to import, is
loaded. Does not belong here: the build and its summary (see `building`).
"""

import importlib
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from finplatform import garbage
from finplatform.cli.output import ERR
from finplatform.settings import PROJECT_ROOT, get_settings

_SEED = 42

_NEEDED_BY_THE_RUN = (
    # Steps import these when they come to them, which takes a second or more for each. Skops looks
    # for hundreds of functions in every module that is loaded, so it comes before the others.
    "sklearn.ensemble",
    "sklearn.linear_model",
    "skops.io",
    "plotly.graph_objects",
    "finplatform.cli.building",
    "finplatform.orchestration.build",
)


def run(customers: int, transactions: int, *, as_json: bool) -> None:
    """Builds everything; exits with an error if any blocking check fails."""
    began = time.monotonic()
    if get_settings().sources_file == PROJECT_ROOT / "sources.yaml":
        with _simulated(customers, transactions):
            _load_code(customers, transactions)
    from finplatform.cli import building

    building.run(get_settings(), began, as_json=as_json)


@contextmanager
def _simulated(customers: int, transactions: int) -> Iterator[None]:
    """Starts the database and makes the bank, in a process of its own beside the block."""
    with (
        ERR.status("Starting the database and simulating a bank"),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        simulated = pool.submit(_simulate, customers, transactions)
        yield
        simulated.result()
    get_settings.cache_clear()


def _simulate(customers: int, transactions: int) -> None:
    with garbage.held_off():
        from finplatform.cli import simulate

    simulate.run(customers, transactions, None, None, _SEED, as_json=False)


def _load_code(customers: int, transactions: int) -> None:
    with garbage.held_off():
        for module in _NEEDED_BY_THE_RUN:
            importlib.import_module(module)
        # The graph is cut by days, so it asks when the bank's history begins.
        from finplatform.cli import simulate

        config = simulate.configure(customers, transactions, None, None, _SEED)
        simulate.note_span(get_settings(), config.start)
        from finplatform.definitions import defs

        defs.resolve_all_job_defs()
    from finplatform.warehouse.dbt_process import DBT

    # The run begins by writing its announcements, and dbt comes after the first loads.
    DBT.start(get_settings())
