"""Papers name only what exists: tables, commands, tests, roles and other pages."""

import re
from pathlib import Path

import pytest

from finplatform.cli.tree import all_commands
from finplatform.documentation.commands import Command, Parameter, commands_page
from finplatform.settings import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
PAPERS = (
    "business_requirements.md", "cloud.md", "deployment.md", "etl_guide.md",
    "functional_specification.md", "quick_start.md", "release_notes.md", "risk_register.md",
    "user_manual.md",
)  # fmt: skip
TABLES = set(
    re.findall(r"^### (\S+)$", (DOCS / "data_dictionary.md").read_text("utf-8"), re.MULTILINE)
)
SCHEMAS = {"bronze", "silver", "gold", "bi", "masked", "compliance", "audit"}
COMMANDS = {one.name for one in all_commands()}


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAPERS)
def test_every_table_that_a_paper_names_is_in_the_dictionary(name: str) -> None:
    named = set(re.findall(r"\b([a-z]+)\.([a-z_]{3,})\b", text(name)))
    wrong = {f"{s}.{t}" for s, t in named if s in SCHEMAS and f"{s}.{t}" not in TABLES}
    # Tables that no contract describes.
    assert wrong <= {"audit.event_log", "audit.forgotten_logs"}


@pytest.mark.parametrize("name", PAPERS)
def test_every_command_that_a_paper_names_exists(name: str) -> None:
    groups = {one.partition(" ")[0] for one in COMMANDS if " " in one}
    typed = re.findall(r"(?:`|^\. |^)finplatform ((?:[a-z][a-z-]+ ?){1,2})", text(name), re.M)
    for written in typed:
        words = written.split()
        known = {" ".join(words), words[0]} & COMMANDS
        assert known or (len(words) == 1 and words[0] in groups), f"{written} in {name}"


@pytest.mark.parametrize("name", PAPERS)
def test_every_page_and_file_that_a_paper_names_exists(name: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(name)):
        if not target.startswith("http") and target != "commands.md":
            assert (DOCS / target).exists(), f"{target} in {name}"
    for path in re.findall(r"`(finplatform(?:_tests)?/[\w/.]+)`", text(name)):
        assert (PROJECT_ROOT / path).exists(), f"{path} in {name}"


@pytest.mark.parametrize("name", PAPERS)
def test_every_heading_that_a_paper_links_to_exists(name: str) -> None:
    for target, anchor in re.findall(r"\]\(([\w/]+\.md)#([\w-]+)\)", text(name)):
        headings = re.findall(r"^#+ (.+)$", (DOCS / target).read_text("utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
        assert anchor in slugs, f"{target}#{anchor} in {name}"


def test_every_business_requirement_has_a_function() -> None:
    asked = set(re.findall(r"^\| (B\d+) \|", text("business_requirements.md"), re.MULTILINE))
    done = set(re.findall(r"^\| (B\d+) \|", text("functional_specification.md"), re.MULTILINE))
    assert asked == done


def test_the_page_of_commands_has_each_with_its_options() -> None:
    one = Command(
        "sql",
        "Run it.",
        [Parameter("QUERY", "A | B.", None, True), Parameter("--limit", "N.", "3", False)],
    )
    page = commands_page([one])
    assert "## `finplatform sql`" in page
    assert r"| `QUERY` | A \| B. | must be given |" in page
    assert "| `--limit` | N. | `3` |" in page
    assert {"sql", "service start", "env"} <= COMMANDS


def test_the_papers_are_on_the_site() -> None:
    site = (PROJECT_ROOT / "finplatform" / "documentation" / "site.py").read_text("utf-8")
    assert not [name for name in PAPERS if f'"docs/{name}"' not in site]
    assert Path(PROJECT_ROOT / "CHANGELOG.md").is_file()
