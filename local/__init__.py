"""The stand-ins that let the production DAG run on one machine; `python -m local` starts and stops them."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


class LocalError(Exception):
    """The local stack cannot go on: the message says what was found, what is needed and what to do."""
