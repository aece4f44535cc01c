"""HTML of the API's own pages.

Belongs here: rendering a template. Does not belong here: what a page shows, and report pages
(`finplatform.reporting`).
"""

from http import HTTPStatus
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

_TEMPLATES = Environment(
    loader=PackageLoader("finplatform.api"),
    autoescape=select_autoescape(("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    """A page.

    Args:
        template: Name of its template.
        status: HTTP status.
        values: What the template shows.
    """
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status)
