"""Doubles of the query writer, named with --writer: they are what a test needs a model to be."""

from __future__ import annotations

import json
import threading


def two_queries(prompt: str) -> str:
    """Answers anything, in the project's format."""
    return json.dumps({"queries": [f"first of {prompt[-5:]}", "second"]})


def slow(prompt: str) -> str:
    """Takes 20 ms, so that a job can be seen while it runs."""
    threading.Event().wait(0.02)
    return two_queries(prompt)


def very_slow(prompt: str) -> str:
    """Takes a second, so that a job runs as long as any test."""
    threading.Event().wait(1)
    return two_queries(prompt)
