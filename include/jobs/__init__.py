"""Paid jobs: what became of the tries before, and whether another one is started."""
