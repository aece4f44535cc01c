"""Generated documents: dictionary, diagrams, lineage, rules, indexes, build times.

Belongs here: pure functions from contracts, configuration and measurements to Markdown and SVG, and
the site of these and the pages in `docs/`. Does not belong here: code that imports Dagster (see
`finplatform.cli.docs`).
"""
