"""The benchmark of the risk engine measures what it says."""

from benchmarks.credit_engine import exposures, run
from finplatform.risk.exposure_checks import violations
from finplatform.risk.exposure_class import ExposureClass


def test_the_book_has_every_class_and_defaults_and_nothing_unsound() -> None:
    book = exposures(4_000)
    assert violations(book).is_empty()
    assert set(book["exposure_class"]) == {member.value for member in ExposureClass}
    assert 0 < book["is_defaulted"].sum() < 400
    assert book.equals(exposures(4_000))


def test_a_run_tells_its_rows_and_what_it_took() -> None:
    measured = run("rwa", 3_000, 2)
    assert (measured.task, measured.rows, measured.columns) == ("rwa", 3_000, 13)
    assert 0 < measured.seconds < 60
    assert measured.cpu_seconds >= 0
    assert measured.input_mib >= 0
