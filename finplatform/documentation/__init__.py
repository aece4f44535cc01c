"""Documents that come from the code: dictionary, diagrams, lineage, rules, indexes, build times.

Belongs here: pure functions from contracts, configuration and measurements to Markdown and SVG, and
the site that they make together with the prose in `docs/`. Does not belong here: anything that
knows Dagster (see `finplatform.cli.docs`, which reads the graph), and the prose itself.
"""
