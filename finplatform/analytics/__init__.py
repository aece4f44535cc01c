"""Analytics of customers and activity that SQL cannot do: pure functions over arrays and frames.

Belongs here: association, segments, recency-frequency-value scores, plans of contacts. Does not
belong here: Dagster, SQL, models that are trained and stored (see `finplatform.ml`). scikit-learn
and scipy are imported inside the functions that use them, because importing them costs a second
that most commands do not need.
"""
