"""The contributors' pages name files, commands, columns and macros that exist."""

import re
import tomllib

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.settings import PROJECT_ROOT
from finplatform.taxonomy import GROUPS

DOCS = PROJECT_ROOT / "docs"
LONGEST_JOURNEYS = {
    "A CSV row to bronze": 42,
    "A dbt model to SQL in PostgreSQL": 30,
    "A loan to the capital ratio": 40,
}
"""Files of each journey at most."""


def _text(name: str) -> str:
    return (PROJECT_ROOT / name).read_text(encoding="utf-8")


def _paths(text: str) -> set[str]:
    """Files and folders of the source tree that a page names by their whole path."""
    named = re.findall(
        r"(?<![\w/.])((?:finplatform|finplatform_tests|dbt_project|docs|examples)/[\w/.-]+\w/?)",
        text,
    )
    return {path for path in named if "fact_branch_days" not in path}


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/add_a_table.md", "README.md"]
)
def test_every_path_on_a_guide_exists(name: str) -> None:
    assert not [path for path in sorted(_paths(_text(name))) if not (PROJECT_ROOT / path).exists()]


@pytest.mark.parametrize("title", LONGEST_JOURNEYS)
def test_a_journey_is_short_and_visits_each_file_once(title: str) -> None:
    block = _text("docs/architecture.md").partition(f"**{title}**\n\n```\n")[2].partition("```")[0]
    files = re.findall(r"[\w/]+\.(?:py|sql|yml|yaml|csv)\b(?=\s)", block)
    assert len(files) == len(set(files)) == len(block.splitlines())
    assert len(files) <= LONGEST_JOURNEYS[title]
    assert all((PROJECT_ROOT / file).is_file() for file in files)


def test_the_macros_on_the_page_of_tables_exist() -> None:
    called = set(re.findall(r"\{\{ (\w+)\('", _text("docs/add_a_table.md"))) - {"ref"}
    macros = "\n".join(p.read_text("utf-8") for p in (PROJECT_ROOT / "dbt_project").rglob("*.sql"))
    assert called == {"in_window", "month_ends"}
    assert all(f"macro {name}(" in macros for name in called)


def test_the_minimal_bank_on_the_page_is_the_example() -> None:
    page = _text("docs/add_a_source.md")
    for name in ("sources.yaml", "files/accounts.csv", "files/bookings_2026-01-05.csv"):
        assert _text(f"examples/minimal/{name}") in page


def test_the_page_of_sources_names_all_required_columns() -> None:
    section = _text("docs/add_a_source.md").partition("### Required columns")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert len(rows) == 5
    for table, columns in rows:
        received = SOURCES[table].received.columns
        required = [name for name, column in received.items() if not column.nullable]
        assert re.findall(r"`(\w+)`", columns) == required


def test_the_version_is_that_of_the_changelog() -> None:
    first = re.search(r"^## (\d+\.\d+\.\d+) \((.+)\)$", _text("CHANGELOG.md"), re.MULTILINE)
    assert first is not None
    suffix = ".dev0" if first[2] == "unreleased" else ""
    assert tomllib.loads(_text("pyproject.toml"))["project"]["version"] == first[1] + suffix


def test_code_owners_are_teams_of_the_graph_and_own_paths_that_exist() -> None:
    teams = {owner.partition(":")[2] for group in GROUPS.values() for owner in group.owners}
    lines = [line.split() for line in _text(".github/CODEOWNERS").splitlines()]
    owned = [line for line in lines if line and line[0] != "#"]
    assert {team.partition("/")[2] for _, *found in owned for team in found} == teams
    paths = [path.strip("/") for path, *_ in owned if path != "*"]
    assert not [path for path in paths if not (PROJECT_ROOT / path).is_dir()]


def test_contributors_read_of_targets_that_make_has() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    typed = set(re.findall(r"make ([a-z-]+)", _text("CONTRIBUTING.md"))) - {"are"}
    assert typed <= targets
