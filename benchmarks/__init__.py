"""Measurements: separate commands (`make bench-…`), never tests. Figures go to docs/benchmarks.md."""
