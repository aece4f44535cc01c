"""The unit tests of the SQL models: their logic on rows made up for the purpose."""

import pytest

from finplatform.settings import Settings
from finplatform.warehouse import dbt_manifest, dbt_runner
from finplatform.warehouse.database import open_warehouse
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_every_unit_test_of_the_models_passes(built_bank: BuiltBank) -> None:
    settings = Settings(home=built_bank.home, database_url=built_bank.url)
    written = {
        name
        for name in dbt_manifest.load_manifest(settings)["unit_tests"]
        if name.startswith("unit_test.finplatform.")
    }
    results = dbt_runner.run(
        ["test", "--select", "test_type:unit"], settings, open_warehouse(settings)
    )
    assert {result.unique_id: result.message for result in results if result.status != "pass"} == {}
    assert {result.unique_id for result in results} == written
    assert written
