"""Runs that start by themselves: what `retraining.yaml` says, and whether a corpus has changed enough for one."""
