"""The run that a corpus is compared with: the newest one of the model that came to its end with the same settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.cleanup.runs import RUN
from include.corpus.seen import read_seen
from include.layout import Layout
from include.reuse.key import differences
from include.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from include.corpus.seen import Seen
    from include.settings import FinetuneSettings

log = logging.getLogger(__name__)

MAX_RUNS = 50
"""So many runs are looked at, the newest first."""
PHASES = ("corpus", "model", "queries", "training", "evaluation", "endpoint", "registration")
WHATEVER = ("export_slices", "approval", "approval_timeout_hours")
"""Of those phases' settings, what makes no other model."""


@dataclass(frozen=True)
class LastRun:
    """A finished run, and what it saw of its corpus."""

    layout: Layout
    seen: Seen


def last_run(s3: S3Client, settings: FinetuneSettings) -> LastRun | None:
    """The newest finished run of this model with these settings; None if there is none. Why is logged.

    A run that the gate did not let pass has finished too: on the same documents it would end the same way again.
    """
    missing = s3.exceptions.NoSuchKey
    wanted = _made_of(settings.model_dump(mode="json"))
    for layout in _newest(s3, settings):
        try:
            report = read_json(s3, layout.uri(at.REPORT_JSON))
            changed = differences(_made_of(report["settings"]), wanted)
            if not changed:
                return LastRun(layout, read_seen(s3, layout.uri(at.SEEN)))
        except missing:
            log.info("Run %s has not finished, or is of a version that did not keep what it saw.", layout.run)
        else:
            log.info("Run %s had other settings: %s.", layout.run, "; ".join(changed))
    return None


def _newest(s3: S3Client, settings: FinetuneSettings) -> Iterator[Layout]:
    place, model_name = settings.run, settings.model.model_name
    folder = f"{place.prefix}/{model_name}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=str(place.bucket), Prefix=folder, Delimiter="/")
    found = (entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", []))
    runs = (prefix.removeprefix(folder).rstrip("/") for prefix in found)
    names = sorted((run for run in runs if RUN.fullmatch(run)), reverse=True)
    return (Layout(str(place.bucket), place.prefix, model_name, run) for run in names[:MAX_RUNS])


def _made_of(settings: dict[str, Any]) -> dict[str, Any]:
    """What decides the model that a run makes."""
    return {phase: {name: value for name, value in settings[phase].items() if name not in WHATEVER} for phase in PHASES}
