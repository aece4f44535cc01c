"""What loading the code costs and touches."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import finplatform
from finplatform.settings import get_settings
from finplatform.warehouse import dbt

PACKAGE = Path(finplatform.__file__).parent
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "migrations/versions" not in path.as_posix()
)

# Sockets to the outside and the wall clock are refused while the graph is imported. Reading the
# zone of the machine and the time of a file are not the clock.
_GUARDED_IMPORT = """
import socket, sys

def refuse(*arguments, **options):
    raise AssertionError("the network was touched")

socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
import psycopg, psycopg2
psycopg.connect = refuse
psycopg2.connect = refuse
from adbc_driver_postgresql import dbapi
dbapi.connect = refuse
import finplatform.definitions
heavy = {"sklearn", "statsmodels", "plotly", "skops"} & set(sys.modules)
assert not heavy, heavy
"""


def test_importing_the_graph_touches_no_network_and_no_database_and_nothing_heavy() -> None:
    dbt.manifest_path(get_settings())
    result = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:finplatform", "-c", _GUARDED_IMPORT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_opens_with_its_charter(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    summary = docstring.partition("\n\n")[0].strip()
    assert summary.endswith((".", ":")), "the first paragraph states what the module is"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_is_longer_than_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
