"""Analytics over frames: what happened, why, and whether it is real.

Belongs here: pure functions from frames to frames. Does not belong here: Dagster, SQL, models that
are learned and kept (see `finplatform.ml`).
"""
