"""Fraud rules: one definition of the payments that raise an alert, for batch and stream.

Belongs here: the rules, the features that their conditions are written in, the judge of payments,
and how good the rules were. Does not belong here: the model of fraud (`finplatform.ml.fraud`).
"""
