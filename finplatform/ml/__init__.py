"""Statistical models of the bank's customers: pure functions over frames.

Belongs here: learning, scoring, judging and storing models. Does not belong here: Dagster, SQL,
the environment. scikit-learn is imported inside the functions that use it, because importing it
costs a second that most commands do not need.
"""
