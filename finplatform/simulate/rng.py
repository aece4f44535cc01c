"""Random streams: one per concern and index, so that no concern disturbs another.

Belongs here: seeding and the few draws that several modules share. Does not: any distribution that
belongs to banking.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def stream(seed: int, concern: str, *index: int) -> np.random.Generator:
    """A generator that depends on the seed, the concern's name and the index alone."""
    key = (zlib.crc32(concern.encode()), *index)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def pick(rng: np.random.Generator, weights: Floats | list[float], size: int) -> Ints:
    """Draw `size` indices with the given weights (need not sum to one)."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges, rng.random(size) * edges[-1], side="right").astype(np.int64)


def pick_by_row(rng: np.random.Generator, weights: Floats) -> Ints:
    """Draw one index per row of a (rows, choices) array of weights."""
    edges = np.cumsum(weights, axis=1)
    level = rng.random((len(weights), 1)) * edges[:, -1:]
    return np.minimum((edges <= level).sum(axis=1), weights.shape[1] - 1).astype(np.int64)


def sigmoid(value: Floats) -> Floats:
    """The logistic function."""
    return np.asarray(1.0 / (1.0 + np.exp(-value)), dtype=np.float64)
