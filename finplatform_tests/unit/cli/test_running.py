"""The error of a failed run: every reason, what failed first, warnings left out."""

import pytest

from finplatform.cli.running import require_success
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import RunResult

RUN = "0f3c1f2a-0000-0000-0000-000000000000"


def test_runs_that_succeeded_pass_whatever_they_warned_of() -> None:
    require_success([RunResult(RUN, "daily", success=True, checks_warned=["a: b: late"])])


def test_every_failed_step_is_named_before_checks_and_no_warning_is() -> None:
    result = RunResult(
        RUN,
        "daily",
        errors=["bronze__a: no file", "bronze__b: no column"],
        checks_failed=["gold/a: keys: 3 rows"],
        checks_warned=["gold/a: late: one row"],
    )
    with pytest.raises(FinplatformError) as caught:
        require_success([RunResult(RUN, "other", success=True), result])
    message = caught.value.message
    places = [message.index(text) for text in (*result.errors, *result.checks_failed)]
    assert places == sorted(places)
    assert "late" not in message
    assert f"finplatform logs {RUN[:8]}" in caught.value.hint


def test_a_single_reason_is_in_one_line() -> None:
    with pytest.raises(FinplatformError) as caught:
        require_success([RunResult(RUN, "daily", errors=["bronze__a: no file"])])
    assert caught.value.message == f"Run {RUN} of daily failed: bronze__a: no file"
