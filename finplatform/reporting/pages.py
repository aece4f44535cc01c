"""HTML pages: rendering a template of `reporting/templates`, and writing a file in one piece.

Belongs here: the settings of Jinja, and files that appear whole. Does not belong here: what a page
shows.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(template: str, values: Mapping[str, Any]) -> str:
    """Renders a template of `reporting/templates`.

    Args:
        template: File name of the template.
        values: What it shows; a name that the template uses and this lacks is an error.
    """
    environment = Environment(
        loader=PackageLoader("finplatform.reporting"),
        # By default only names that end in .html are escaped, and these end in .j2.
        autoescape=select_autoescape(("html", "html.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)


def write(path: Path, html: str) -> None:
    """Writes text atomically, so that a reader never opens a partial file."""
    write_bytes(path, html.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file in one piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
