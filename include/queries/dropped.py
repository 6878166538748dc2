"""Why a query is not used."""

from __future__ import annotations


class DroppedError(Exception):
    """An answer, or a query of it, that is not used; the message is the reason that is counted."""
