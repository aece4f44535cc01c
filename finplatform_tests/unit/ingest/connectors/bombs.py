"""Small files that stand for very much, and reading them with little memory.

Each is made by a function of its folder that returns the file's name.
"""

import bz2
import gzip
import lzma
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from finplatform_tests.unit.ingest.connectors.files_cases import read, refusal

MIB = 1024 * 1024


def _packed(compress: Callable[[bytes], bytes], first: bytes, block: bytes, times: int) -> bytes:
    """A compressed file whose content is a beginning and many equal blocks."""
    return compress(first) + compress(block) * times


def _gz(name: str, first: bytes, piece: bytes, mib: int) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        block = piece * (MIB // len(piece))
        (folder / name).write_bytes(_packed(gzip.compress, first, block, mib))
        return name

    return make


def _plain(name: str, pieces: Iterable[bytes]) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / name).write_bytes(b"".join(pieces))
        return name

    return make


def _other(name: str, compress: Callable[[bytes], bytes]) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        block = b"0,0\n" * (MIB // 4)
        (folder / name).write_bytes(_packed(compress, b"a,b\n", block, 600))
        return name

    return make


def _zstd(folder: Path) -> str:
    block = b"0,0\n" * (MIB // 4)
    with pa.CompressedOutputStream(str(folder / "zeros.csv.zst"), "zstd") as stream:
        stream.write(b"a,b\n")
        for _ in range(600):
            stream.write(block)
    return "zeros.csv.zst"


def _zip(folder: Path) -> str:
    with (
        zipfile.ZipFile(folder / "zeros.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as member,
    ):
        member.write(b"a,b\n")
        for _ in range(300):
            member.write(b"0,0\n" * (MIB // 4))
    return "zeros.zip"


def _zip_of_many(folder: Path) -> str:
    """An archive whose end claims a list of files of a gigabyte."""
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    data = bytearray((folder / "many.zip").read_bytes())
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 2**30)
    (folder / "many.zip").write_bytes(data)
    return "many.zip"


def _xz_of_much_memory(folder: Path) -> str:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096, "mode": lzma.MODE_FAST}]
    data = bytearray(lzma.compress(b"a\n1\n", format=lzma.FORMAT_XZ, filters=filters))
    # Block header: size, flags, filter's id, size of its properties, the dictionary's size; CRC.
    place, length = 12, (data[12] + 1) * 4
    data[place + 4] = 39
    checksum = zlib.crc32(bytes(data[place : place + length - 4]))
    struct.pack_into("<I", data, place + length - 4, checksum)
    (folder / "memory.csv.xz").write_bytes(data)
    return "memory.csv.xz"


def _coded(name: str, columns: int, length: int, rows: int) -> Callable[[Path], str]:
    """Parquet of one long value per column, repeated by its dictionary."""

    def make(folder: Path) -> str:
        values = pa.DictionaryArray.from_arrays(
            pa.array([0] * rows, pa.int32()), pa.array(["x" * length])
        )
        table = pa.table({f"c{number}": values for number in range(columns)})
        pq.write_table(table, folder / name, compression="zstd")
        return name

    return make


def _parquet(name: str, table: Callable[[], pa.Table], **options: object) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        pq.write_table(table(), folder / name, compression="zstd", **options)
        return name

    return make


def _many_rows(folder: Path) -> str:
    table = pa.table({"a": pa.nulls(5_000_000, pa.int64())})
    with pq.ParquetWriter(folder / "rows.parquet", table.schema, compression="zstd") as writer:
        for _ in range(120):
            writer.write_table(table, row_group_size=table.num_rows)
    return "rows.parquet"


def _footer(folder: Path) -> str:
    (folder / "footer.parquet").write_bytes(
        b"PAR1" + bytes(32 * MIB) + struct.pack("<I4s", 31 * MIB, b"PAR1")
    )
    return "footer.parquet"


_LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
_MANY_NAMES = ",".join(f"c{number}" for number in range(100_000)).encode()
_PREFIXED = {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY"}}

BOMBS: dict[str, Callable[[Path], str]] = {
    "xml of endless depth": _gz("deep.xml.gz", b"", b"<a>", 2),
    "xml record of endless depth": _plain("deep.xml", [b"<l><p>", b"<a>" * 200_000]),
    "xml of endless text": _gz("text.xml.gz", b"<l><p>", b"x", 300),
    "xml of an endless attribute": _gz("token.xml.gz", b"<l><p a='", b"x", 300),
    "xml of an endless comment": _gz("comment.xml.gz", b"<l><!--", b"x", 300),
    "xml record of endless children": _gz("kids.xml.gz", b"<l><p>", b"<a/>", 100),
    "xml of endless records": _gz("many.xml.gz", b"<l>", b"<p/>", 1_000),
    "xml of many attributes": _plain(
        "attributes.xml",
        [b"<l><p ", *(b"a%d='' " % number for number in range(100_000)), b"/></l>"],
    ),
    "xml of many names": _plain(
        "names.xml",
        [b"<l><p>", *(b"<a%d/>" % number for number in range(200_000)), b"</p></l>"],
    ),
    "xml of entities": _plain(
        "laughs.xml",
        [f'<!DOCTYPE l [<!ENTITY a "ha">{_LAUGHS}]><l><p>&j;</p></l>'.encode()],
    ),
    "xml of a file": _plain(
        "file.xml", [b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l><p>&a;</p></l>']
    ),
    "csv of an endless name": _gz("name.csv.gz", b"", b"a", 300),
    "csv of endless names": _gz("names.csv.gz", b"", b"a,", 300),
    "csv of many columns": _plain("wide.csv", [_MANY_NAMES, b"\n", b"," * 99_999, b"\n"]),
    "csv of an endless line": _gz("line.csv.gz", b"a,b\n", b"x", 300),
    "csv of an endless value": _gz("value.csv.gz", b'a,b\n1,"', b"x\n", 100),
    "csv of endless rows": _gz("rows.csv.gz", b"a,b\n", b"0,0\n", 600),
    "csv of empty values": _gz("empty.csv.gz", b"a,b\n", b",\n", 200),
    "csv of broken lines": _gz("broken.csv.gz", b"a,b\n", b"x\n", 200),
    "csv of open quotes": _gz("quotes.csv.gz", b"a,b\n", b'"\n', 100),
    "csv of quotes within": _gz("within.csv.gz", b"a,b\n", b'"a"b,c\n', 100),
    "bzip2 of endless rows": _other("zeros.csv.bz2", bz2.compress),
    "xz of endless rows": _other("zeros.csv.xz", lzma.compress),
    "xz that asks for much memory": _xz_of_much_memory,
    "zstandard of endless rows": _zstd,
    "zip of endless rows": _zip,
    "zip of many files": _zip_of_many,
    "parquet of a repeated value": _coded("coded.parquet", 1, 15_000, 200_000),
    "parquet of repeated values": _coded("columns.parquet", 20, 15_000, 200_000),
    "parquet of a large value": _coded("large.parquet", 1, 8_000_000, 1_000),
    "parquet of endless rows": _many_rows,
    "parquet of many columns": _parquet(
        "wide.parquet", lambda: pa.table({f"c{number}": [1] for number in range(3_000)})
    ),
    "parquet of a large page": _parquet(
        "page.parquet",
        lambda: pa.table({"a": ["x" * 1_000] * 300_000}),
        use_dictionary=False,
        data_page_size=400 * MIB,
    ),
    "parquet of shared beginnings": _parquet(
        "prefixes.parquet",
        lambda: pa.table({"a": [("x" * 100_000) + str(number) for number in range(3_000)]}),
        **_PREFIXED,
    ),
    "parquet of a list": _parquet("list.parquet", lambda: pa.table({"a": [[0] * 20_000_000]})),
    "parquet of a large footer": _footer,
}


def read_with_little_memory(path: Path, more_bytes: int) -> str:
    """Reads a file in a process that may take so much more memory than it has.

    Returns:
        `read`, or how it ended.
    """
    # Pools of threads are there before the limit.
    (path.parent / "small.csv").write_bytes(b"a\n1\n")
    read(path.parent, "small.csv")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        return refusal(path.parent, path.name, records="p", columns=("a",)) or "read"
    except BaseException as error:  # noqa: BLE001 - the outcome is what is tested
        return f"{type(error).__name__}"
