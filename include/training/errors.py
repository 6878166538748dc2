"""What stops a training job for a reason that its user can mend."""

from __future__ import annotations


class TrainingError(Exception):
    """The job cannot be done as asked; the message says what was received, what is valid and what to do."""
