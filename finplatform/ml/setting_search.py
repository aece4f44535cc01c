"""The search for a family's best setting: on, until nothing beside the best is untried.

Belongs here: which settings are judged next. Does not belong here: which rows judge them
(`finplatform.ml.selection`), and what lies beside a setting (the family's `neighbours`).
"""

from collections.abc import Callable
from typing import Protocol


class Searched(Protocol):
    """What is searched: settings to begin with, and those beside any of them."""

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
    """Setting of the smallest loss, no setting beside which is untried.

    Args:
        family: Says where to begin and where to go on.
        loss_of: Judges settings that were not judged before.

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
