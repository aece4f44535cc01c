"""XML as documents: the repeated element of a file, one at a time.

Belongs here: from elements to nested dictionaries. Does not belong here: the rows made of them
(see `documents`).
"""

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree as ET

Document = dict[str, object]


def read_records(source: BinaryIO, path: str) -> Iterator[Document]:
    """Yields the elements at a path as documents; memory holds one of them.

    Text is the value of an element without children, repeated elements are a list, an attribute is
    named `@attribute`, and the text beside attributes `#text`. Name spaces are left out.

    Args:
        source: The file.
        path: Names below the root, `LIST/ENTRY`.

    Raises:
        ET.ParseError: If it is not well-formed.
    """
    wanted = path.strip("/").split("/")
    open_: list[ET.Element] = []
    for event, element in ET.iterparse(source, ("start", "end")):  # noqa: S314
        if event == "start":
            open_.append(element)
            continue
        if [_name(each) for each in open_[1:]] == wanted:
            value = _value(element)
            yield value if isinstance(value, dict) else {"#text": value}
        if len(open_) <= len(wanted) + 1:
            element.clear()
            if len(open_) > 1:
                open_[-2].remove(element)
        open_.pop()


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ET.Element) -> Document | str | None:
    text = (element.text or "").strip() or None
    attributes: Document = {
        f"@{name.rpartition('}')[2]}": value for name, value in element.attrib.items()
    }
    if not len(element):
        return {**attributes, "#text": text} if attributes else text
    children: dict[str, list[object]] = {}
    for child in element:
        children.setdefault(_name(child), []).append(_value(child))
    flat = {name: found[0] if len(found) == 1 else found for name, found in children.items()}
    return attributes | flat
