"""Loaders of the public loan books, on files that are not there or made up here."""

from pathlib import Path

import pytest

from finplatform.bench.credit_data import LOADERS, berka, berka_with_history
from finplatform.errors import FinplatformError


@pytest.mark.parametrize("name", LOADERS)
def test_an_absent_file_is_named_and_the_option_too(name: str, tmp_path: Path) -> None:
    with pytest.raises(FinplatformError) as caught:
        LOADERS[name](tmp_path)
    assert str(tmp_path) in caught.value.message
    assert "--data" in caught.value.hint


@pytest.fixture
def czech(tmp_path: Path) -> Path:
    folder = tmp_path / "berka"
    folder.mkdir()
    files = {
        "loan": '"loan_id";"account_id";"date";"amount";"duration";"payments";"status"\n'
        '2;20;970101;1200;12;100.00;"D"\n1;10;961231;2400;12;200.00;"A"\n',
        "account": '"account_id";"district_id";"frequency";"date"\n'
        '10;1;"POPLATEK MESICNE";961201\n20;1;"POPLATEK TYDNE";961202\n',
        "district": ";".join(f"A{number}" for number in range(1, 17))
        + "\n1;Praha;Prague;1000;0;0;0;1;1;100.0;10000;?;0.43;167;50;60\n",
        "order": '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"\n'
        '1;10;"YZ";"1";200.00;"UVER"\n2;10;"YZ";"2";300.00;"SIPO"\n3;10;"YZ";"3";500.00;" "\n'
        '4;20;"YZ";"4";100.00;"UVER"\n',
    }
    for table, text in files.items():
        (folder / f"{table}.asc").write_text(text)
    return tmp_path


def test_loans_of_1997_are_the_test_and_bad_is_unpaid_or_in_debt(czech: Path) -> None:
    book = berka(czech)
    assert book.is_test is not None
    assert book.is_test.tolist() == [False, True]
    assert book.outcome.tolist() == [0.0, 1.0]


def test_the_order_that_pays_the_loan_is_no_feature(czech: Path) -> None:
    rows = berka(czech).features.select("orders", "order_amount", "household_amount").rows()
    assert rows == [(2, 800.0, 300.0), (0, 0.0, 0.0)]


def test_the_age_of_the_account_is_counted_to_the_day_of_the_loan(czech: Path) -> None:
    features = berka(czech).features
    assert features["account_days"].to_list() == [30, 30]
    assert features["unemployment_1995_pct"].to_list() == [None, None]


def test_loans_have_the_history_before_them_and_those_without_are_left_out(czech: Path) -> None:
    (czech / "berka" / "trans.asc").write_text(
        '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";'
        '"account"\n'
        '1;10;961220;"PRIJEM";"VKLAD";700.00;700.00;"";;\n'
        '2;10;961230;"VYDAJ";"VYBER";200.00;500.00;"";;\n'
        '3;10;961231;"PRIJEM";"VKLAD";900.00;1400.00;"";;\n'
        '4;20;970101;"VYBER";"VYBER";100.00;-100.00;"";;\n'
    )
    book = berka_with_history(czech)
    result = book.features.select("last_balance", "inflow_90d", "outflow_90d", "unseen_days")
    assert result.rows() == [(500.0, 700.0, 200.0, 0)]
    assert book.outcome.tolist() == [0.0]
    assert book.is_test is None, "one side alone is no test in time"
