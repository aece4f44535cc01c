"""A call of every endpoint that its description names, with values of this bank.

Belongs here: from OpenAPI to requests. Does not belong here: what the answers should be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from finplatform_tests.integration.api.people import RUN_ID, Api

VALUES: dict[str, str] = {
    "start_date": "2025-01-01",
    "end_date": "2025-01-31",
    "table": "gold.dim_date",
    "figure": "cet1_ratio",
    "name": "capital_adequacy",
    "chart": "none",
    "job": "daily",
    "run_id": RUN_ID,
    "period": "2025-01",
    "depth": "1",
}
"""Values of parameters that take none of their own."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        name: Its name.
        place: `path`, `query` or `header`.
        is_required: Whether the operation asks for it.
        is_text: Whether it takes text rather than a number or a truth.
    """

    name: str
    place: str
    is_required: bool
    is_text: bool


@dataclass(frozen=True)
class Operation:
    """One operation of the description.

    Attributes:
        method: HTTP method.
        path: Path with its parameters' names.
        parameters: Its parameters.
        fields: Names of the fields of its body, if it has one.
        is_form: Whether the body is a form.
        is_public: Whether it asks for no login.
    """

    method: str
    path: str
    parameters: tuple[Parameter, ...]
    fields: tuple[str, ...] = ()
    is_form: bool = False
    is_public: bool = False

    @property
    def endpoint(self) -> str:
        """Its row in the declared rights."""
        return f"{self.method} {self.path}"


@dataclass
class Given:
    """Values of one call, by parameter or field; others are as in `VALUES`."""

    values: dict[str, str] = field(default_factory=dict)


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    """Operations of a description."""
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            body = one.get("requestBody", {}).get("content", {})
            is_form = "application/x-www-form-urlencoded" in body
            yield Operation(
                method.upper(),
                path,
                tuple(_parameter(found) for found in one.get("parameters", ())),
                tuple(_fields(described, body)),
                is_form,
                "security" not in one,
            )


def call(api: Api, operation: Operation, headers: dict[str, str], **values: str) -> httpx.Response:
    """Calls an operation with its required parameters and some others."""
    path, query, sent = operation.path, {}, dict(headers)
    for one in operation.parameters:
        if one.name in values or one.is_required:
            value = values.get(one.name, VALUES.get(one.name, "1"))
            if one.place == "path":
                path = path.replace(f"{{{one.name}}}", quote(value, safe=""))
            elif one.place == "query":
                query[one.name] = value
            else:
                sent[one.name] = value
    body = {name: values[name] for name in operation.fields if name in values}
    given: dict[str, Any] = {"data": body} if operation.is_form else {"json": body}
    if not operation.fields:
        given = {}
    return api.client.request(operation.method, path, params=query, headers=sent, **given)


def _parameter(found: dict[str, Any]) -> Parameter:
    schema = found["schema"]
    kinds = {one.get("type") for one in (schema, *schema.get("anyOf", ()))}
    return Parameter(found["name"], found["in"], found.get("required", False), "string" in kinds)


def _fields(described: dict[str, Any], body: dict[str, Any]) -> Iterator[str]:
    for content in body.values():
        schema = content["schema"]
        for one in (schema, *schema.get("anyOf", ())):
            if "$ref" in one:
                name = one["$ref"].rpartition("/")[2]
                yield from described["components"]["schemas"][name].get("properties", ())
