"""Parser of the visible content of an HTML page: title, sections, tables, text and charts.

Scripts and styles are skipped, except for embedded data. Does not belong here: checking the content
(see `shown_figures`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"})
_UNSEEN = frozenset({"script", "style"})


@dataclass
class Table:
    """A table.

    Attributes:
        section: Heading above it; empty before the first.
        rows: Text of its cells, headings of columns included.
        values: Number of cells other than headings.
    """

    section: str
    rows: list[list[str]] = field(default_factory=list)
    values: int = 0


@dataclass
class Page:
    """A parsed page.

    Attributes:
        is_whole: Whether it begins as HTML, ends with the end of the document, and every element in
            between is closed in its order.
        elements: Tag and text of every visible element, in the order of their ends.
        tables: Its tables.
        charts: Number of charts and drawings.
        data: Text of its embedded JSON, by identifier.
    """

    is_whole: bool = True
    elements: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: int = 0
    data: dict[str, str] = field(default_factory=dict)

    def texts(self, *tags: str) -> list[str]:
        """Text of all elements with one of some tags."""
        return [text for tag, text in self.elements if tag in tags]

    def cells(self) -> Iterator[str]:
        """Text of all cells of all tables."""
        return (cell for table in self.tables for row in table.rows for cell in row)

    def rows(self, section: str) -> list[list[str]]:
        """Rows of the tables under a heading."""
        return [row for table in self.tables if table.section == section for row in table.rows]


def read_page(text: str) -> Page:
    """Reads a page.

    Args:
        text: The HTML document.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    page = reader.page
    begins = text.lstrip()[:15].lower() == "<!doctype html>"
    ends = text.rstrip()[-7:].lower() == "</html>"
    page.is_whole = page.is_whole and begins and ends and not reader.is_inside
    return page


class _Reader(HTMLParser):
    """Event handler of the parser, with a stack of open elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[tuple[str, list[str]]] = []
        self._section = ""
        self._data = ""

    @property
    def is_inside(self) -> bool:
        """Whether an element has not been closed."""
        return bool(self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        found = dict(attrs)
        if tag == "svg" or "data-chart" in found:
            self.page.charts += 1
        if tag == "script" and found.get("type") == "application/json":
            self._data = found.get("id") or ""
        if tag == "table":
            self.page.tables.append(Table(self._section))
        elif tag == "tr" and self.page.tables:
            self.page.tables[-1].rows.append([])
        if tag not in _VOID:
            self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        """Closes an element, and adds its text to the parent."""
        if tag in _VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.page.is_whole = False
            return
        _, parts = self._open.pop()
        if tag == "script" and self._data:
            self.page.data[self._data] = "".join(parts)
            self._data = ""
        if tag in _UNSEEN:
            return
        text = " ".join("".join(parts).split())
        self.page.elements.append((tag, text))
        if tag == "h2":
            self._section = text
        if tag in ("td", "th") and self.page.tables and self.page.tables[-1].rows:
            self.page.tables[-1].rows[-1].append(text)
            self.page.tables[-1].values += tag == "td"
        if self._open:
            self._open[-1][1].extend([*parts, " "] if tag in _BLOCKS else parts)

    def handle_data(self, data: str) -> None:
        """Adds text to the innermost element."""
        if self._open:
            self._open[-1][1].append(data)


_BLOCKS = frozenset({"div", "h1", "h2", "p", "td", "th", "tr", "table", "span", "b"})
