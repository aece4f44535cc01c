"""Monthly hazards of default that keep a yearly rate, and defaults drawn from them.

Shared by loans (`arrears`) and cards (`card_arrears`), which hold the states of a hazard.
"""

import numpy as np

from finplatform.simulate.rng import Bools, Floats, Ints, sigmoid

FRAILTY_SPREAD = 0.75
"""Standard deviation over borrowers of what frailty adds to the log-odds."""

BY_SCORE, BY_UNEMPLOYED, BY_SELF_EMPLOYED = -0.58, 0.52, 0.16
BY_YOUTH, BY_RISING_UNEMPLOYMENT, BY_STRAIN = 0.24, 0.13, 0.25
"""Effects of borrower traits and the economy on the log-odds, of loans and cards alike."""

MOST_HAZARD = 0.30
_WIDEST = 30.0
_HALVINGS = 40
_SAMPLE = 500_000


def hazards_at_rate(index: Floats, known: Floats, yearly: float) -> Floats:
    """Hazards that come to a yearly rate of default.

    Args:
        index: Log-odds of default up to a constant.
        known: Those of them whose mean hazard is a twelfth of the rate.
        yearly: Share of borrowers that default within twelve months, from 0 to 1.
    """
    if not known.size or yearly <= 0:
        return np.zeros(index.shape)
    known = known[:: known.size // _SAMPLE + 1]
    low, high = -_WIDEST, _WIDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        mean = np.minimum(sigmoid(known + middle), MOST_HAZARD).mean()
        low, high = (middle, high) if mean < yearly / 12 else (low, middle)
    return np.minimum(sigmoid(index + high), MOST_HAZARD)


class SystematicDraws:
    """Draws in which each borrower is hit with its own chance, and their number keeps the sum.

    Systematic sampling: chances are laid end to end, draw after draw, and every whole number on
    that line hits whom it falls on. So in any run of draws the number of hits is the sum of the
    chances, to within one; laid in order of size, hits spread over small and large as chances do.

    Args:
        rng: Source of the first point, and of the order where none is given.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._reached = float(rng.random())

    def draw(self, chance: Floats, size: Ints | None = None) -> Bools:
        """Draw the defaults.

        Args:
            chance: Chance of each, from 0 to 1.
            size: Order of the systematic draw; None: random order.
        """
        order = (
            self._rng.permutation(len(chance)) if size is None else np.argsort(size, kind="stable")
        )
        line = self._reached + np.cumsum(chance[order])
        whole = np.floor(line)
        hit = np.zeros(len(chance), dtype=np.bool_)
        hit[order] = whole > np.r_[np.floor(self._reached), whole[:-1]]
        if len(line):
            self._reached = float(line[-1] % 1.0)
        return hit
