"""Names of streams, groups and keys on the stream's server.

Belongs here: names alone, which producers, consumers and monitoring share.
"""

CHANNEL = "financial_transactions"
"""Stream of transaction events."""

DEAD_LETTERS = f"{CHANNEL}.dead"
"""Stream of what became of messages that no consumer can handle."""

ALERTS = "fraud_alerts"
"""Stream of alerts."""

ATTEMPTS = f"{CHANNEL}.attempts"
"""Hash: how often a message was handled alone, by message."""

WAREHOUSE = "warehouse"
"""Consumer group that stores events in the warehouse."""

EVENT, LETTER, ALERT = "event", "letter", "alert"
"""The one field of a message in each stream: a JSON document."""
