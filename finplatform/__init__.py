"""A bank's data platform as one Dagster asset graph."""
