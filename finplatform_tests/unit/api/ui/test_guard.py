"""What may pass to a webserver: JSON of the same site, read as it was judged."""

import json
from http import HTTPStatus

import pytest

from finplatform.api.ui import guard

MUTATION = "mutation { deletePipelineRun(runId: $r) { __typename } }"


@pytest.mark.parametrize(
    "value",
    [
        None, "", "text/plain", "application/graphql", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "text/plain; application/json",
        "text/plain;charset=application/json", "application/jsonp", "application/json+x",
    ],
)  # fmt: skip
def test_a_body_of_another_kind_does_not_pass(value: str | None) -> None:
    with pytest.raises(guard.RefusedError) as refused:
        guard.check_media_type(value)
    assert refused.value.status is HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize("value", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_passes(value: str) -> None:
    guard.check_media_type(value)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:3000"},
        {"origin": "http://localhost:3000.evil.example"},
        {"origin": "http://localhost:3000", "sec-fetch-site": "cross-site"},
        {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_site_does_not_pass(headers: dict[str, str]) -> None:
    with pytest.raises(guard.RefusedError) as refused:
        guard.check_origin({"host": "localhost:3000", **headers}, "http")
    assert refused.value.status is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost:3000"},
        {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"},
        {"authorization": "Bearer x"},
    ],
)
def test_a_page_of_this_site_and_a_program_pass(headers: dict[str, str]) -> None:
    guard.check_origin({"host": "localhost:3000", **headers}, "http")


@pytest.mark.parametrize(
    ("query", "mutations"),
    [
        ("{ version }", ()),
        ("query Q { version }", ()),
        ('{ runs(filter: "mutation") { id } }', ()),
        ("subscription mutation { x }", ()),
        (MUTATION, ("deletePipelineRun",)),
        ("mutation M { a: launchRun { __typename } b: wipeAssets { __typename } }",
         ("launchRun", "wipeAssets")),
        ("query Q { version } mutation M { launchRun { __typename } }", ("launchRun",)),
        ("mutation M { ...f } fragment f on Mutation { launchRun { __typename } }", ("fragment",)),
        ("#x\n\ufeffmutation,,,{launchRun{__typename}}", ("launchRun",)),
    ],
)  # fmt: skip
def test_mutations_are_found_wherever_they_are(query: str, mutations: tuple[str, ...]) -> None:
    assert guard.read_members({"query": query}).mutations == mutations


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b'"x"', b"{", b"\xff", b'[{"query": "{ version }"}]', b"{}",
        b'{"query": null}', b'{"query": ["{ version }"]}', b'{"query": "mutation {"}',
        b'{"query": "mutation ' + b"{" * 20_000 + b'"}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_request_does_not_pass(body: bytes) -> None:
    with pytest.raises(guard.RefusedError) as refused:
        guard.read_request(body)
    assert refused.value.status is HTTPStatus.BAD_REQUEST


def test_a_request_is_passed_on_as_it_was_judged() -> None:
    body = f'{{"query": {json.dumps(MUTATION)}, "query": "{{ version }}", "extra": 1}}'.encode()
    request = guard.read_request(body)
    assert not request.mutations
    assert json.loads(request.body) == {"query": "{ version }"}
