"""Alerts: weights, reasons, and that a day is judged by what came before it alone."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from finplatform.compliance.aml.alerts import Monitored, monitor
from finplatform.compliance.aml.dry_run import compare
from finplatform.compliance.aml.rules import standard_rules
from finplatform.windows import Window
from finplatform_tests.unit.compliance.aml.builders import (
    MONTH,
    START,
    Ledger,
    evidence,
    moment,
)

BOOK = standard_rules()


def structured() -> Ledger:
    ledger = Ledger()
    for day, channel in ((2, "BRANCH"), (5, "ATM"), (9, "BRANCH"), (12, "BRANCH")):
        ledger.cash("ANN", day, "9400", channel)
    ledger.outside("ANN", moment(14), "-36000", party="y")
    return ledger


def judged(ledger: Ledger, window: Window = MONTH) -> Monitored:
    return monitor(evidence(ledger.frame()), window, BOOK)


def test_an_alert_has_its_score_its_reason_and_its_transactions() -> None:
    found = judged(structured())
    (alert,) = found.alerts.filter(typology="STRUCTURING").iter_rows(named=True)
    assert alert["customer_id"] == "ANN"
    assert alert["alert_date"] == START + timedelta(days=9)
    assert alert["reason"].startswith("3 cash deposits between 7,000 and 10,000 USD on 3 days")
    assert "cash came in by ATM and BRANCH" in alert["reason"]
    assert alert["amount_usd"] == Decimal("28200.00")
    mine = found.signals.filter(alert_id=alert["alert_id"])
    assert alert["score"] == min(mine["weight"].sum(), 100)
    assert alert["signal_count"] == mine.height >= 2


def test_what_a_later_day_adds_is_noted_on_that_day() -> None:
    noted = judged(structured()).transactions.filter(pl.col("kind") == "CASH_IN")
    by_day = noted.group_by("noted_date").len().sort("noted_date").rows()
    assert by_day == [(START + timedelta(days=9), 3), (START + timedelta(days=12), 1)]


def test_a_signal_without_support_is_no_alert() -> None:
    ledger = structured()
    # A cash business: as much cash every week of the months before, by one way, and nothing leaves.
    quiet = Ledger()
    for day in range(-90, 0, 3):
        quiet.cash("ANN", day, "6500")
    for day in (2, 5, 9):
        quiet.cash("ANN", day, "9400")
    assert judged(ledger).alerts.height
    assert judged(quiet).alerts.is_empty()


def test_a_month_has_one_alert_of_a_typology_and_the_next_month_its_own() -> None:
    ledger = Ledger()
    for day in (2, 5, 9, 12, 20, 33, 36, 40):
        ledger.cash("ANN", day, "9400")
    window = Window(START, START + timedelta(days=61))
    alerts = judged(ledger, window).alerts.filter(typology="STRUCTURING")
    assert alerts["alert_date"].dt.month().to_list() == [3, 4]
    assert alerts["alert_id"].n_unique() == 2


def test_days_judged_one_by_one_give_what_the_window_gives() -> None:
    ledger = structured()
    for number in range(7):
        ledger.transfer(f"P{number}", "HUB", moment(3 + number), "900")
    ledger.outside("HUB", moment(11), "-6000", party="z")
    whole = judged(ledger)
    single = [judged(ledger, Window.day(day)) for day in MONTH.dates()]
    for name, order in (("alerts", ["alert_id"]), ("signals", ["alert_id", "signal"]),
                        ("transactions", ["alert_id", "transaction_id"])):  # fmt: skip
        parts = pl.concat([getattr(one, name) for one in single])
        assert parts.sort(order).equals(getattr(whole, name).sort(order)), name
    assert whole.alerts.height >= 2


def test_what_comes_later_changes_nothing_of_a_day() -> None:
    ledger = structured()
    until = START + timedelta(days=10)
    early = ledger.frame().filter(pl.col("transaction_date") < until)
    before = monitor(evidence(early), Window(START, until), BOOK)
    after = monitor(evidence(ledger.frame()), Window(START, until), BOOK)
    assert before.alerts.equals(after.alerts)
    assert before.transactions.equals(after.transactions)


def test_a_figure_that_changes_within_the_month_counts_from_its_day() -> None:
    stricter = BOOK.changed("CASH_NEAR_LIMIT.least_count", Decimal(5), START + timedelta(days=9))
    found = monitor(evidence(structured().frame()), MONTH, stricter)
    assert found.alerts.filter(typology="STRUCTURING").is_empty()


def test_a_dry_run_says_what_would_be_lost_and_what_was_reported_of_it() -> None:
    known = evidence(structured().frame())
    stricter = BOOK.changed("ALERT.least_score", Decimal(101), date(2020, 1, 1))
    (alert,) = judged(structured()).alerts.filter(typology="STRUCTURING")["alert_id"]
    found = compare(known, MONTH, BOOK, stricter, {alert})
    assert (found.after, found.customers_after, found.new.height) == (0, 0, 0)
    assert found.before == found.lost.height
    assert found.reported_lost == 1
    same = compare(known, MONTH, BOOK, BOOK)
    assert (same.lost.height, same.new.height) == (0, 0)


def test_nothing_to_judge_gives_empty_frames_of_the_same_columns() -> None:
    empty, some = judged(Ledger()), judged(structured())
    for name in ("alerts", "signals", "transactions"):
        assert getattr(empty, name).is_empty()
        assert getattr(empty, name).columns == getattr(some, name).columns


@pytest.mark.parametrize("kind", ["reason", "words"])
def test_no_word_of_an_alert_names_another_column_than_it_has(kind: str) -> None:
    found = judged(structured())
    frame = found.alerts if kind == "reason" else found.signals
    assert not frame.filter(pl.col(kind).str.contains(r"\{|None|null")).height
