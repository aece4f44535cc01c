"""Reports fail where they lack something, or show another figure than their table."""

import pytest

from finplatform.orchestration.checks.html_page import read_page
from finplatform.orchestration.checks.shown_figures import check_figures, check_page
from finplatform.orchestration.checks.validation_result import ValidationResult

PAGE = """<!doctype html><html><head><title>Card 1 · Bank</title></head><body><h1>Card 1</h1>
<h2>Figures</h2><p>None of these is a text that is left over.</p>
<table><tr><th>name</th><th>value</th></tr><tr><td>a</td><td>1</td></tr></table>
<svg></svg></body></html>"""


def _page(old: str = "", new: str = "") -> ValidationResult:
    verdict = ValidationResult()
    page = read_page(PAGE.replace(old, new))
    check_page(page, verdict, title="Card 1", sections=["Figures"], tables=["Figures"], charts=1)
    return verdict


def test_a_section_that_is_not_there_is_named() -> None:
    verdict = _page("<h2>Figures", "<h2>Other")
    assert "page: has the section Figures" in verdict.failures


def test_a_page_that_has_everything_passes() -> None:
    assert _page().reasons == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("</html>", "", "page: is a whole HTML document"),
        ("<title>Card 1", "<title>Card 2", "title: is Card 1"),
        ("<h1>Card 1", "<h1>", "h1: is Card 1"),
        ("</h2>", "</h2><h2>Other</h2>", "Figures: has a table with values"),
        ("<svg></svg>", "", "page: has 1 charts"),
        ("<td>a</td><td>1</td>", "", "Figures: has a table with values"),
        ("<td>1", "<td>nan", "page: every figure has a value or a dash"),
        ("<td>1", "<td>None", "page: every figure has a value or a dash"),
        ("<td>1", "<td>-inf %", "page: every figure has a value or a dash"),
        ("<td>1", "<td>{{ value }}", "page: every template is filled"),
        ("of these", "{% for row in rows %}", "page: every template is filled"),
    ],
)
def test_what_a_page_lacks_is_named(old: str, new: str, reason: str) -> None:
    assert _page(old, new).failures == {reason: 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10,244,135.49", 10_244_135.49),
        ("7.87 %", 0.0786535),
        ("12.22%", 0.12216),
        ("0.814 (0.784 to 0.847)", 0.8142793),
        ("-0.045", -0.0449),
        ("+0.000", -0.0002),
        ("1,474", 1474.0),
        ("0.125", 0.12549),
        ("2.5", 2.55),
    ],
)
def test_a_figure_may_differ_by_half_of_its_last_digit(text: str, value: float) -> None:
    verdict = ValidationResult()
    check_figures({"figure": text}, {"figure": value}, verdict)
    assert (verdict.reasons, verdict.rows) == ("", 1)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("10,244,135.49", 10_244_135.50, "in_range"),
        ("7.87 %", 0.0788, "in_range"),
        ("7.87", 0.0787, "in_range"),
        ("-", 0.1, "not_nullable"),
        ("unknown", 0.1, "not_nullable"),
        ("0.1", None, "is a dash"),
        ("nan", None, "is a dash"),
    ],
)
def test_another_figure_is_named(text: str, value: float | None, rule: str) -> None:
    verdict = ValidationResult()
    check_figures({"figure": text}, {"figure": value}, verdict)
    (failure,) = verdict.failures
    assert failure.startswith(f"figure: {rule}")


def test_a_figure_that_is_not_shown_is_named_whether_it_is_known_or_not() -> None:
    verdict = ValidationResult()
    check_figures({}, {"known": 1.0, "unknown": None}, verdict)
    assert set(verdict.failures) == {"known: not_nullable", "unknown: is a dash"}


def test_a_figure_that_is_not_known_is_a_dash() -> None:
    verdict = ValidationResult()
    check_figures({"a": "\N{EN DASH}", "b": "-"}, {"a": None, "b": None}, verdict)
    assert verdict.passed
