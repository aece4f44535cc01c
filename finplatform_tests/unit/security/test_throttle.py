"""Wrong logins slow down whoever makes them, and nobody else."""

import pytest

from finplatform.security.throttle import Limits, Throttle, TooManyAttemptsError

HERE, THERE = "10.0.0.1", "10.0.0.2"


def wrong(throttle: Throttle, name: str, address: str, times: int) -> int:
    """Tries in vain; how often it was let in."""
    admitted = 0
    for _ in range(times):
        try:
            throttle.admit(name, address)
        except TooManyAttemptsError:
            continue
        throttle.note_wrong(name, address)
        admitted += 1
    return admitted


def test_of_10_000_wrong_logins_of_a_name_5_are_looked_at_in_a_minute() -> None:
    throttle = Throttle()
    assert wrong(throttle, "anna", HERE, 10_000) == 5
    with pytest.raises(TooManyAttemptsError) as caught:
        throttle.admit("anna", HERE)
    assert 0 < caught.value.seconds <= 60


def test_the_same_name_elsewhere_and_other_names_here_are_let_in() -> None:
    throttle = Throttle()
    wrong(throttle, "anna", HERE, 10_000)
    assert throttle.admit("anna", THERE) == 0
    assert throttle.admit("boris", HERE) == 0


def test_one_name_from_everywhere_waits_and_is_not_refused() -> None:
    throttle = Throttle()
    for number in range(60):
        wrong(throttle, "anna", f"10.1.0.{number}", 1)
    assert throttle.admit("anna", THERE) == Limits().wait_s
    assert throttle.admit("boris", THERE) == 0


def test_many_names_from_one_address_wait_and_are_not_refused() -> None:
    throttle = Throttle()
    for number in range(120):
        wrong(throttle, f"name{number}", HERE, 1)
    assert throttle.admit("anna", HERE) == Limits().wait_s
    assert throttle.admit("anna", THERE) == 0


def test_a_right_login_forgets_the_wrong_ones_before() -> None:
    throttle = Throttle()
    wrong(throttle, "anna", HERE, 4)
    throttle.note_right("anna", HERE)
    assert wrong(throttle, "anna", HERE, 100) == 5


def test_names_of_any_form_are_counted_apart() -> None:
    throttle = Throttle()
    for name in ("a/b", "a", "a" * 10_000, "", "\x00", "LIMITS/1"):
        assert wrong(throttle, name, HERE, 20) == 5
