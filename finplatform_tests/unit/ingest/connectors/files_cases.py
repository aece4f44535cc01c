"""Reading a file of a folder, for the tests of readers."""

import io
import zipfile
from pathlib import Path

import pyarrow as pa

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import FilesSource, TableConfig
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.limits import DEFAULT, Limits


def read(
    root: Path,
    relation: str,
    *,
    records: str | None = None,
    columns: tuple[str, ...] = (),
    limits: Limits = DEFAULT,
    batch_rows: int = 1_000,
    **options: object,
) -> list[Batch]:
    """Batches of the files that a relation stands for."""
    source = FilesSource.model_validate({"connector": "files", "root": ".", **options})
    request = ReadRequest(
        "t",
        TableConfig(source="s", read=relation, records=records),
        batch_rows=batch_rows,
        columns=columns,
    )
    return list(FilesConnector(source, root, limits).read(request))


def rows(batches: list[Batch]) -> list[tuple]:
    """Rows of all batches."""
    return [row for batch in batches for row in batch.frame.rows()]


def refusal(root: Path, relation: str, **options: object) -> str | None:
    """Why a file is not read; None if it is."""
    try:
        read(root, relation, **options)  # type: ignore[arg-type]
    except FinplatformError as error:
        return str(error)
    return None


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP archive of members by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def zstd(content: bytes) -> bytes:
    """Content compressed by Zstandard."""
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return out.getvalue().to_pybytes()
