"""Local search for the best setting of a family: ends when all neighbours of the best were tried.

`finplatform.ml.selection` evaluates settings; the family defines `neighbours`.
"""

from collections.abc import Callable
from typing import Protocol


class Searched(Protocol):
    """A search space: initial settings, and neighbours of each."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings to begin with, from the most to the least restrained."""
        ...

    def neighbours(self, setting: str) -> tuple[str, ...]:
        """Settings next to one; none where the first ones are all there are."""
        ...


def best_setting(
    family: Searched, loss_of: Callable[[tuple[str, ...]], dict[str, float]]
) -> tuple[str, dict[str, float]]:
    """Setting of the smallest loss, all neighbours of which were tried.

    Args:
        family: Initial settings and neighbours.
        loss_of: Evaluates new settings.

    Returns:
        The best setting (of equal ones, the first judged) and the losses of all that were judged;
        the first setting and no losses where none could be judged.
    """
    losses: dict[str, float] = {}
    best, wanted = family.settings[0], family.settings
    while wanted:
        found = loss_of(wanted)
        if not found:
            break
        losses |= found
        best = min(losses, key=lambda setting: losses[setting])
        wanted = tuple(name for name in family.neighbours(best) if name not in losses)
    return best, losses
