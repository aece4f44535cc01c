"""The Superset export names what exists: views, columns, metrics, and its own objects by UUID."""

import io
import zipfile
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import exp

from finplatform.contracts.contract import Contract, Form
from finplatform.contracts.metrics import Metric, metrics
from finplatform.orchestration.build import all_contracts
from finplatform.reporting.superset import CHARTS, superset_files, superset_zip
from finplatform.settings import get_settings
from finplatform.warehouse import dbt

URI = "postgresql+psycopg2://finplatform_reader@localhost:5434/finplatform"
Files = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return all_contracts(dbt.load_manifest(get_settings()))


@pytest.fixture(scope="module")
def defined() -> list[Metric]:
    return metrics(dbt.load_manifest(get_settings()))


@pytest.fixture(scope="module")
def files(contracts: dict[str, Contract], defined: list[Metric]) -> Files:
    return superset_files(contracts.values(), defined, URI)


def of_kind(files: Files, folder: str) -> list[dict[str, Any]]:
    return [content for path, content in files.items() if path.startswith(f"{folder}/")]


def test_every_bi_view_is_a_dataset_with_its_columns(
    files: Files, contracts: dict[str, Contract]
) -> None:
    views = {
        c.table: c for c in contracts.values() if c.schema_name == "bi" and c.form is Form.VIEW
    }
    datasets = {dataset["table_name"]: dataset for dataset in of_kind(files, "datasets")}
    assert datasets.keys() == views.keys()
    for name, dataset in datasets.items():
        assert dataset["schema"] == "bi"
        assert [column["column_name"] for column in dataset["columns"]] == views[name].columns
        assert dataset["main_dttm_col"] in {*views[name].columns, None}


def test_metrics_of_a_dataset_read_columns_of_its_view(
    files: Files, contracts: dict[str, Contract]
) -> None:
    for dataset in of_kind(files, "datasets"):
        columns = contracts[f"bi.{dataset['table_name']}"].columns
        for metric in dataset["metrics"]:
            parsed = sqlglot.parse_one(metric["expression"], read="postgres")
            read = {column.name for column in parsed.find_all(exp.Column)}
            assert read <= set(columns), metric["metric_name"]


def test_every_metric_of_the_semantic_layer_is_in_the_export(
    files: Files, defined: list[Metric]
) -> None:
    exported = {
        (dataset["table_name"], metric["metric_name"])
        for dataset in of_kind(files, "datasets")
        for metric in dataset["metrics"]
    }
    assert {(metric.view.partition(".")[2], metric.name) for metric in defined} <= exported


def test_charts_ask_for_metrics_and_columns_of_their_dataset(files: Files) -> None:
    datasets = {dataset["uuid"]: dataset for dataset in of_kind(files, "datasets")}
    charts = of_kind(files, "charts")
    assert len(charts) == len(CHARTS) >= 6
    for chart in charts:
        dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
        named = {metric["metric_name"] for metric in dataset["metrics"]}
        assert {*params.get("metrics", ()), *filter(None, [params.get("metric")])} <= named
        columns = {column["column_name"] for column in dataset["columns"]}
        assert {params["x_axis"], *params.get("groupby", ())} <= columns


def test_the_dashboard_places_every_chart_once_in_rows_of_twelve(files: Files) -> None:
    (dashboard,) = of_kind(files, "dashboards")
    position = dashboard["position"]
    placed = [item["meta"] for item in position.values() if item_type(item) == "CHART"]
    assert sorted(meta["uuid"] for meta in placed) == sorted(
        chart["uuid"] for chart in of_kind(files, "charts")
    )
    assert len({meta["chartId"] for meta in placed}) == len(placed)
    for item in position.values():
        if item_type(item) == "ROW":
            assert sum(position[child]["meta"]["width"] for child in item["children"]) <= 12
        if item_type(item) not in ("", "ROOT", "HEADER"):
            assert item["id"] in position[item["parents"][-1]]["children"]


def item_type(item: Any) -> str:
    return str(item["type"]) if isinstance(item, dict) else ""


def test_uuids_are_unique_and_stay_as_they_are(files: Files) -> None:
    uuids = [content["uuid"] for content in files.values() if "uuid" in content]
    assert len(set(uuids)) == len(uuids)
    (dashboard,) = of_kind(files, "dashboards")
    assert dashboard["uuid"] == "2141eafe-1d67-5abc-a73b-bfbb10f04db3"


def test_the_zip_holds_the_files_as_yaml_is_the_same_each_time_and_names_no_password(
    contracts: dict[str, Contract], defined: list[Metric], files: Files
) -> None:
    made = superset_zip(contracts.values(), defined, URI)
    assert made == superset_zip(contracts.values(), defined, URI)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        read = {
            name.partition("/")[2]: yaml.safe_load(archive.read(name))
            for name in archive.namelist()
        }
    assert read == files
    assert read["metadata.yaml"]["type"] == "Dashboard"
    assert read["databases/finplatform.yaml"]["sqlalchemy_uri"] == URI
