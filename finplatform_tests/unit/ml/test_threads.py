"""The limit on linear algebra's threads, shared by all who ask for it."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from finplatform.ml.threads import one_thread


def _threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {library["num_threads"] for library in threadpool_info()}


@pytest.fixture(autouse=True)
def two_threads() -> object:
    with threadpool_limits(limits=2):
        if _threads() != {2}:
            pytest.skip("the linear algebra of this machine knows one thread only")
        yield


def test_the_limit_holds_until_the_last_who_asked_for_it_is_gone() -> None:
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert _threads() == {1}
    second.__exit__(None, None, None)
    assert _threads() == {2}


def test_the_limit_is_lifted_when_what_ran_under_it_fails() -> None:
    with pytest.raises(np.linalg.LinAlgError), one_thread():
        np.linalg.inv(np.zeros((2, 2)))
    assert _threads() == {2}
