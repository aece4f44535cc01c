"""What may pass to a webserver: rules on requests and on GraphQL documents.

A Dagster webserver executes a mutation that comes as a GET request, as text or as a form as well as
one in JSON. Here GraphQL passes as JSON alone, and a mutation for those alone who may do all: the
read-only webserver would refuse it too. Belongs here: these rules, without any I/O.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    Source,
    parse,
)

MOST_BYTES = 8 * 1024 * 1024
"""Size of a request's body, or of a message, above which it is refused."""

_MOST_TOKENS = 50_000


class RefusedError(Exception):
    """A request that does not pass.

    Args:
        status: HTTP status of the answer.
        detail: Why, in a sentence.
    """

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class Request:
    """A GraphQL request.

    Attributes:
        members: `query`, `variables` and `operationName` as they are passed on.
        mutations: Fields of the mutations in its document, whichever operation is to run.
    """

    members: Mapping[str, Any]
    mutations: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """The request as JSON, written anew, so that it is read as it was judged."""
        return json.dumps(self.members).encode()


def check_media_type(value: str | None) -> None:
    """Lets JSON alone pass: forms and text come from pages of other sites without a question.

    Raises:
        RefusedError: If a body is something else.
    """
    media_type = (value or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only application/json is taken.")


def check_origin(headers: Mapping[str, str], scheme: str) -> None:
    """Refuses cross-site requests.

    A browser names the page's origin with every request that is no plain reading. A request with
    credentials of its own, in place of a cookie, is none that a browser was made to send.

    Args:
        headers: Of the request, by lower-case name.
        scheme: `http` or `https`, as the application is reached.

    Raises:
        RefusedError: If the origin is another one, or there is none.
    """
    if "authorization" in headers:
        return
    is_own = headers.get("origin") == f"{scheme}://{headers.get('host', '')}"
    is_same_site = headers.get("sec-fetch-site", "same-origin") == "same-origin"
    if not (is_own and is_same_site):
        raise RefusedError(HTTPStatus.FORBIDDEN, "Cross-site requests are refused.")


def read_request(body: bytes) -> Request:
    """The GraphQL request of a body.

    Raises:
        RefusedError: If it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
    return read_members(found)


def read_members(found: Any) -> Request:
    """The GraphQL request of a JSON value.

    Raises:
        RefusedError: If it is none.
    """
    if not isinstance(found, dict) or not isinstance(found.get("query"), str):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "There is no GraphQL query in it.")
    names = ("query", "variables", "operationName")
    members = {name: found[name] for name in names if name in found}
    return Request(members, _mutations(found["query"]))


def _mutations(query: str) -> tuple[str, ...]:
    """Fields of all mutations of a document; its fragments count by their names."""
    if "mutation" not in query:
        return ()
    try:
        document = parse(Source(query), no_location=True, max_tokens=_MOST_TOKENS)
    except (GraphQLError, RecursionError):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "The query is not GraphQL.") from None
    return tuple(
        selection.name.value if isinstance(selection, FieldNode) else "fragment"
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        and definition.operation is OperationType.MUTATION
        for selection in definition.selection_set.selections
    )
