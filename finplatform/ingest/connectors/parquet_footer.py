"""Footer of a Parquet file: the sizes of each column of each row group.

Arrow can crash on a damaged footer, so the sizes are parsed from its bytes (Thrift's compact
protocol) before Arrow reads the file. Does not belong here: the limits (see `parquet_rows`).
"""

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.limits import MIB

_MOST_BYTES = 8 * MIB
"""Largest footer that is parsed."""

_TAIL = struct.Struct("<I4s")
_MARK = b"PAR1"

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
"""Types of Thrift's compact protocol."""

_DEEPEST = 20
"""Levels of structures in a footer, at the most."""

_BYTE_ARRAY = 6
_DICTIONARIES = {2, 8}
_DELTA_BYTE_ARRAY = 7

_ROW_GROUPS, _COLUMNS, _META = 4, 1, 3
_TYPE, _ENCODINGS, _VALUES, _UNPACKED, _PACKED = 1, 2, 5, 6, 7
"""Numbers of fields in Parquet's definition of the footer."""


@dataclass(frozen=True)
class Chunk:
    """A column of a row group.

    Attributes:
        values: Number of its values.
        unpacked: Its bytes without compression.
        packed: Its bytes in the file.
        is_coded: Whether its values are byte arrays with a dictionary.
        has_prefixes: Whether its values are delta-encoded with shared prefixes.
    """

    values: int
    unpacked: int
    packed: int
    is_coded: bool
    has_prefixes: bool


def read_footer(file: BinaryIO) -> list[list[Chunk]]:
    """The columns of each row group; the file is left at its beginning.

    Raises:
        FinplatformError: If the file does not begin and end as Parquet, or has a footer that is
            damaged or out of measure.
    """
    try:
        fields = _Reader(_footer_bytes(file)).fields()
        return [
            [_chunk(column[_META]) for column in group[_COLUMNS]]
            for group in fields.get(_ROW_GROUPS, [])
        ]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, struct.error):
        raise _broken() from None
    finally:
        file.seek(0)


_Fields = dict[int, Any]


def _footer_bytes(file: BinaryIO) -> bytes:
    begins = file.read(len(_MARK))
    size = file.seek(0, 2)
    if begins != _MARK or size < len(_MARK) + _TAIL.size:
        raise _broken()
    file.seek(size - _TAIL.size)
    length, mark = _TAIL.unpack(file.read(_TAIL.size))
    if mark != _MARK or length > size - _TAIL.size - len(_MARK):
        raise _broken()
    if length > _MOST_BYTES:
        raise FinplatformError(
            f"The description of its columns and row groups is larger than {_MOST_BYTES // MIB}"
            " MiB.",
            "Write it with larger row groups, or as several files.",
        )
    file.seek(size - _TAIL.size - length)
    return file.read(length)


def _broken() -> FinplatformError:
    return FinplatformError(
        "It is damaged, or no whole Parquet file.",
        "Deliver it again; it may be cut short, or of another kind than its name says.",
    )


def _chunk(fields: _Fields) -> Chunk:
    encodings = set(fields[_ENCODINGS])
    values, unpacked, packed = (fields[number] for number in (_VALUES, _UNPACKED, _PACKED))
    if min(values, unpacked, packed) < 0:
        raise ValueError
    is_bytes = fields[_TYPE] == _BYTE_ARRAY
    return Chunk(
        values,
        unpacked,
        packed,
        is_coded=is_bytes and not encodings.isdisjoint(_DICTIONARIES),
        has_prefixes=_DELTA_BYTE_ARRAY in encodings,
    )


class _Reader:
    """Reads structures of Thrift's compact protocol.

    Args:
        data: The bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fields(self, depth: int = 0) -> _Fields:
        """A structure, by the numbers of its fields."""
        if depth > _DEEPEST:
            raise ValueError
        found: _Fields = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 0xF
            found[number] = kind == _TRUE if kind <= _FALSE else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> object:
        match kind:
            case _ if kind <= _BYTE:
                return self._byte()
            case _ if kind <= _I64:
                return self._zigzag()
            case _ if kind == _DOUBLE:
                return self._take(8)
            case _ if kind == _BINARY:
                return self._take(self._varint())
            case _ if kind in (_LIST, _SET):
                head = self._byte()
                size = head >> 4 if head >> 4 < 0xF else self._varint()
                return [self._value(head & 0xF, depth + 1) for _ in range(size)]
            case _ if kind == _STRUCT:
                return self.fields(depth + 1)
        # A footer has no map, so another type means damage.
        raise ValueError

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise IndexError
        self._at += size
        return taken

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise ValueError

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
