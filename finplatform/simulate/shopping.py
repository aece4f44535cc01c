"""Merchants of customers: near home for most categories, anywhere online.

Belongs here: the choice of a merchant. Does not: how much is paid.
"""

import numpy as np

from finplatform.simulate.catalogue import CATEGORIES
from finplatform.simulate.places import COUNTRIES, COUNTRY_CURRENCY, CURRENCIES, PLACES
from finplatform.simulate.rng import Ints
from finplatform.simulate.world import World

_ONLINE = np.array([row.online for row in CATEGORIES])
_NEAR, _COUNTRY, _ANYWHERE, _WEB = 1.0, 0.012, 0.0006, 0.3


class ShoppingMap:
    """Merchants by place and category, as one flat searchable table."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.country_of = np.array([COUNTRIES.index(p.country) for p in PLACES])
        self.currency = np.array([CURRENCIES.index(COUNTRY_CURRENCY[c]) for c in COUNTRIES])
        shops = world.merchants
        self.shop_country = np.where(
            shops.place >= 0, self.country_of[np.maximum(shops.place, 0)], 0
        )

    def open(self, day: int) -> None:
        """Rebuild the table for the merchants that take payments on a day."""
        shops = self._world.merchants
        order = np.argsort(shops.category, kind="stable")
        place, category = shops.place[order], shops.category[order]
        base = shops.popularity[order] * np.where(shops.onboarded[order] <= day, 1.0, 1e-9)
        web = _ONLINE[category] >= 0.8
        flat = []
        for home in range(len(PLACES)):
            near = np.where(place == home, _NEAR, _ANYWHERE)
            near = np.where(
                (place != home) & (self.shop_country[order] == self.country_of[home]),
                _COUNTRY,
                near,
            )
            flat.append(base * np.where(web, np.maximum(near, _WEB), near))
        weights = np.stack(flat)
        starts = np.searchsorted(category, np.arange(len(CATEGORIES)))
        totals = np.add.reduceat(weights, starts, axis=1)
        running = np.cumsum(weights, axis=1)
        before = np.zeros((len(PLACES), len(CATEGORIES)))
        before[:, 1:] = running[:, starts[1:] - 1]
        within = (running - before[:, category]) / totals[:, category]
        group = np.arange(len(PLACES))[:, None] * len(CATEGORIES) + category
        self._edges = (group + np.minimum(within, 1.0)).ravel()
        self._order = order
        self._ends = np.r_[starts[1:], len(category)] - 1

    def choose(self, rng: np.random.Generator, place: Ints, category: Ints) -> Ints:
        """A merchant for each payment."""
        group = place * len(CATEGORIES) + category
        found = np.searchsorted(self._edges, group + rng.random(len(place)), side="right")
        width = len(self._order)
        last = place * width + self._ends[category]
        return np.asarray(self._order[np.minimum(found, last) - place * width])
