"""The register of controls and the list of frozen tables name what the graph has."""

import pytest

from finplatform.compliance.sox.controls import Control, load_controls
from finplatform.compliance.sox.frozen_tables import FrozenTable, frozen_tables
from finplatform.contracts.contract import Contract
from finplatform.definitions import defs
from finplatform.orchestration.build import all_contracts
from finplatform.settings import get_settings
from finplatform.warehouse import dbt

CHECKS = [
    (".".join(each.asset_key.path), each.name)
    for each in defs.resolve_asset_graph().asset_check_keys
]
MADE_ELSEWHERE = {"OP-03"}
"""Controls whose evidence is no check of this graph on a home that backs nothing up."""


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return all_contracts(dbt.load_manifest(get_settings()))


@pytest.mark.parametrize(
    "control", [c for c in load_controls() if c.evidence.checks], ids=lambda c: c.id
)
def test_every_pattern_of_checks_finds_one(control: Control) -> None:
    if control.id in MADE_ELSEWHERE:
        pytest.skip("the graph has no such check")
    for pattern in control.evidence.checks:
        alone = control.evidence.model_copy(update={"checks": (pattern,)})
        assert any(alone.covers(name, table) for table, name in CHECKS), pattern


@pytest.mark.parametrize("each", frozen_tables(), ids=lambda e: e.table)
def test_a_frozen_table_has_the_columns_that_are_frozen(
    each: FrozenTable, contracts: dict[str, Contract]
) -> None:
    contract = contracts[each.table]
    named = {*each.key, each.day, *each.columns, *([each.measure] if each.measure else [])}
    assert named <= set(contract.columns)
    types = {name: kind for name, kind, _ in contract.sql_columns()}
    assert types[each.day] == "date"
    assert each.measure is None or types[each.measure].startswith("numeric")
    assert contract.form == "table"


@pytest.mark.parametrize("each", frozen_tables(), ids=lambda e: e.table)
def test_a_frozen_row_is_found_by_its_key(
    each: FrozenTable, contracts: dict[str, Contract]
) -> None:
    """Within a month a key of the contract is the key, or what that is made of."""
    made_of = {
        "gold.fact_transactions": {"transaction_id"},
        "gold.fact_payments": {"payment_id"},
        "gold.fact_settlements": {"settlement_id"},
        "gold.fact_operational_losses": {"loss_id"},
        "gold.fact_ledger": {"account_code", "currency", "report_date"},
        "gold.fact_risk_metrics": {"exposure_id", "reporting_date"},
    }
    key = made_of.get(each.table, set(contracts[each.table].key))
    assert key - {each.day} <= set(each.key)
