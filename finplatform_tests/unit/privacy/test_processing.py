"""The record of processing: from contracts, rights and policy, and of everything about people."""

from pathlib import Path

import pytest

from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError
from finplatform.orchestration.build import all_contracts
from finplatform.privacy.policy import load_policy
from finplatform.privacy.processing import Activity, activities, as_json, as_markdown
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse import dbt


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Contract]:
    home: Path = tmp_path_factory.mktemp("record")
    return all_contracts(dbt.load_manifest(Settings(home=home)))


@pytest.fixture(scope="module")
def record(contracts: dict[str, Contract]) -> list[Activity]:
    return activities(contracts.values(), load_rights())


def test_every_table_with_a_mark_is_in_it(
    record: list[Activity], contracts: dict[str, Contract]
) -> None:
    rights = load_rights()
    marked = {name for name in contracts if name in rights.tables and rights.tables[name].marks}
    assert marked <= {table.name for one in record for table in one.tables}


def test_every_table_with_a_customer_is_in_it(
    record: list[Activity], contracts: dict[str, Contract]
) -> None:
    rights = load_rights()
    about = {
        name
        for name, contract in contracts.items()
        if name in rights.tables and "customer_id" in contract.columns
    }
    assert about <= {table.name for one in record for table in one.tables}


def test_every_activity_says_what_the_article_asks_for(record: list[Activity]) -> None:
    for one in record:
        assert one.purpose
        assert one.basis
        assert one.people
        assert one.data
        assert one.recipients
        assert one.transfers
        assert one.retention


def test_categories_are_those_that_the_contracts_declare(record: list[Activity]) -> None:
    (raw,) = [one for one in record if one.subject == "raw"]
    assert {"name", "email", "phone", "address", "birth date", "account number"} <= {*raw.data}


def test_recipients_are_the_readers_of_the_table_of_rights(record: list[Activity]) -> None:
    (reports,) = [one for one in record if one.subject == "laundering"]
    assert reports.recipients == ("compliance_analyst", "compliance_officer")


def test_a_table_about_people_without_a_purpose_is_an_error(
    contracts: dict[str, Contract],
) -> None:
    policy = load_policy()
    some = {name: one for name, one in policy.purposes.items() if name != "customers"}
    with pytest.raises(FinplatformError, match="no purpose: customers"):
        activities(contracts.values(), load_rights(), policy.model_copy(update={"purposes": some}))


def test_both_forms_name_the_controller_and_every_table(record: list[Activity]) -> None:
    text, structured = as_markdown(record, "Meridian"), as_json(record, "Meridian")
    assert "Controller: Meridian" in text
    assert structured["controller"] == "Meridian"
    for one in record:
        assert all(f"`{table.name}`" in text for table in one.tables)
