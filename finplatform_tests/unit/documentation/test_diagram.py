"""Diagrams: one notation, read as it is written, and drawn without overlap."""

import re
from itertools import combinations

import pytest

from finplatform.documentation.diagram import (
    Attribute,
    Diagram,
    Relation,
    attribute_type,
    from_mermaid,
    to_mermaid,
)
from finplatform.documentation.svg import draw, place

DIAGRAM = Diagram(
    {
        "customers": (Attribute("customer_id", "text", ("PK",)),),
        "accounts": (
            Attribute("account_id", "text", ("PK",)),
            Attribute("customer_id", "text", ("FK",)),
            Attribute("balance", "numeric"),
        ),
        "cards": (Attribute("account_id", "text", ("PK", "FK")),),
        "alone": (),
    },
    (
        Relation("customers", "accounts", "customer_id"),
        Relation("accounts", "cards", "account_id", is_optional=True),
    ),
)


def test_what_is_written_is_read_back() -> None:
    fenced = to_mermaid(DIAGRAM)
    assert (fenced[0], fenced[-1]) == ("```mermaid", "```")
    assert from_mermaid(fenced[1:-1]) == DIAGRAM


def test_an_entity_that_only_a_relation_names_is_drawn() -> None:
    assert set(from_mermaid(['a ||--o{ b : "owns"']).entities) == {"a", "b"}


@pytest.mark.parametrize("line", ["a -> b", "a ||--o{ b"])
def test_what_is_not_of_the_notation_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a relation"):
        from_mermaid([line])


def test_a_type_is_one_word() -> None:
    assert attribute_type("numeric(18,2)") == "numeric"
    assert attribute_type("double precision") == "double_precision"


def test_no_two_entities_overlap_and_all_are_inside_the_picture() -> None:
    boxes = place(DIAGRAM)
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', draw(DIAGRAM, "Test"))
    assert size is not None
    width, height = map(int, size.groups())
    assert set(boxes) == set(DIAGRAM.entities)
    for box in boxes.values():
        assert box.right <= width
        assert box.top + box.height <= height
    for one, other in combinations(boxes.values(), 2):
        apart_across = one.right <= other.left or other.right <= one.left
        apart_down = one.top + one.height <= other.top or other.top + other.height <= one.top
        assert apart_across or apart_down


def test_what_is_referred_to_stands_left_of_what_refers() -> None:
    boxes = place(DIAGRAM)
    assert boxes["customers"].right < boxes["accounts"].left
    assert boxes["accounts"].right < boxes["cards"].left


def test_entities_that_refer_to_each_other_in_a_circle_are_drawn() -> None:
    circle = Diagram({"a": (), "b": ()}, (Relation("a", "b", "b_id"), Relation("b", "a", "a_id")))
    assert set(place(circle)) == {"a", "b"}


def test_every_relation_tells_what_it_is() -> None:
    picture = draw(DIAGRAM, "Test")
    assert "accounts.customer_id \u2192 customers" in picture
    assert "cards.account_id \u2192 accounts" in picture
