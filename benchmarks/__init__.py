"""Benchmarks: the budgets of the platform, as ratios measured in one run."""
