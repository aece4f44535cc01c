"""A page is read back as a reader sees it."""

import pytest

from finplatform.orchestration.checks.html_page import read_page

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Capital &amp; more · Bank</title>
<style>td { color: red }</style><script>if (a < b) { document.write("<b>no</b>") }</script></head>
<body><main><h1>Capital</h1><p>Bank<br>and more</p>
<h2>First</h2><table><tr><th>name</th><th>value</th></tr>
<tr><td>ratio</td><td class="number">7.87 <code>%</code></td></tr></table>
<h2>Second</h2><div data-chart="x"></div><svg><path d="M0 0"/></svg>
<table><tr><td>x</td><td></td></tr></table>
</main></body></html>
"""


def test_title_text_and_tables_are_read_and_scripts_are_not() -> None:
    page = read_page(PAGE)
    assert page.is_whole
    assert page.texts("title", "h1", "h2") == [
        "Capital & more · Bank",
        "Capital",
        "First",
        "Second",
    ]
    assert page.texts("b") == []
    assert page.rows("First") == [["name", "value"], ["ratio", "7.87 %"]]
    assert page.rows("Second") == [["x", ""]]
    assert page.rows("Third") == []
    assert list(page.cells()) == ["name", "value", "ratio", "7.87 %", "x", ""]


def test_charts_and_drawings_are_counted() -> None:
    assert read_page(PAGE).charts == 2


@pytest.mark.parametrize(
    "text",
    [
        PAGE[: len(PAGE) // 2],
        PAGE.replace("<!doctype html>", ""),
        PAGE.replace("</table>\n<h2>Second", "<h2>Second"),
        PAGE.replace("</html>", ""),
        PAGE + "more",
        "",
    ],
    ids=["half", "no doctype", "open table", "open document", "something after it", "nothing"],
)
def test_a_page_that_is_cut_or_not_closed_is_not_whole(text: str) -> None:
    assert not read_page(text).is_whole
