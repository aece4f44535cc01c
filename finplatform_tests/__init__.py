"""Tests of finplatform: `unit` mirrors the package, `integration` uses a real PostgreSQL."""
