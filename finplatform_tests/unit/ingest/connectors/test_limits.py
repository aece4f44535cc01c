"""The limits are settings, and their defaults those of the settings."""

from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.limits import DEFAULT, MIB, SMALL_BYTES, Limits, limits_of
from finplatform.settings import Settings


def test_the_defaults_are_those_of_the_settings(tmp_path: Path) -> None:
    assert limits_of(Settings(home=tmp_path)) == DEFAULT


def test_each_limit_is_a_setting(tmp_path: Path) -> None:
    set_ = Settings(
        home=tmp_path, max_columns=1, max_header_kb=2, max_depth=3, max_element_mb=4,
        max_unpacked_mb=5, max_unpacked_ratio=6, max_answer_mb=7, max_rejected_rows=8,
    )  # fmt: skip
    assert limits_of(set_) == Limits(1, 2_048, 3, 4 * MIB, 5 * MIB, 6, 7 * MIB, 8)


def test_content_is_refused_beyond_a_limit_and_not_at_it() -> None:
    limits = Limits(columns=2, depth=2, unpacked_bytes=SMALL_BYTES * 3, unpacked_ratio=10)
    limits.check_columns(2)
    limits.check_depth(2)
    limits.check_unpacked(SMALL_BYTES, 1)
    limits.check_unpacked(SMALL_BYTES * 2, SMALL_BYTES // 5 + 1)
    for check in (
        lambda: limits.check_columns(3),
        lambda: limits.check_depth(3),
        lambda: limits.check_unpacked(SMALL_BYTES + 1, 1),
        lambda: limits.check_unpacked(SMALL_BYTES * 3 + 1, SMALL_BYTES),
    ):
        with pytest.raises(FinplatformError, match="raise FINPLATFORM_MAX_"):
            check()
