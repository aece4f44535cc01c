"""A bank's data platform as one Dagster asset graph.

Belongs here: the version. Everything else has a package or module of its own; docs/architecture.md
is the map.
"""

from importlib.metadata import version

__version__ = version("finplatform")
