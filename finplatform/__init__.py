"""A bank's data platform as one Dagster asset graph."""

from importlib.metadata import version

__version__ = version("finplatform")
