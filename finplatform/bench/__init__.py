"""Benchmarks of the platform.

Belongs here: the floor, the same work by hand. The command is `finplatform.cli.bench`; the figures
are in `benchmarks/`.
"""
