"""The rule book: dated figures, their citations, and changes that come on top."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from finplatform.compliance.aml.rules import parse_change, standard_rules
from finplatform.compliance.aml.typologies import KEY_SIGNALS, TYPOLOGY_WORDS
from finplatform.errors import FinplatformError
from finplatform.windows import Window

DAY = date(2025, 6, 1)


def test_every_figure_says_where_it_comes_from_and_what_it_means() -> None:
    for figure in standard_rules().figures:
        assert figure.paragraph, figure.name
        assert len(figure.description) > 10, figure.name


def test_the_regulations_own_figures_are_those_of_its_text() -> None:
    rules = standard_rules().as_of(DAY)
    assert rules.exact("CURRENCY_REPORT", "limit_usd") == 10_000
    assert rules.exact("CURRENCY_REPORT", "due_days") == 15
    assert rules.exact("SUSPICIOUS_REPORT", "limit_usd") == 5_000
    assert rules.exact("SUSPICIOUS_REPORT", "due_days") == 30
    assert rules.exact("SUSPICIOUS_REPORT", "due_days_no_suspect") == 60


def test_no_typology_makes_an_alert_of_its_key_signal_alone() -> None:
    rules = standard_rules().as_of(DAY)
    typologies = rules.typologies()
    assert set(typologies) == set(KEY_SIGNALS) == set(TYPOLOGY_WORDS)
    least = rules.exact("ALERT", "least_score")
    for typology, weights in typologies.items():
        assert weights[KEY_SIGNALS[typology]] == max(weights.values())
        assert weights[KEY_SIGNALS[typology]] < least
        assert sum(weights.values()) - weights[KEY_SIGNALS[typology]] < least + 60
    assert rules.exact("ALERT", "least_signals") >= 2


def test_a_change_holds_from_its_day_and_the_old_value_until_the_day_before() -> None:
    book = standard_rules().changed("ALERT.least_score", Decimal(70), DAY)
    assert book.as_of(DAY - timedelta(days=1)).exact("ALERT", "least_score") == 60
    assert book.as_of(DAY).exact("ALERT", "least_score") == 70
    later = book.changed("ALERT.least_score", Decimal(80), DAY + timedelta(days=9))
    assert later.as_of(DAY + timedelta(days=8)).exact("ALERT", "least_score") == 70
    assert later.as_of(DAY + timedelta(days=9)).exact("ALERT", "least_score") == 80


def test_a_change_on_the_first_day_of_a_figure_replaces_it() -> None:
    once = standard_rules().changed("ALERT.least_score", Decimal(70), DAY)
    twice = once.changed("ALERT.least_score", Decimal(75), DAY)
    assert twice.as_of(DAY).exact("ALERT", "least_score") == 75
    assert len(twice.figures) == len(once.figures)


def test_a_window_is_cut_where_a_figure_changes() -> None:
    book = standard_rules().changed("ALERT.least_score", Decimal(70), DAY)
    window = Window(DAY - timedelta(days=5), DAY + timedelta(days=5))
    pieces = [(piece, rules.exact("ALERT", "least_score")) for piece, rules in book.pieces(window)]
    assert pieces == [
        (Window(window.start, DAY), Decimal(60)),
        (Window(DAY, window.end), Decimal(70)),
    ]


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(FinplatformError, match="There is no figure"):
        standard_rules().changed("ALERT.nothing", Decimal(1), DAY)
    with pytest.raises(FinplatformError, match="There is no figure"):
        standard_rules().as_of(DAY).exact("ALERT", "nothing")


@pytest.mark.parametrize("written", ["ALERT.least_score", "A.b=x", "A.b=-1", "A.b=NaN", "A.b="])
def test_what_is_no_change_is_refused(written: str) -> None:
    with pytest.raises(FinplatformError, match="no change of a figure"):
        parse_change(written)


def test_a_change_is_read_as_written() -> None:
    assert parse_change("CASH_NEAR_LIMIT.share_of_limit=0.8") == (
        "CASH_NEAR_LIMIT.share_of_limit", Decimal("0.8"),
    )  # fmt: skip
