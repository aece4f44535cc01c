"""The fraud route on the real public file of card payments.

Skipped without the data: `FINPLATFORM_TEST_DATA` names the folder that holds `fraud_handbook/`.
Three weeks take minutes (`finplatform bench fraud`); here one runs whole.
"""

import os
from pathlib import Path

import polars as pl
import pytest

from finplatform.bench.fraud import LOGISTIC, PEERS, ROUTE, judge
from finplatform.bench.fraud_data import FILE, handbook, weeks

_ROOT = os.environ.get("FINPLATFORM_TEST_DATA")
FOLDER = Path(_ROOT) if _ROOT else None

pytestmark = pytest.mark.skipif(
    FOLDER is None or not (FOLDER / FILE).is_file(),
    reason="FINPLATFORM_TEST_DATA holds no fraud_handbook/",
)


@pytest.fixture(scope="module")
def payments() -> pl.DataFrame:
    assert FOLDER is not None
    return handbook(FOLDER)


def test_the_file_has_the_published_payments_and_frauds(payments: pl.DataFrame) -> None:
    assert (payments.height, payments["is_fraud"].sum()) == (585_177, 4_341)


def test_the_route_is_at_or_above_its_peers_in_a_week(payments: pl.DataFrame) -> None:
    models = judge(next(weeks(payments)))["models"]
    for peer in PEERS:
        assert models[ROUTE]["auc"] >= models[peer]["auc"]
        assert models[ROUTE]["average_precision"] >= models[peer]["average_precision"]


@pytest.mark.graph
def test_without_what_is_known_of_terminals_much_less_is_found(payments: pl.DataFrame) -> None:
    known = [name for name in payments.columns if name.startswith("terminal_fraud_share")]
    blind = payments.with_columns(pl.lit(0.0).alias(name) for name in known)
    told, untold = (judge(next(weeks(rows)))["models"][LOGISTIC] for rows in (payments, blind))
    assert told["average_precision"] > untold["average_precision"] + 0.1
