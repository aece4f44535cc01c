"""Analytics over frames that SQL cannot do: pure functions over arrays and frames.

Belongs here: association, segments, plans of contacts, comparisons, and whether a difference is
real. Does not belong here: Dagster, SQL, models that are trained and kept (see `finplatform.ml`).
scikit-learn and scipy are imported inside the functions that use them, because importing them costs
a second that most commands do not need.
"""
