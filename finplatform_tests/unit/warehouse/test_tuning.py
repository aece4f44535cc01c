"""The server's settings fit the machine, and the machine is what the container allows."""

import os
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.warehouse.tuning import machine_cores, machine_memory_mb, tune

MACHINES = {
    "memory_mb": st.integers(min_value=512, max_value=4_000_000),
    "cores": st.integers(min_value=1, max_value=512),
    "disk_mb": st.integers(min_value=4_096, max_value=100_000_000),
}
TOTAL_MB = psutil.virtual_memory().total // 2**20


def megabytes(settings: dict[str, str], name: str) -> int:
    assert settings[name].endswith("MB")
    return int(settings[name][:-2])


@given(**MACHINES)
def test_the_worst_case_stays_inside_the_memory(memory_mb: int, cores: int, disk_mb: int) -> None:
    settings = tune(memory_mb, cores, disk_mb)
    sorting = int(settings["max_connections"]) * megabytes(settings, "work_mem")
    vacuuming = int(settings["autovacuum_max_workers"]) * megabytes(settings, "autovacuum_work_mem")
    fixed = sum(
        megabytes(settings, name)
        for name in ("shared_buffers", "wal_buffers", "maintenance_work_mem")
    )
    assert sorting + vacuuming + fixed <= 0.92 * memory_mb


@given(**MACHINES)
def test_wal_cannot_fill_the_disk(memory_mb: int, cores: int, disk_mb: int) -> None:
    settings = tune(memory_mb, cores, disk_mb)
    kept = megabytes(settings, "max_wal_size") + megabytes(settings, "max_slot_wal_keep_size")
    assert kept <= disk_mb / 4
    assert megabytes(settings, "min_wal_size") <= megabytes(settings, "max_wal_size")


@given(**MACHINES)
def test_more_of_a_machine_never_gets_less(memory_mb: int, cores: int, disk_mb: int) -> None:
    small, big = tune(memory_mb, cores, disk_mb), tune(2 * memory_mb, 2 * cores, 2 * disk_mb)
    for name, value in small.items():
        if value.removesuffix("MB").isdigit():
            assert int(big[name].removesuffix("MB")) >= int(value.removesuffix("MB")), name


def test_a_warehouse_has_connections_and_no_just_in_time_compiler() -> None:
    for memory_mb in (1, 2_048, 24_576):
        settings = tune(memory_mb, 2)
        assert int(settings["max_connections"]) >= 100
        assert settings["jit"] == "off"


def kernel(tmp_path: Path, groups: str, files: dict[str, str]) -> tuple[Path, Path]:
    """A process description and a tree of control groups as the kernel shows them."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(groups)
    for name, content in files.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content + "\n")
    return tmp_path / "self", tmp_path / "cgroup"


VERSION_2 = "0::/system.slice/bank.service\n"
VERSION_1 = "5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n"


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (VERSION_2, {"system.slice/memory.max": str(300 * 2**20)}, 300),
        (VERSION_2, {"memory.max": str(200 * 2**20)}, 200),
        (VERSION_2, {"system.slice/bank.service/memory.max": "max"}, TOTAL_MB),
        (VERSION_1, {"memory/docker/abc/memory.limit_in_bytes": str(100 * 2**20)}, 100),
        (VERSION_1, {"memory/memory.limit_in_bytes": "9223372036854771712"}, TOTAL_MB),
        ("", {}, TOTAL_MB),
    ],
)
def test_memory_is_the_tightest_limit_around_us(
    tmp_path: Path, groups: str, files: dict[str, str], expected: int
) -> None:
    assert machine_memory_mb(*kernel(tmp_path, groups, files)) == expected


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (VERSION_2, {"cpu.max": "50000 100000"}, 1),
        (VERSION_2, {"cpu.max": "max 100000"}, len(os.sched_getaffinity(0))),
        (
            VERSION_1,
            {
                "cpu/docker/abc/cpu.cfs_quota_us": "100000",
                "cpu/docker/abc/cpu.cfs_period_us": "100000",
            },
            1,
        ),
        (
            VERSION_1,
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            len(os.sched_getaffinity(0)),
        ),
    ],
)
def test_cores_are_the_tightest_quota_around_us(
    tmp_path: Path, groups: str, files: dict[str, str], expected: int
) -> None:
    assert machine_cores(*kernel(tmp_path, groups, files)) == expected
