"""XML as documents: one element after the other."""

import io
from xml.parsers.expat import ExpatError

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.limits import Limits
from finplatform.ingest.connectors.xml_records import RecordReader

_LIST = b"""<?xml version="1.0"?>
<list xmlns="urn:example">
  <people>
    <person id="7"><name> Ann </name><alias><n>A</n></alias><alias><n>B</n></alias><x/></person>
    <person>plain</person>
  </people>
  <firms><person><name>no person</name></person></firms>
</list>"""


def test_only_the_elements_at_the_path_are_read() -> None:
    records = list(RecordReader(io.BytesIO(_LIST), "people/person"))
    assert records == [
        {"@id": "7", "name": "Ann", "alias": [{"n": "A"}, {"n": "B"}], "x": None},
        {"#text": "plain"},
    ]


def test_records_before_a_break_come_and_the_break_is_reported() -> None:
    reader = iter(RecordReader(io.BytesIO(_LIST[:-40]), "people/person"))
    assert next(reader)["name"] == "Ann"
    with pytest.raises(ExpatError):
        list(reader)


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (b"<l>" * 20, "MAX_DEPTH"),
        (b"<l><p>" + b"<a>" * 20, "MAX_DEPTH"),
        (b"<l><p>" + b"x" * 3_000_000, "MAX_ELEMENT_MB"),
        (b"<l><p x='" + b"x" * 3_000_000, "MAX_ELEMENT_MB"),
        (b"<l><!--" + b"x" * 3_000_000, "MAX_ELEMENT_MB"),
        (b"<l><p " + b"".join(b"a%d='' " % n for n in range(30)) + b"/></l>", "MAX_COLUMNS"),
        (b"<l><p>" + b"".join(b"<a%d/>" % n for n in range(30)) + b"</p></l>", "MAX_COLUMNS"),
        (b'<!DOCTYPE l SYSTEM "l.dtd"><l><p/></l>', "document type"),
        (b'<!DOCTYPE l [<!ENTITY a "x">]><l><p>&a;</p></l>', "document type"),
    ],
)
def test_what_makes_a_small_file_large_is_refused(content: bytes, reported: str) -> None:
    limits = Limits(depth=10, element_bytes=1_000_000, columns=20)
    with pytest.raises(FinplatformError, match=reported):
        list(RecordReader(io.BytesIO(content), "p", limits))


def test_many_records_in_a_large_file_are_no_large_record() -> None:
    content = b"<l>" + b"<p><id>1</id></p><!-- note -->\n" * 50_000 + b"</l>"
    records = RecordReader(io.BytesIO(content), "p", Limits(element_bytes=100_000))
    assert sum(1 for _ in records) == 50_000


@pytest.mark.parametrize(
    ("content", "path", "fits"),
    [
        (b"<Doc><List><Head/></List></Doc>", "List/Entry", True),
        (b"<Doc><List/></Doc>", "List/Part/Entry", True),
        (b"<Doc/>", "Entry", True),
        (b"<Doc><Entry/></Doc>", "Entry", True),
        (b"<Doc><Other/></Doc>", "Entry", False),
        (b"<Doc><Other><List/></Other></Doc>", "List/Entry", False),
        (b"<Doc/>", "List/Entry", False),
    ],
)
def test_a_path_fits_when_its_first_element_is_there(content: bytes, path: str, fits: bool) -> None:
    reader = RecordReader(io.BytesIO(content), path)
    list(reader)
    assert reader.fits == fits
