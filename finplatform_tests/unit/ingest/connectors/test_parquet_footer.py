"""The footer of a Parquet file, read from its bytes, says what Arrow says of a whole one."""

import io
import random
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.parquet_footer import read_footer


def _file(**options: object) -> bytes:
    table = pa.table(
        {
            "id": range(100),
            "name": ["é"] * 100,
            "who": [{"tags": ["x", None]}] * 100,
            "n": [None] * 100,
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=40, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zstd", "data_page_version": "2.0"},
        {"use_dictionary": False, "column_encoding": {"name": "DELTA_BYTE_ARRAY"}},
        {"write_page_index": True, "store_decimal_as_integer": True, "version": "1.0"},
    ],
)
def test_sizes_and_encodings_are_those_that_arrow_reads(options: dict[str, object]) -> None:
    data = _file(**options)
    metadata = pq.read_metadata(io.BytesIO(data))
    groups = read_footer(io.BytesIO(data))
    assert len(groups) == metadata.num_row_groups == 3
    for number, group in enumerate(groups):
        for index, chunk in enumerate(group):
            known = metadata.row_group(number).column(index)
            assert chunk.values == known.num_values
            assert chunk.unpacked == known.total_uncompressed_size
            assert chunk.packed == known.total_compressed_size
            is_bytes = known.physical_type == "BYTE_ARRAY"
            is_coded = any("DICTIONARY" in encoding for encoding in known.encodings)
            assert chunk.is_coded == (is_bytes and is_coded)
            assert chunk.has_prefixes == ("DELTA_BYTE_ARRAY" in known.encodings)


def test_a_damaged_footer_is_read_or_refused() -> None:
    """A bit in a footer may make Arrow end the process when it looks at a column's sizes."""
    chance, whole = random.Random(7), _file()  # noqa: S311
    length = struct.unpack("<I", whole[-8:-4])[0]
    outcomes = set()
    for _ in range(2_000):
        data = bytearray(whole)
        data[len(data) - 8 - chance.randrange(length) - 1] ^= 1 << chance.randrange(8)
        try:
            read_footer(io.BytesIO(bytes(data)))
            outcomes.add("read")
        except FinplatformError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"PAR1PAR1", b"PAR1" + bytes(8) + b"PAR1", b"PAR1\xff\xff\xff\0PAR1"]
)
def test_what_does_not_begin_and_end_as_parquet_is_refused(data: bytes) -> None:
    if data == b"PAR1" + bytes(8) + b"PAR1":
        data = b"XXXX" + data
    with pytest.raises(FinplatformError, match="no whole Parquet file"):
        read_footer(io.BytesIO(data))
