"""Tests of a module stay on one worker: what a module builds for itself is built once."""

import pytest


def test_a_worker_knows_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("not on a worker of --dist loadgroup")
    module = request.path.relative_to(request.config.rootpath).as_posix()
    assert request.node.nodeid.endswith(f"@{module}")
