"""XML as documents: one element after the other."""

import io
from xml.parsers.expat import ExpatError

import pytest

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


def test_records_before_a_break_come_and_the_break_is_told() -> None:
    reader = iter(RecordReader(io.BytesIO(_LIST[:-40]), "people/person"))
    assert next(reader)["name"] == "Ann"
    with pytest.raises(ExpatError):
        list(reader)
