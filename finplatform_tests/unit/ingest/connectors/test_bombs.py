"""Small files that stand for very much are read, or refused, with little memory."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from finplatform.ingest.connectors.limits import Limits
from finplatform_tests.unit.ingest.connectors import bombs
from finplatform_tests.unit.ingest.connectors.bombs import BOMBS, MIB, read_with_little_memory
from finplatform_tests.unit.ingest.connectors.files_cases import read


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that have loaded the readers, each for one file."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([bombs.__name__, "finplatform.ingest.connectors.files"])
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_in_words_within_512_mib(
    kind: str, tmp_path: Path, processes: ProcessPoolExecutor
) -> None:
    name = BOMBS[kind](tmp_path)
    reported = processes.submit(read_with_little_memory, tmp_path / name, 512 * MIB).result()
    assert (
        reported.startswith(f"{tmp_path / name}: ")
        or f"{tmp_path / name} cannot be read" in reported
    )
    assert "memory than is available" not in reported or kind == "xz that asks for much memory"


@pytest.mark.timeout(600)
def test_a_value_repeated_without_end_is_read_in_batches_when_it_is_allowed(
    tmp_path: Path,
) -> None:
    """The limit on the ratio can be raised, and the memory stays bounded."""
    name = BOMBS["parquet of a repeated value"](tmp_path)
    batches = read(tmp_path, name, limits=Limits(unpacked_ratio=10**9), batch_rows=200_000)
    assert sum(batch.frame.height for batch in batches) == 200_000
    assert max(batch.frame.estimated_size() for batch in batches) <= 64 * MIB
