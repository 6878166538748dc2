"""Whose things stay: runs that are young, that Airflow still works on, or whose model is deployed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.layout import Layout
from include.promotion.record import live, promotions_uri
from include.promotion.store import read_promotions
from include.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client

RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
NAME = re.compile(rf"([a-z0-9](?:-?[a-z0-9])*)-({RUN.pattern})(?:-.*)?")
STARTED = "%Y%m%d-%H%M%S"


@dataclass
class Runs:
    """The runs below one prefix of a bucket.

    Args:
        s3: client.
        bucket: of the runs.
        prefix: of the runs.
        began_before: what belongs to a run that began later stays.
        keep: how many deployments before the current one stay; None: all.
        is_active: whether Airflow still works on a DAG run, by the ids of DAG and run.
    """

    s3: S3Client
    bucket: str
    prefix: str
    began_before: datetime
    keep: int | None
    is_active: Callable[[str, str], bool]
    _stays: dict[Layout, bool] = field(default_factory=dict)
    _deployed: dict[str, set[str]] = field(default_factory=dict)

    def of_name(self, name: str) -> Layout | None:
        """The run that something with this name is of, if it is named as a run names things."""
        found = NAME.fullmatch(name)
        return self._layout(found[1], found[2]) if found else None

    def of_key(self, key: str) -> Layout | None:
        """The run in whose folder an object lies."""
        model_name, _, rest = key.removeprefix(f"{self.prefix}/").partition("/")
        found = RUN.fullmatch(rest.partition("/")[0])
        return self._layout(model_name, found[0]) if found and key.startswith(f"{self.prefix}/") else None

    def model_names(self) -> list[str]:
        """Models that have a folder."""
        return list(self._folders(f"{self.prefix}/"))

    def all(self) -> Iterator[Layout]:
        """Every run that has a folder."""
        for model_name in self.model_names():
            for folder in self._folders(f"{self.prefix}/{model_name}/"):
                if RUN.fullmatch(folder):
                    yield self._layout(model_name, folder)

    def stays(self, run: Layout) -> bool:
        """Whether what belongs to the run is needed, or may be."""
        if run not in self._stays:
            self._stays[run] = self._is_young(run) or self._is_deployed(run) or self._is_at_work(run)
        return self._stays[run]

    def _layout(self, model_name: str, run: str) -> Layout:
        return Layout(self.bucket, self.prefix, model_name, run)

    def _is_young(self, run: Layout) -> bool:
        return datetime.strptime(run.run[:15], STARTED).replace(tzinfo=UTC) > self.began_before

    def _is_deployed(self, run: Layout) -> bool:
        if run.model_name not in self._deployed:
            entries = live(read_promotions(self.s3, promotions_uri(self.bucket, self.prefix, run.model_name)))
            kept = entries if self.keep is None else entries[-1 - self.keep :]
            self._deployed[run.model_name] = {entry["run"] for entry in kept}
        return run.run in self._deployed[run.model_name]

    def _is_at_work(self, run: Layout) -> bool:
        """A run without `run.json` has not come to anything that costs; one that Airflow does not know has ended."""
        try:
            told: dict[str, Any] = read_json(self.s3, run.uri(at.RUN))
        except self.s3.exceptions.NoSuchKey:
            return False
        return self.is_active(told["dag_id"], told["dag_run_id"])

    def _folders(self, prefix: str) -> Iterator[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        for page in pages:
            yield from (entry["Prefix"].removeprefix(prefix).rstrip("/") for entry in page.get("CommonPrefixes", []))


def began_before(hours: float) -> datetime:
    """So long ago."""
    return datetime.now(UTC) - timedelta(hours=hours)
