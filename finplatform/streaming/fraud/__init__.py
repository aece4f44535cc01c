"""Fraud rules: one definition of the payments that raise an alert, for batch and stream.

Belongs here: the rules, the features of their conditions, the evaluator of payments, and the
backtest of rules. Does not belong here: the model of fraud (`finplatform.ml.fraud`).
"""
