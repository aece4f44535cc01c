"""The search ends when all neighbours of the best were tried."""

from dataclasses import dataclass, field

from finplatform.ml.setting_search import best_setting


@dataclass
class _Line:
    """Settings 0 to 99 in a row, of which the search begins with three."""

    settings: tuple[str, ...] = ("10", "11", "12")
    judged: list[str] = field(default_factory=list)

    def neighbours(self, setting: str) -> tuple[str, ...]:
        return tuple(str(at) for at in (int(setting) - 1, int(setting) + 1) if 0 <= at < 100)

    def loss_of(self, settings: tuple[str, ...], best: int) -> dict[str, float]:
        self.judged.extend(settings)
        return {setting: abs(int(setting) - best) for setting in settings}


def test_the_best_lies_in_no_last_cell_of_what_was_tried() -> None:
    for best in (0, 11, 40, 99):
        line = _Line()
        found, losses = best_setting(line, lambda names, at=best, on=line: on.loss_of(names, at))
        assert found == str(best)
        assert set(line.neighbours(found)) <= set(losses)


def test_no_setting_is_judged_twice() -> None:
    line = _Line()
    best_setting(line, lambda names: line.loss_of(names, 20))
    assert len(line.judged) == len(set(line.judged))


def test_without_a_judgement_the_most_restrained_setting_is_taken() -> None:
    assert best_setting(_Line(), lambda _: {}) == ("10", {})
