"""XML as documents: the repeated element of a file, one at a time.

The file is parsed as a stream, and only the requested elements are kept. Document types with
entities, deep nesting and huge elements are refused. Belongs here: from bytes to nested
dictionaries. Does not belong here: rows (see `documents`).
"""

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.limits import DEFAULT, KIB, MIB, Limits, too_much

Document = dict[str, object]

_CHUNK = 64 * KIB

_ELEMENT_BYTES = 64
"""Least weight of an element: its parsing time does not depend on its size."""


class _Element:
    """An element of a record during parsing."""

    __slots__ = ("attributes", "children", "text")

    def __init__(self, attributes: Document) -> None:
        self.attributes = attributes
        self.children: dict[str, list[object]] = {}
        self.text: list[str] = []

    def value(self) -> Document | str | None:
        """Text of an element without children, else its children by name."""
        if self.children:
            flat = {
                name: found[0] if len(found) == 1 else found
                for name, found in self.children.items()
            }
            return self.attributes | flat
        text = "".join(self.text).strip() or None
        return {**self.attributes, "#text": text} if self.attributes else text


class RecordReader:
    """Reads the elements at a path as documents; memory holds those of one chunk.

    Text is the value of an element without children, repeated elements are a list, an attribute is
    named `@attribute`, and the text next to attributes `#text`. Namespaces are dropped.

    Args:
        source: The file.
        path: Names below the root, `LIST/ENTRY`.
        limits: See `Limits`.
        packed: Size of the file on disk; None for no limit on the ratio.

    Attributes:
        consumed: Bytes read so far.
        fits: Whether the path exists in this file: its first element occurs, or the root of a path
            of one name is empty.
    """

    def __init__(
        self, source: BinaryIO, path: str, limits: Limits = DEFAULT, packed: int | None = None
    ) -> None:
        self._packed = packed
        self._elements = 0
        self._source = source
        self._wanted = path.strip("/").split("/")
        self._limits = limits
        self._depth = 0
        self._matched = 0
        self._open: list[_Element] = []
        self._done: list[Document] = []
        self._begun_at = 0
        self._seen_at = 0
        self._has_first = False
        self._has_children = False
        self.consumed = 0
        self._parser = self._new_parser()

    @property
    def fits(self) -> bool:
        """See the class."""
        return self._has_first or (len(self._wanted) == 1 and not self._has_children)

    def __iter__(self) -> Iterator[Document]:
        """Yields the records.

        Raises:
            expat.ExpatError: If the file is not well-formed.
            FinplatformError: If it is beyond a limit, or declares a document type.
        """
        is_final = False
        while not is_final:
            chunk = self._source.read(_CHUNK)
            is_final = not chunk
            self.consumed += len(chunk)
            self._parser.Parse(chunk, is_final)
            if self.consumed - self._seen_at > self._limits.element_bytes + _CHUNK:
                raise self._too_large()
            if self._packed is not None:
                self._limits.check_ratio(self._elements * _ELEMENT_BYTES, self._packed)
            done, self._done = self._done, []
            yield from done

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.DefaultHandlerExpand = self._other
        return parser

    def _refuse_doctype(self, *_: object) -> None:
        raise FinplatformError(
            "It declares a document type (<!DOCTYPE), whose entities are not read.",
            "Deliver the file without the declaration.",
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._look()
        self._elements += 1
        self._depth += 1
        self._limits.check_depth(self._depth)
        self._limits.check_columns(len(attributes))
        if self._open:
            self._open.append(_new_element(attributes))
        elif self._depth > 1:
            self._follow(_local(name), attributes)

    def _follow(self, name: str, attributes: dict[str, str]) -> None:
        """Follows the path, or begins a record at its end."""
        level = self._depth - 2
        is_next = self._matched == level < len(self._wanted) and name == self._wanted[level]
        self._has_children = True
        self._has_first |= is_next and level == 0
        if not is_next:
            return
        self._matched += 1
        if self._matched == len(self._wanted):
            self._begun_at = self._parser.CurrentByteIndex
            self._open.append(_new_element(attributes))

    def _end(self, name: str) -> None:
        self._look()
        self._depth -= 1
        if self._open:
            value = self._open.pop().value()
            if self._open:
                children = self._open[-1].children
                children.setdefault(_local(name), []).append(value)
                self._limits.check_columns(len(children))
                return
            self._done.append(value if isinstance(value, dict) else {"#text": value})
        self._matched = min(self._matched, max(self._depth - 1, 0))

    def _text(self, text: str) -> None:
        self._look()
        if self._open and not self._open[-1].children:
            self._open[-1].text.append(text)

    def _other(self, _: str) -> None:
        self._seen_at = self._parser.CurrentByteIndex

    def _look(self) -> None:
        """Stores the offset in the file, and refuses a record that is too large."""
        self._seen_at = self._parser.CurrentByteIndex
        if self._open and self._seen_at - self._begun_at > self._limits.element_bytes:
            raise self._too_large()

    def _too_large(self) -> FinplatformError:
        size = self._limits.element_bytes / MIB
        return too_much(f"An element of it is larger than {size:g} MiB", "MAX_ELEMENT_MB")


def _new_element(attributes: dict[str, str]) -> _Element:
    return _Element({f"@{_local(name)}": value for name, value in attributes.items()})


def _local(name: str) -> str:
    return name.rpartition("}")[2]
