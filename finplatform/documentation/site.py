"""The site's pages: the documents of the source tree under the site's own links.

Links between documents stay links; those to code, which the site does not hold, become text.
Diagrams are drawn, so that a page needs no script and nothing from outside. Belongs here: what
becomes of a page's text and in which order pages are listed. Does not belong here: the generator
(see `finplatform.cli.docs_site`).
"""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence

from finplatform.documentation.diagram import from_mermaid
from finplatform.documentation.svg import draw

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Begin": (
        "README.md",
        "docs/quick_start.md",
        "docs/user_manual.md",
        "docs/architecture.md",
        "docs/runbook.md",
        "docs/automation.md",
        "docs/bi.md",
        "docs/reports.md",
        "docs/exports.md",
        "docs/lake.md",
        "docs/scale.md",
        "docs/queries.md",
        "docs/ready_answers.md",
        "docs/api.md",
        "docs/commands.md",
        "docs/business_requirements.md",
        "docs/functional_specification.md",
        "docs/risk_register.md",
        "docs/release_notes.md",
        "CHANGELOG.md",
    ),
    "Extend": (
        "docs/etl_guide.md",
        "docs/add_a_source.md",
        "docs/cdc.md",
        "docs/streaming.md",
        "docs/source_tables.md",
        "docs/add_a_table.md",
        "docs/naming.md",
        "examples/",
    ),
    "Data": (
        "docs/data_dictionary.md",
        "docs/er_diagrams.md",
        "docs/operational_schema.md",
        "docs/star_schema.md",
        "docs/metrics.md",
        "docs/lineage.md",
        "docs/business_rules.md",
        "docs/simulated_bank.md",
        "docs/development_bank.md",
    ),
    "Risk and models": (
        "docs/capital.md",
        "docs/default_model.md",
        "docs/churn_model.md",
        "docs/value_models.md",
        "docs/fraud_rules.md",
        "docs/analytics.md",
    ),
    "Compliance": ("docs/aml.md", "docs/screening.md", "docs/sox.md"),
    "Operation": (
        "docs/backup.md",
        "docs/deployment.md",
        "docs/cloud.md",
        "docs/alerts.md",
        "docs/operations.md",
        "docs/access.md",
        "docs/privacy.md",
        "docs/security.md",
        "docs/audit.md",
        "docs/index_strategy.md",
        "docs/build_times.md",
        "docs/benchmarks.md",
        "benchmarks/",
    ),
    "Decisions": ("docs/decisions/",),
}
"""Documents by section, a folder for all in it; others come last, so that none is left out."""

# Code is matched as well, so that a link in it is passed over.
_LINK_OR_CODE = re.compile(
    r"^```.*?^```$|(!?)\[([^\]]*)\]\(([^)\s]+)\)|`[^`\n]+`", re.MULTILINE | re.DOTALL
)
_FENCE = re.compile(r"^```mermaid\n(erDiagram\n.*?)^```$", re.MULTILINE | re.DOTALL)


def page_path(document: str) -> str:
    """Path of a document's page below the site: `docs/bi.md` is `bi.md`, no two are the same."""
    if document == "README.md":
        return "index.md"
    return document.removeprefix("docs/").replace("/README.md", "/index.md")


def page(document: str, text: str, documents: Iterable[str]) -> str:
    """A document as a page of the site.

    Args:
        document: Its path below the source tree.
        text: Its Markdown.
        documents: Paths of all documents that the site holds.
    """
    known = set(documents)
    drawn = _FENCE.sub(_draw, text)
    return _LINK_OR_CODE.sub(lambda m: _link(m, document, known) if m[3] else m[0], drawn)


def navigation(documents: Iterable[str]) -> list[dict[str, list[str]]]:
    """Pages by section; none is left out."""
    left = sorted(documents)
    listed = []
    for section, members in SECTIONS.items():
        chosen = [d for member in members for d in left if _is_member(d, member)]
        left = [document for document in left if document not in chosen]
        listed.append((section, chosen))
    listed.append(("More", left))
    return [{section: [page_path(d) for d in chosen]} for section, chosen in listed if chosen]


def _is_member(document: str, member: str) -> bool:
    return document.startswith(member) if member.endswith("/") else document == member


def _draw(match: re.Match[str]) -> str:
    diagram = from_mermaid(match.group(1).splitlines())
    names: Sequence[str] = list(diagram.entities)
    title = f"Entity-relationship diagram of {', '.join(names)}"
    return f'<div class="diagram" data-search-exclude>{draw(diagram, title)}</div>'


def _link(match: re.Match[str], document: str, known: set[str]) -> str:
    is_image, label, target = match.groups()
    if re.match(r"[a-z]+:|#", target):
        return match.group(0)
    path, _, anchor = target.partition("#")
    place = posixpath.normpath(posixpath.join(posixpath.dirname(document), path))
    if is_image:
        shown = place.removeprefix("docs/")
        return f"![{label}]({_relative(shown, page_path(document))})"
    found = next((c for c in (place, f"{place}/README.md") if c in known), None)
    if found is None:
        return label
    relative = _relative(page_path(found), page_path(document))
    return f"[{label}]({relative}{'#' + anchor if anchor else ''})"


def _relative(target: str, page_of: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page_of) or ".")
