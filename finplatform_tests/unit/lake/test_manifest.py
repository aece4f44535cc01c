"""The manifest of a lake table as it is stored."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.lake.manifest import Manifest, Partition, manifest_key, read_manifest
from finplatform.lake.root import LakeRoot

PARTITION = Partition(3, 1234, "ab" * 32, {"amount": Decimal("12345678901234.56")}, "f" * 16)
MANIFEST = Manifest(
    "fact_sales",
    "gold.fact_sales",
    "sale_date",
    {"sale_id": "BIGINT", "amount": "DECIMAL(18,2)"},
    {date(2025, 1, 2): PARTITION, date(2025, 1, 1): replace(PARTITION, rows=0, size=0)},
)


@pytest.fixture
def root(tmp_path: Path) -> LakeRoot:
    return LakeRoot(str(tmp_path))


def test_a_manifest_is_read_as_it_was_written(root: LakeRoot) -> None:
    root.write(manifest_key("fact_sales"), MANIFEST.to_json())
    assert read_manifest(root, "fact_sales") == MANIFEST
    assert read_manifest(root, "fact_moons") is None


def test_a_day_without_rows_has_no_file() -> None:
    assert MANIFEST.files == ["fact_sales/date=2025-01-02/part-0.parquet"]
    assert (MANIFEST.rows, MANIFEST.size) == (3, 1234)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", MANIFEST.to_json()[:-200]])
def test_a_damaged_manifest_is_told_with_what_to_do(root: LakeRoot, content: bytes) -> None:
    root.write(manifest_key("fact_sales"), content)
    with pytest.raises(FinplatformError, match=r"cannot be read.*lake sync"):
        read_manifest(root, "fact_sales")


def test_a_file_replaces_the_one_before_and_leaves_nothing_else(root: LakeRoot) -> None:
    file = Path(root.address) / "new"
    for content in (b"one", b"two"):
        file.write_bytes(content)
        root.take(file, "t/date=2025-01-01/part-0.parquet")
    assert root.read("t/date=2025-01-01/part-0.parquet") == b"two"
    assert root.sizes("t") == {"t/date=2025-01-01/part-0.parquet": 3}
    names = [path.name for path in Path(root.address).rglob("*") if path.is_file()]
    assert names == ["part-0.parquet"]
    root.remove("t/date=2025-01-01/part-0.parquet")
    assert root.size("t/date=2025-01-01/part-0.parquet") is None
