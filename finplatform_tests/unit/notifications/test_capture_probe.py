"""Captures that lag, fail or have lost their slot are signals; one that keeps up is none."""

from pathlib import Path
from typing import Any

import pytest

from finplatform.cdc.status import CaptureStatus
from finplatform.notifications.capture_probe import capture_signals
from finplatform.settings import Settings


def signals(folder: Path, **given: Any) -> list[tuple[str, str]]:
    status = CaptureStatus("core", ["customers"], state=given.pop("state", "captured"), **given)
    settings = Settings(home=folder, alert_lag_mb=10, alert_lag_minutes=5)
    return [(s.severity.value, s.title) for s in capture_signals(status, settings)]


@pytest.mark.parametrize(
    ("given", "severity", "words"),
    [
        ({"state": "lost"}, "critical", "has lost its slot"),
        ({"state": "unreachable"}, "error", "cannot be reached"),
        ({"error": "permission denied for jane"}, "error", "source core fails"),
        ({"lag_bytes": 10 * 1024**2}, "error", "is 10 MB behind"),
        ({"lag_seconds": 300.0, "lag_bytes": 1}, "error", "is 5 minutes behind"),
    ],
)
def test_what_is_wrong_with_a_capture_is_a_signal_without_the_text_of_its_error(
    tmp_path: Path, given: dict[str, Any], severity: str, words: str
) -> None:
    ((found, title),) = signals(tmp_path, **given)
    assert found == severity
    assert words in title
    assert "jane" not in title


@pytest.mark.parametrize(
    "given",
    [{}, {"state": "not begun"}, {"lag_bytes": 10 * 1024**2 - 1, "lag_seconds": 299.0}],
)
def test_a_capture_that_keeps_up_or_has_not_begun_is_none(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    assert signals(tmp_path, **given) == []
