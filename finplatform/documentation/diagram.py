"""Entity-relationship diagrams as objects, and as Mermaid's `erDiagram` text, both ways.

A page holds the text, which code hosts draw; the site draws the same text as SVG (see `svg`).
Belongs here: that one notation. Does not belong here: which tables are drawn (see `star`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

PRIMARY, FOREIGN, UNIQUE = "PK", "FK", "UK"

_RELATION = re.compile(r"^(\w+) (\|\||\|o|\}o|\}\|)--(\|\||o\||o\{|\|\{) (\w+) : (.+)$")
_ATTRIBUTE = re.compile(r"^(\S+) (\S+)((?: (?:PK|FK|UK),?)*)$")


@dataclass(frozen=True)
class Attribute:
    """One column of an entity.

    Attributes:
        name: Column.
        type: Type as Mermaid takes it, one word.
        keys: Which of `PK`, `FK` and `UK` it is.
    """

    name: str
    type: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """Rows of one entity that belong to a row of another.

    Attributes:
        parent: Entity that is referred to.
        child: Entity that refers.
        label: The column that refers, or a verb.
        is_optional: Whether a child may be without a parent.
    """

    parent: str
    child: str
    label: str
    is_optional: bool = False


@dataclass(frozen=True)
class Diagram:
    """Entities and how they belong together."""

    entities: dict[str, tuple[Attribute, ...]] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()


def attribute_type(sql_type: str) -> str:
    """A PostgreSQL type as one word without its digits: `numeric(18,2)` is `numeric`."""
    return sql_type.partition("(")[0].replace(" ", "_")


def to_mermaid(diagram: Diagram) -> list[str]:
    """Lines of the diagram, fence included."""
    lines = ["```mermaid", "erDiagram"]
    for relation in diagram.relations:
        end = "|o" if relation.is_optional else "||"
        lines.append(f'    {relation.parent} {end}--o{{ {relation.child} : "{relation.label}"')
    for name, attributes in diagram.entities.items():
        lines.append(f"    {name} {{")
        for attribute in attributes:
            keys = f" {', '.join(attribute.keys)}" if attribute.keys else ""
            lines.append(f"        {attribute.type} {attribute.name}{keys}")
        lines.append("    }")
    return [*lines, "```"]


def from_mermaid(lines: Sequence[str]) -> Diagram:
    """The diagram of some `erDiagram` lines, without their fence.

    Raises:
        ValueError: If a line is not of the notation that `to_mermaid` writes.
    """
    entities: dict[str, tuple[Attribute, ...]] = {}
    relations = []
    inside: str | None = None
    for line in (line.strip() for line in lines):
        if not line or line == "erDiagram":
            continue
        if inside is not None:
            if line == "}":
                inside = None
            else:
                entities[inside] += (_attribute(line),)
        elif line.endswith("{") and " " in line and _RELATION.match(line) is None:
            inside = line.removesuffix("{").strip()
            entities.setdefault(inside, ())
        else:
            relations.append(_relation(line))
    for relation in relations:
        entities.setdefault(relation.parent, ())
        entities.setdefault(relation.child, ())
    return Diagram(entities, tuple(relations))


def _attribute(line: str) -> Attribute:
    matched = _ATTRIBUTE.match(line)
    if matched is None:
        raise ValueError(f"not an attribute of an entity: {line}")
    keys = tuple(re.findall(r"PK|FK|UK", matched.group(3)))
    return Attribute(matched.group(2), matched.group(1), keys)


def _relation(line: str) -> Relation:
    matched = _RELATION.match(line)
    if matched is None:
        raise ValueError(f"not a relation of entities: {line}")
    parent, end, _, child, label = matched.groups()
    return Relation(parent, child, label.strip('"'), is_optional=end == "|o")
