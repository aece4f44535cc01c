"""Jobs are started on the days that were asked for, and once, however often a request is sent."""

from uuid import uuid4

import pytest

from finplatform_tests.integration.api.people import RUN_ID, Api

pytestmark = pytest.mark.integration

RUNS = "/api/v1/jobs/daily/runs"
PARTITION, START, END = (
    "dagster/partition", "dagster/asset_partition_range_start",
    "dagster/asset_partition_range_end",
)  # fmt: skip


def tags(api: Api) -> dict[str, str]:
    """Tags of the run that was started last."""
    given = api.dagster.launched[-1]["executionMetadata"]["tags"]
    return {tag["key"]: tag["value"] for tag in given}


def test_a_run_covers_the_latest_day_by_default(api: Api) -> None:
    answer = api.post(RUNS)
    assert answer.status_code == 202
    assert answer.json()["run_id"] == RUN_ID
    assert tags(api) == {PARTITION: "2025-03-31"}


def test_a_run_covers_the_days_asked_for(api: Api) -> None:
    api.post(RUNS, json={"first": "2025-01-05"})
    assert tags(api) == {PARTITION: "2025-01-05"}
    api.post(RUNS, json={"first": "2025-01-05", "last": "2025-02-07"})
    assert tags(api) == {START: "2025-01-05", END: "2025-02-07"}
    api.post("/api/etl/run?from=2025-01-05&to=2025-01-06")
    assert tags(api) == {START: "2025-01-05", END: "2025-01-06"}


@pytest.mark.parametrize(
    "body",
    [
        {"first": "Canary"},
        {"first": 0},
        {"first": "2025-01-05T00:00:00"},
        {"day": "2025-01-05"},
        [],
        "Canary",
    ],
)
def test_days_that_are_none_are_refused(api: Api, body: object) -> None:
    launched = len(api.dagster.launched)
    answer = api.post(RUNS, json=body)
    assert answer.status_code == 422
    assert "Canary" not in answer.text
    assert len(api.dagster.launched) == launched


@pytest.mark.parametrize(
    "body", [{"last": "2025-01-05"}, {"first": "2025-02-05", "last": "2025-01-05"}]
)
def test_days_that_make_no_range_are_refused(api: Api, body: object) -> None:
    launched = len(api.dagster.launched)
    assert api.post(RUNS, json=body).status_code == 409
    assert api.post("/api/etl/run?from=2025-02-05&to=2025-01-05").status_code == 409
    assert len(api.dagster.launched) == launched


def test_an_unknown_or_hidden_job_is_not_started(api: Api) -> None:
    launched = len(api.dagster.launched)
    assert api.post("/api/v1/jobs/none/runs").status_code == 404
    assert api.post("/api/v1/jobs/__ASSET_JOB/runs").status_code == 422
    assert len(api.dagster.launched) == launched
    assert [job["name"] for job in api.get("/api/v1/jobs").json()] == ["daily"]


def test_a_run_says_how_it_stands(api: Api) -> None:
    found = api.get(f"/api/v1/runs/{RUN_ID}").json()
    assert (found["job"], found["status"]) == ("daily", "SUCCESS")


def test_the_pipeline_answers_with_its_run_and_the_printed_shape(api: Api) -> None:
    body = api.post("/api/etl/run").json()
    assert body["status"] == "success"
    assert body["message"] == "ETL pipeline completed successfully"
    assert list(body["records_loaded"]) == ["customers", "merchants", "payments", "settlements"]
    assert body["run"]["run_id"] == RUN_ID


def test_the_pipeline_does_not_wait_when_asked_not_to(api: Api) -> None:
    answer = api.post("/api/etl/run?wait=false")
    assert answer.status_code == 202
    assert answer.json()["status"] == "started"
    assert answer.json()["records_loaded"] is None
    assert answer.json()["run"]["run_id"] == RUN_ID


def test_the_database_is_initialized_as_often_as_asked(api: Api) -> None:
    for _ in range(2):
        answer = api.post("/api/etl/initialize")
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "success"


def test_a_request_with_a_key_is_carried_out_once(api: Api) -> None:
    key = {"Idempotency-Key": f"test-carried-out-once-{uuid4()}"}
    launched = len(api.dagster.launched)
    first = api.post(RUNS, json={"first": "2025-01-05"}, headers=key)
    again = api.post(RUNS, json={"first": "2025-01-05"}, headers=key)
    assert len(api.dagster.launched) == launched + 1
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_a_key_is_of_one_request_and_of_one_caller(api: Api) -> None:
    key = {"Idempotency-Key": f"test-one-request-{uuid4()}"}
    assert api.post(RUNS, json={"first": "2025-01-05"}, headers=key).status_code == 202
    for path, body in ((RUNS, {"first": "2025-01-06"}), (RUNS + "?x=1", {"first": "2025-01-05"})):
        refused = api.post(path, json=body, headers=key)
        assert refused.status_code == 409
        assert "Idempotency-Key" in refused.json()["detail"]
    launched = len(api.dagster.launched)
    other = api.post(RUNS, "engineer", json={"first": "2025-01-06"}, headers=key)
    assert other.status_code == 202
    assert len(api.dagster.launched) == launched + 1


def test_a_request_that_failed_may_be_sent_again_with_its_key(api: Api) -> None:
    key = {"Idempotency-Key": f"test-failed-request-{uuid4()}"}
    assert api.post("/api/v1/jobs/none/runs", headers=key).status_code == 404
    assert api.post("/api/v1/jobs/none/runs", headers=key).status_code == 404


def test_a_large_body_is_refused(api: Api) -> None:
    launched = len(api.dagster.launched)
    body = b'{"first": "' + b"a" * 100_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    assert api.post(RUNS, content=body, headers=headers).status_code == 413
    assert len(api.dagster.launched) == launched
