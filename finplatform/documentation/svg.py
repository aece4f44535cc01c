"""Drawing an entity-relationship diagram as SVG, without a program or script of others.

Entities stand in columns by how far they are from what refers to nothing: what is referred to is
on the left. Within a column they are ordered by the middle of what they are tied to, which keeps
lines short (the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981). Belongs here: placing and
drawing. Does not belong here: what is drawn.
"""

from collections import defaultdict
from dataclasses import dataclass
from html import escape

from finplatform.documentation.diagram import Attribute, Diagram, Relation

ROW, TITLE, GAP, BETWEEN, MARGIN = 18, 24, 22, 110, 12
"""Heights of a row and of a title, space between entities and between columns, and around."""

_CHARACTER = 7.0
_SWEEPS = 4
_STYLE = (
    ".e{fill:#fff;stroke:#4051b5}.t{fill:#4051b5}.n{fill:#fff;font-weight:600}"
    ".a{fill:#222}.k{fill:#4051b5;font-weight:600}.y{fill:#777}"
    ".r{fill:none;stroke:#8a8fb0;stroke-width:1.3}.r:hover{stroke:#d0021b;stroke-width:3}"
    "text{font:12px ui-monospace,Menlo,Consolas,monospace}"
)


@dataclass(frozen=True)
class Box:
    """Where an entity is drawn, in pixels."""

    left: float
    top: float
    width: float
    height: float
    attributes: tuple[Attribute, ...]

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    def row(self, name: str) -> float:
        """Middle of an attribute's row; of the title for one that is not drawn."""
        for place, attribute in enumerate(self.attributes):
            if attribute.name == name:
                return self.top + TITLE + (place + 0.5) * ROW
        return self.top + TITLE / 2


def draw(diagram: Diagram, title: str) -> str:
    """The diagram as an SVG element.

    Args:
        diagram: What to draw.
        title: Alternative text for screen readers.
    """
    boxes = place(diagram)
    width = max((box.right for box in boxes.values()), default=0) + MARGIN
    height = max((box.top + box.height for box in boxes.values()), default=0) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">',
        f"<style>{_STYLE}</style>",
        *(_line(relation, boxes) for relation in diagram.relations),
        *(_entity(name, box) for name, box in boxes.items()),
        "</svg>",
    ]
    return "".join(parts)


def place(diagram: Diagram) -> dict[str, Box]:
    """Box of every entity; no two overlap."""
    boxes: dict[str, Box] = {}
    left = float(MARGIN)
    for column in _ordered(diagram, _columns(diagram)):
        width = max(_width(name, diagram.entities[name]) for name in column)
        top = float(MARGIN)
        for name in column:
            attributes = diagram.entities[name]
            height = TITLE + ROW * len(attributes) + 4
            boxes[name] = Box(left, top, width, height, attributes)
            top += height + GAP
        left += width + BETWEEN
    return boxes


def _columns(diagram: Diagram) -> list[list[str]]:
    """Entities by depth: 0 refers to nothing, n + 1 to something of depth n."""
    parents = defaultdict(set)
    for relation in diagram.relations:
        if relation.parent != relation.child:
            parents[relation.child].add(relation.parent)
    depth = dict.fromkeys(diagram.entities, 0)
    # A cycle would deepen for ever: no entity is deeper than there are entities.
    for _ in diagram.entities:
        deeper = {
            name: max((depth[parent] + 1 for parent in parents[name]), default=0) for name in depth
        }
        if deeper == depth:
            break
        depth = {name: min(value, len(depth) - 1) for name, value in deeper.items()}
    columns: dict[int, list[str]] = defaultdict(list)
    for name, value in depth.items():
        columns[value].append(name)
    return [columns[value] for value in sorted(columns)]


def _ordered(diagram: Diagram, columns: list[list[str]]) -> list[list[str]]:
    """Columns with their entities in the order of what they are tied to."""
    tied = defaultdict(set)
    for relation in diagram.relations:
        tied[relation.child].add(relation.parent)
        tied[relation.parent].add(relation.child)
    for _ in range(_SWEEPS):
        share = {
            name: (place + 0.5) / len(column)
            for column in columns
            for place, name in enumerate(column)
        }
        middle = {
            name: sum(share[other] for other in tied[name]) / len(tied[name]) if tied[name] else 1.0
            for name in share
        }
        columns = [sorted(column, key=lambda name: middle[name]) for column in columns]
    return columns


def _width(name: str, attributes: tuple[Attribute, ...]) -> float:
    longest = max((len(f"{a.name}  {a.type} {' '.join(a.keys)}") for a in attributes), default=0)
    return _CHARACTER * max(longest + 2, len(name)) + 20


def _entity(name: str, box: Box) -> str:
    rows = "".join(
        f'<text class="{"k" if a.keys else "a"}" x="{box.left + 8:.0f}"'
        f' y="{box.row(a.name) + 4:.0f}">{escape(a.name)}</text>'
        f'<text class="y" text-anchor="end" x="{box.right - 8:.0f}"'
        f' y="{box.row(a.name) + 4:.0f}">{escape(" ".join((a.type, *a.keys)))}</text>'
        for a in box.attributes
    )
    return (
        f'<rect class="e" rx="4" x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}"'
        f' height="{box.height:.0f}"/>'
        f'<rect class="t" rx="4" x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}"'
        f' height="{TITLE}"/>'
        f'<text class="n" x="{box.left + 8:.0f}" y="{box.top + 16:.0f}">{escape(name)}</text>{rows}'
    )


def _line(relation: Relation, boxes: dict[str, Box]) -> str:
    parent, child = boxes[relation.parent], boxes[relation.child]
    key = next((a.name for a in parent.attributes if "PK" in a.keys), "")
    # A label that is a verb names no column: such a relation begins at the parent's key's name.
    names = {attribute.name for attribute in child.attributes}
    start_y = child.row(relation.label if relation.label in names else key)
    start, end, end_y = child.left, parent.right, parent.row(key)
    bend = max((start - end) / 2, 40)
    tip = (
        f"{relation.child}.{relation.label} \u2192 {relation.parent}"
        if relation.label in names
        else f"{relation.parent} {relation.label} {relation.child}"
    )
    foot = (
        f"M{start - 9:.0f},{start_y:.0f}L{start:.0f},{start_y - 5:.0f}"
        f"M{start - 9:.0f},{start_y:.0f}L{start:.0f},{start_y + 5:.0f}"
    )
    bar = "" if relation.is_optional else f"M{end + 6:.0f},{end_y - 5:.0f}v10"
    return (
        f'<path class="r" d="M{start:.0f},{start_y:.0f}C{start - bend:.0f},{start_y:.0f}'
        f' {end + bend:.0f},{end_y:.0f} {end:.0f},{end_y:.0f}{foot}{bar}">'
        f"<title>{escape(tip)}</title></path>"
    )
