"""Model assets: training and scoring, thin around `finplatform.ml`.

Belongs here: which tables a model learns from and where its scores go. Does not belong here: any
statistics.
"""
