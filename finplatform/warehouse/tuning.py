"""Sizing of the embedded PostgreSQL server: from memory, cores and disk to settings.

`tune` is pure arithmetic; the other functions measure the machine or the container. Does not belong
here: settings of connections and logs (see `embedded.cluster`).
"""

import math
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import psutil

MIN_MEMORY_MB = 512
DEFAULT_SLOT_WAL_MB = 16_384


def tune(memory_mb: int, cores: int, disk_mb: int | None = None) -> dict[str, str]:
    """Settings for a warehouse that shares its machine with the platform's Python processes.

    The worst case stays inside the memory: every connection sorting at once in one `work_mem`
    each (at most 59%), the shared buffers (20%) and maintenance (13%) together are below 92%.

    Args:
        memory_mb: Memory of the server in MiB, at least 512.
        cores: Processors of the server.
        disk_mb: Size of the disk of the data in MiB; limits the WAL.

    Returns:
        PostgreSQL settings by name, as they are written in a configuration file.
    """
    memory = max(memory_mb, MIN_MEMORY_MB)
    disk = disk_mb if disk_mb is not None else 8 * DEFAULT_SLOT_WAL_MB
    helpers = min(max(cores // 2, 1), 4)
    max_wal = max(min(memory // 3, 16_384, disk // 16), 256)
    maintenance = min(memory // 16, 2_048)
    return {
        "max_connections": "100" if memory < 4_096 else "150",
        "shared_buffers": _mb(min(memory // 5, 8_192)),
        "effective_cache_size": _mb(memory * 3 // 5),
        "work_mem": _mb(max(min(memory // 256, 512), 2)),
        "maintenance_work_mem": _mb(maintenance),
        "autovacuum_work_mem": _mb(max(maintenance // 3, 16)),
        "wal_buffers": _mb(max(min(memory // 256, 64), 4)),
        "max_worker_processes": str(max(cores + 8, 16)),
        "max_parallel_workers": str(max(cores, 2)),
        "max_parallel_workers_per_gather": str(helpers),
        "max_parallel_maintenance_workers": str(helpers),
        # A parallel worker starts in milliseconds and passes rows in memory; with the default costs
        # the planner aggregates millions of balances on a single core.
        "parallel_setup_cost": "200",
        "parallel_tuple_cost": "0.01",
        # For solid state disks; otherwise the planner avoids the indexes of reports.
        "random_page_cost": "1.1",
        "effective_io_concurrency": "64",
        "jit": "off",
        # A load analyzes its table, which for wide tables takes as long as the load. Joins are of
        # whole sets, for which a sample of 12,000 rows is as good as one of 30,000.
        "default_statistics_target": "40",
        # Statements of a killed run must end with it and release their locks.
        "client_connection_check_interval": "10s",
        # A bulk load should not be interrupted by forced checkpoints, nor recovery take minutes.
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "max_wal_size": _mb(max_wal),
        "min_wal_size": _mb(max(max_wal // 8, 80)),
        # A new segment of WAL is not filled with zeros first, and a load's WAL is written in large
        # pieces. Commits stay durable.
        "wal_init_zero": "off",
        "wal_writer_delay": "1s",
        "wal_writer_flush_after": "64MB",
        # An inactive replication slot must not fill the disk.
        "max_slot_wal_keep_size": _mb(max(min(disk // 8, 65_536), 256)),
        # Loads replace whole days: statistics must follow at once, and vacuum must keep up.
        "autovacuum_max_workers": "2" if cores < 4 else "3",
        "autovacuum_naptime": "30s",
        "autovacuum_vacuum_cost_limit": "2000",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_vacuum_insert_scale_factor": "0.1",
        "autovacuum_analyze_scale_factor": "0.02",
    }


def machine_memory_mb(
    proc_self: Path = Path("/proc/self"), cgroups: Path = Path("/sys/fs/cgroup")
) -> int:
    """Memory of this machine in MiB, or less where a container's limit is lower.

    Args:
        proc_self: Folder of this process in `/proc`.
        cgroups: Mount point of control groups.
    """
    total = int(psutil.virtual_memory().total)
    limits = (
        int(text)
        for name in ("memory.max", "memory.limit_in_bytes")
        for text in _limit_files("memory", name, proc_self, cgroups)
        if text.isdigit()
    )
    return min([total, *limits]) // 2**20


def machine_cores(
    proc_self: Path = Path("/proc/self"), cgroups: Path = Path("/sys/fs/cgroup")
) -> int:
    """Processors that this process may use, or fewer where a container's quota is lower.

    Args:
        proc_self: Where the kernel describes this process.
        cgroups: Where control groups are mounted.
    """
    version_2 = (text.split() for text in _limit_files("cpu", "cpu.max", proc_self, cgroups))
    version_1 = zip(
        _limit_files("cpu", "cpu.cfs_quota_us", proc_self, cgroups),
        _limit_files("cpu", "cpu.cfs_period_us", proc_self, cgroups),
        strict=False,
    )
    quotas = (
        math.ceil(int(quota) / int(period))
        for quota, period in chain(version_2, version_1)
        if quota.isdigit()
    )
    return max(min([len(os.sched_getaffinity(0)), *quotas]), 1)


def _limit_files(controller: str, name: str, proc_self: Path, cgroups: Path) -> Iterator[str]:
    """Contents of a control file in this process's control group and its parents."""
    for group in _groups(controller, proc_self, cgroups):
        try:
            yield (group / name).read_text().strip()
        except OSError:
            continue


def _groups(controller: str, proc_self: Path, cgroups: Path) -> Iterator[Path]:
    try:
        lines = (proc_self / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        mount = cgroups / controller if controllers else cgroups
        inside = Path(path.lstrip("/"))
        # In a container the own group is the root of the mount, independent of the path.
        yield from (mount / folder for folder in (inside, *inside.parents))


def _mb(size: int) -> str:
    return f"{size}MB"
