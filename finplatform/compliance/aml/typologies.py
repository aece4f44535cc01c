"""Typologies: what laundering looks like, the signal that each is built on, and its words.

Belongs here: names that alerts, contracts and reports share. Does not belong here: weights, which
are rules, and how a signal is found.
"""

KEY_SIGNALS = {
    "STRUCTURING": "CASH_NEAR_LIMIT",
    "RAPID_MOVEMENT": "RAPID_IN_OUT",
    "VELOCITY": "VELOCITY",
    "ROUND_AMOUNTS": "ROUND_AMOUNTS",
    "DORMANT_AWAKENED": "DORMANT_AWAKENED",
    "HIGH_RISK_GEOGRAPHY": "HIGH_RISK_GEOGRAPHY",
    "FAN_IN": "FAN_IN",
    "FAN_OUT": "FAN_OUT",
    "CYCLE": "CYCLE",
    "SCATTER_GATHER": "SCATTER_GATHER",
    "LAYERING_CHAIN": "LAYERING_CHAIN",
}
"""The signal that a typology is built on; without it there is no alert of that typology."""


TYPOLOGY_WORDS = {
    "STRUCTURING": "structuring of cash deposits below the currency reporting limit",
    "RAPID_MOVEMENT": "rapid movement of funds in and out of the account",
    "VELOCITY": "an unusual number of transfers within days",
    "ROUND_AMOUNTS": "transfers in round amounts without an apparent purpose",
    "DORMANT_AWAKENED": "large movements through a dormant account",
    "HIGH_RISK_GEOGRAPHY": "transfers with jurisdictions that the FATF lists",
    "FAN_IN": "collection of funds from many parties",
    "FAN_OUT": "distribution of funds to many parties",
    "CYCLE": "circular transfers that return to their origin",
    "SCATTER_GATHER": "distribution over several customers and collection by another",
    "LAYERING_CHAIN": "a chain of transfers from customer to customer",
}
"""What each typology is called in a report."""
