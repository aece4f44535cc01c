"""Pages of the site: links that lead somewhere, diagrams that are drawn, nothing left out."""

from pathlib import Path

from finplatform.cli.docs_site import write_pages
from finplatform.documentation.site import navigation, page, page_path

DOCUMENTS = ["README.md", "docs/bi.md", "docs/decisions/0001-a.md", "examples/berka/README.md"]


def test_a_link_between_documents_follows_their_pages() -> None:
    assert page("README.md", "[BI](docs/bi.md#the-star)", DOCUMENTS) == "[BI](bi.md#the-star)"
    assert page("docs/decisions/0001-a.md", "[b](../bi.md)", DOCUMENTS) == "[b](../bi.md)"
    assert page("docs/bi.md", "[r](../README.md)", DOCUMENTS) == "[r](index.md)"


def test_a_link_to_a_folder_goes_to_its_page() -> None:
    assert page("README.md", "[b](examples/berka)", DOCUMENTS) == "[b](examples/berka/index.md)"


def test_a_link_to_code_becomes_text_and_one_to_outside_stays() -> None:
    text = "[code](../finplatform/orchestration/build.py) and [Dagster](https://dagster.io)"
    assert page("docs/bi.md", text, DOCUMENTS) == "code and [Dagster](https://dagster.io)"


def test_a_link_in_code_is_left_alone() -> None:
    text = "`[x](y.md)`\n```\n[x](y.md)\n```"
    assert page("docs/bi.md", text, DOCUMENTS) == text


def test_a_link_whose_text_is_code_is_a_link() -> None:
    assert page("README.md", "[`bi`](docs/bi.md)", DOCUMENTS) == "[`bi`](bi.md)"


def test_an_image_is_found_from_its_page() -> None:
    assert page("README.md", "![g](docs/images/g.png)", DOCUMENTS) == "![g](images/g.png)"


def test_a_diagram_is_drawn_and_needs_no_script() -> None:
    text = '```mermaid\nerDiagram\n    a ||--o{ b : "owns"\n```'
    drawn = page("docs/bi.md", text, DOCUMENTS)
    assert "<svg" in drawn
    assert "mermaid" not in drawn


def test_every_document_is_listed_once() -> None:
    documents = [*DOCUMENTS, "docs/new.md"]
    sections = navigation(documents)
    listed = [entry for section in sections for pages in section.values() for entry in pages]
    assert sorted(listed) == sorted(page_path(document) for document in documents)


def test_every_document_of_the_tree_has_a_page_of_its_own_and_a_section(tmp_path: Path) -> None:
    documents = write_pages(tmp_path)
    pages = [page_path(document) for document in documents]
    assert len(set(pages)) == len(pages)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} == set(pages)
    assert "More" not in {name for section in navigation(documents) for name in section}
