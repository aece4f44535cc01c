"""Events say what a run and its tables are made of, in OpenLineage's form."""

import json
import uuid
from datetime import UTC, date, datetime
from typing import Any

from openlineage.client.serde import Serde

from finplatform.lineage.events import FIGURES, run_ended, run_started, table_events
from finplatform.lineage.facts import Made, Names, RunFacts, SourceColumn, TableFacts
from finplatform.lineage.figures import steps_to
from finplatform.windows import Window

NAMES = Names("postgres://localhost:5434", "finplatform", "bank")
BEGAN, ENDED = datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, 2, tzinfo=UTC)
RUN = RunFacts(
    "6c1e0b6e-0000-4000-8000-000000000001",
    "daily",
    BEGAN,
    ("bronze.payments", "silver.stg_payments"),
    Window.day(date(2026, 3, 1)),
)
TABLES = {
    "bronze.payments": TableFacts(
        ("oltp.payments",),
        (("payment_id", "text", "Payment."), ("payer_masked", "text", "Payer.")),
        {
            "payment_id": (SourceColumn("oltp.payments", "id"),),
            "payer_masked": (SourceColumn("oltp.payments", "payer", is_masked=True),),
        },
    ),
    "silver.stg_payments": TableFacts(("bronze.payments",)),
}


def written(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Serde.to_json(event))
    return found


def test_a_run_that_starts_names_what_it_reads_from_outside_and_what_it_makes() -> None:
    event = written(run_started(RUN, NAMES, TABLES))
    assert (event["eventType"], event["run"]["runId"]) == ("START", RUN.run_id)
    assert event["eventTime"] == "2026-03-02T01:00:00+00:00"
    assert (event["job"]["namespace"], event["job"]["name"]) == ("bank", "daily")
    assert [each["name"] for each in event["inputs"]] == ["finplatform.oltp.payments"]
    assert [each["name"] for each in event["outputs"]] == [
        "finplatform.bronze.payments",
        "finplatform.silver.stg_payments",
    ]
    assert event["outputs"][0]["namespace"] == "postgres://localhost:5434"
    nominal = event["run"]["facets"]["nominalTime"]
    assert nominal["nominalStartTime"] == "2026-03-01T00:00:00Z"


def test_a_run_that_fails_names_its_steps_alone() -> None:
    event = written(run_ended(RUN, "FAIL", NAMES, TABLES, "Failed steps: dbt_daily."))
    assert event["eventType"] == "FAIL"
    assert event["run"]["facets"]["errorMessage"]["message"] == "Failed steps: dbt_daily."


def test_a_table_is_a_child_with_its_own_inputs_columns_and_rows() -> None:
    made = Made("bronze.payments", BEGAN, ENDED, 7)
    start, complete = map(written, table_events(RUN, made, NAMES, TABLES))
    assert [start["eventType"], complete["eventType"]] == ["START", "COMPLETE"]
    assert start["run"]["runId"] == complete["run"]["runId"] != RUN.run_id
    uuid.UUID(start["run"]["runId"])
    assert complete["run"]["facets"]["parent"]["run"]["runId"] == RUN.run_id
    assert complete["job"]["name"] == "bronze.payments"
    (output,) = complete["outputs"]
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 7
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == [
        "payment_id",
        "payer_masked",
    ]
    lineage = output["facets"]["columnLineage"]["fields"]
    (source,) = lineage["payer_masked"]["inputFields"]
    assert (source["name"], source["field"]) == ("finplatform.oltp.payments", "payer")
    assert source["transformations"][0]["masking"] is True


def test_a_table_that_was_not_made_fails() -> None:
    made = Made("silver.stg_payments", BEGAN, ENDED, has_failed=True)
    assert written(table_events(RUN, made, NAMES, TABLES)[1])["eventType"] == "FAIL"


def test_what_is_no_table_is_named_in_the_platforms_own_namespace() -> None:
    made = Made("models.pd_model", BEGAN, ENDED)
    (output,) = written(table_events(RUN, made, NAMES, TABLES)[1])["outputs"]
    assert (output["namespace"], output["name"]) == ("bank", "models.pd_model")


STEPS = [
    {"figure": "cet1_ratio", "component": "cet1_capital", "relation": "numerator"},
    {"figure": "cet1_ratio", "component": "rwa", "relation": "denominator"},
    {"figure": "cet1_capital", "component": "shares", "relation": "addend"},
    {"figure": "rwa", "component": "loans", "relation": "addend"},
    {"figure": "lcr", "component": "cash", "relation": "addend"},
]


def test_the_steps_of_a_figure_are_followed_through_all_figures_in_between() -> None:
    assert steps_to(STEPS, ["cet1_ratio", "unknown"]) == STEPS[:4]
    assert steps_to(STEPS, ["rwa"]) == STEPS[3:4]
    assert steps_to(STEPS, []) == []


def test_a_table_of_capital_carries_the_steps_of_its_figures() -> None:
    made = Made("gold.capital_adequacy", BEGAN, ENDED, 1, figures=STEPS[:4])
    (output,) = written(table_events(RUN, made, NAMES, TABLES)[1])["outputs"]
    assert output["facets"][FIGURES]["steps"] == STEPS[:4]
