"""Runs the points, those together that can share a run, and alone those that did not end well together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.faults.container import MODEL, OUTPUT, keep
from tests.faults.content import Content, clear_away, content_of
from tests.faults.points import Point, groups_of
from tests.faults.replay import LAST, Replay
from tests.faults.verdict import Row, judge
from tests.faults.world import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.board import Seen
    from tests.faults.runs import Pipeline, Run
    from tests.faults.world import World


class Harness:
    """A world, its pipeline, and what an undisturbed run makes of it."""

    def __init__(self, world: World, pipeline: Pipeline, whole: bool) -> None:
        self.world, self.pipeline, self.whole = world, pipeline, whole
        self.reference, self.seen = self._undisturbed()

    def settle(self, points: list[Point]) -> Iterator[Row]:
        """The rows of points that may share runs, as they come."""
        for stage in range(LAST + 1):
            for group in groups_of(point for point in points if point.stage == stage):
                yield from self._together(group)

    def alone(self, point: Point) -> Row:
        """The row of a point with a run of its own."""
        return next(iter(self._run([point]).values()))

    def _together(self, group: list[Point]) -> Iterator[Row]:
        rows = self._run(group)
        good = [name for name, row in rows.items() if row.is_good]
        if len(group) == 1 or len(good) == len(group):
            yield from rows.values()
            return
        suspects = [point for point in group if point.task in self._failed]
        if suspects and len(suspects) < len(group):
            parts = [[point] for point in suspects] + [[point for point in group if point not in suspects]]
        else:
            parts = [group[: len(group) // 2], group[len(group) // 2 :]]
        for part in parts:
            yield from self._together(part)

    def _run(self, group: list[Point]) -> dict[str, Row]:
        made = {point.name: point.make() for point in group}
        faults = [fault for found in made.values() for fault in found]
        conf = {name: value for point in group for name, value in point.conf.items()}
        stage = LAST if self.whole else group[0].stage
        if self.pipeline.replay:
            self.pipeline.replay.stage = stage
        with ExitStack() as changes:
            for point in group:
                if point.around:
                    changes.enter_context(point.around(made[point.name]))
            run = self.pipeline.run(faults, conf)
        self._failed = {note.task_id for note in run.notes}
        rows = {}
        for point in group:
            faults = made[point.name]
            rows[point.name] = judge(self.world, self.reference, point, faults, run, stage, len(group))
        clear_away(self.world, run)
        return rows

    def _undisturbed(self) -> tuple[Content, list[Seen]]:
        recorded = self.world.recorded
        if not (recorded / OUTPUT).exists():
            run = _succeeded(self.pipeline.run([]))
            model, output = (_archive(self.world, run, name) for name in (MODEL, OUTPUT))
            keep(model, output, recorded)
            clear_away(self.world, run)
        run = _succeeded(self.pipeline.run([]))
        reference = content_of(self.world, run)
        self.pipeline.replay = None if self.whole else Replay(self.world, run, self.pipeline.run_id)
        clear_away(self.world, run)
        return reference, run.seen


def _succeeded(run: Run) -> Run:
    if run.state != "success":
        raise RuntimeError(f"The undisturbed run failed: {run.notes} {run.explanation}")
    return run


def _archive(world: World, run: Run, name: str) -> bytes:
    s3 = world.client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{run.folder}model-artifacts/{run.name}")["Contents"]
    key = next(entry["Key"] for entry in found if entry["Key"].endswith(f"/output/{name}"))
    return bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
