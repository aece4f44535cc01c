"""Stress tests: a book and own funds under a shock, and the shock that breaks a limit.

Belongs here: what a shock does to figures of the other modules. Which shocks are believable is a
matter of economics, and given.
"""
