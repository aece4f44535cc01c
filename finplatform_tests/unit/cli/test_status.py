"""`finplatform.cli.status`: what is said of what is stored."""

from typing import Any

import pytest

from finplatform.cli import status


def _state(rejected: int) -> dict[str, Any]:
    tables = [
        {"name": "bronze.accounts", "rows": 30, "is_estimate": False, "bytes": 8192},
        {"name": "quarantine.rejected_rows", "rows": rejected, "is_estimate": False, "bytes": 0},
    ]
    checks = {"passed": 1, "failed": [], "warned": []}
    return {"servers": {}, "tables": tables, "runs": [], "freshness": [], "checks": checks}


def test_rejected_rows_are_told_below_all_tables(capsys: pytest.CaptureFixture[str]) -> None:
    status._print(_state(2))
    said = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert said == "Rejected: 2 rows, in quarantine.rejected_rows with their reasons."


def test_nothing_is_said_of_rejections_where_there_are_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status._print(_state(0))
    assert "Rejected" not in capsys.readouterr().out
