"""The code stands on public interfaces: nothing private of a package, nothing replaced at run time.

Read from the syntax trees of the package and the benchmarks; there are no exceptions.
"""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from finplatform.settings import PROJECT_ROOT

OWN = ("finplatform", "benchmarks")
MODULES = sorted(path for root in OWN for path in (PROJECT_ROOT / root).rglob("*.py"))

PRIVATE_PACKAGES = ("dagster_shared", "dbt_common", "dbt_adapters", "dbt_extractor")
"""Packages that are parts of Dagster and dbt and are documented nowhere."""

DBT = "dbt.cli.main"
"""The one documented module of dbt."""

NAMED_TUPLE = {"_asdict", "_fields", "_make", "_replace"}
"""Documented names of a named tuple, which begin with an underscore so as not to be fields."""

CHANGES_OF_ENVIRONMENT = {"clear", "pop", "popitem", "setdefault", "update"}


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Module and name of each import; the name is empty where a module is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def bound_by_import(tree: ast.AST) -> set[str]:
    """Names of a module that stand for something which it has imported."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def private_imports(tree: ast.AST) -> list[str]:
    """Imports of what a package keeps to itself."""
    found = []
    for module, name in imported(tree):
        package = module.partition(".")[0]
        parts = [*module.split("."), name]
        if (
            any(is_private(part) for part in parts)
            or package in PRIVATE_PACKAGES
            or (package == "dbt" and module != DBT)
            or package == "gc"
        ):
            found.append(".".join(parts).strip("."))
    return found


def private_attributes(tree: ast.AST) -> list[str]:
    """Private names of anything but the object or class that a method belongs to."""
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and node.attr not in NAMED_TUPLE
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]


def replacements(tree: ast.AST) -> list[str]:
    """Attributes of imported modules, classes and objects that are set or deleted."""
    foreign = bound_by_import(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            root: ast.AST = node
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                root = root.value
            if isinstance(root, ast.Name) and root.id in foreign:
                found.append(ast.unparse(node))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("setattr", "delattr")
        ):
            found.append(ast.unparse(node))
    return found


def changes_of_environment(tree: ast.AST) -> list[str]:
    """Statements that set a variable of the environment."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            changed = ast.unparse(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("putenv", "unsetenv"):
                found.append(ast.unparse(node))
            changed = ast.unparse(node.func.value)
            if node.func.attr not in CHANGES_OF_ENVIRONMENT:
                continue
        else:
            continue
        if changed.rpartition(".")[2] == "environ":
            found.append(ast.unparse(node))
    return found


def breaches(tree: ast.AST) -> list[str]:
    """What a module does beside public interfaces."""
    return [*private_imports(tree), *private_attributes(tree), *replacements(tree)]


def found_in_modules(find: Callable[[ast.AST], list[str]]) -> dict[str, list[str]]:
    """By module, what is found in it."""
    found = {path: find(ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES}
    return {
        path.relative_to(PROJECT_ROOT).as_posix(): lines for path, lines in found.items() if lines
    }


def test_public_interfaces_are_used_alone_and_nothing_is_replaced() -> None:
    assert found_in_modules(breaches) == {}


def test_the_linter_is_not_silenced_on_private_names() -> None:
    silenced = re.compile(r"noqa[^\n]*\b(SLF001|TID251)")
    assert [path for path in MODULES if silenced.search(path.read_text(encoding="utf-8"))] == []


def test_the_environment_is_set_by_the_settings_alone() -> None:
    assert set(found_in_modules(changes_of_environment)) == {"finplatform/settings.py"}


@pytest.mark.parametrize(
    "code",
    [
        "from dagster._core.execution.api import create_execution_plan",
        "import dagster._core as core",
        "from dagster import _check",
        "from dagster_shared.serdes import serialize_value",
        "from dbt.adapters.factory import get_adapter",
        "import dbt.tracking",
        "from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper",
        "import gc",
        "import dagster as dg\ndg._core",
        "run._run_id = 1",
        "import dagster as dg\ndg.DagsterInstance.get = None",
        "from dbt.cli.main import dbtRunner\ndel dbtRunner.invoke",
        "setattr(dg.DagsterInstance, 'get', None)",
    ],
)
def test_what_is_private_or_replaced_is_found(code: str) -> None:
    assert breaches(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "from dbt.cli.main import dbtRunner",
        "from dagster import DagsterInstance",
        "from __future__ import division",
        "self._home = 1",
        "row._replace(day=1)",
        "result.success = True",
    ],
)
def test_what_is_public_is_left_in_peace(code: str) -> None:
    assert not breaches(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "os.environ['A'] = 'b'",
        "del environ['A']",
        "os.environ.update(variables)",
        "os.environ.pop('A', None)",
        "os.putenv('A', 'b')",
    ],
)
def test_a_change_of_the_environment_is_found(code: str) -> None:
    assert changes_of_environment(ast.parse(code))


def test_orchestration_reads_the_settings_in_one_place() -> None:
    """Everything else is given them, so that a graph of other settings can be made beside."""
    read = {
        path.name: code.count("get_settings(")
        for path in (PROJECT_ROOT / "finplatform" / "orchestration").rglob("*.py")
        if "get_settings(" in (code := path.read_text(encoding="utf-8"))
    }
    assert read == {"build.py": 1}
