"""The unit tests of the SQL models: their logic on rows made up for the purpose."""

import json

import pytest

from finplatform.warehouse.dbt import load_manifest, target_dir
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration


def test_every_unit_test_of_the_models_passes(built_bank: BuiltBank) -> None:
    written = set(load_manifest(built_bank.settings)["unit_tests"])
    built_bank.dbt("test", "--select", "test_type:unit")
    text = (target_dir(built_bank.settings) / "run_results.json").read_text(encoding="utf-8")
    results = {result["unique_id"]: result["status"] for result in json.loads(text)["results"]}
    assert results == dict.fromkeys(written, "pass")
    assert written
