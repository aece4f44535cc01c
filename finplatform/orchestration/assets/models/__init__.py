"""Model assets: training and scoring, thin around `finplatform.ml`.

Belongs here: training tables and score tables. Does not belong here: statistics.
"""
