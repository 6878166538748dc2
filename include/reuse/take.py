"""Takes an earlier run's work over, or says why not; enters this run's own when it has ended well."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.reuse.content import etag_of
from include.reuse.copy import copy_outputs
from include.reuse.key import Work, differences
from include.reuse.registry import Entry, Output, changed_output, get_entry, newest_entry, put_entry
from include.storage import list_uris, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from include.plan import Plan

log = logging.getLogger(__name__)

NOTES = "reuse"


@dataclass(frozen=True)
class Note:
    """What a run decided about a piece of work, kept in its folder.

    Attributes:
        work: as in `Work`.
        reused_from: run whose work was taken over; empty if the work is this run's own.
        result: of the work that was taken over.
        saved: what that run was billed by, and this one is not.
    """

    work: Work
    reused_from: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    saved: dict[str, float] = field(default_factory=dict)


def take(s3: S3Client, plan: Plan, work: Work, folder: str, instead: tuple[Work, ...] = ()) -> Entry | None:
    """Copy the outputs of the same work of an earlier run into the folder; None if it has to be done. Why is logged.

    Args:
        s3: client.
        plan: of the run.
        work: that is to be done.
        folder: URI, with a slash at its end, of where its outputs belong.
        instead: other work whose result does as well.
    """
    found = next((entry for one in (work, *instead) if (entry := _usable(s3, plan, one))), None)
    if found is None:
        _log_difference(s3, plan, work)
        _write(s3, plan, Note(work))
        return None
    taken = replace(found, outputs=copy_outputs(s3, found.outputs, folder))
    # The newest copy lives longest in a bucket whose objects expire. It stays a work of the code that did it.
    done = replace(work, code=found.code)
    put_entry(s3, plan, done, replace(taken, made_of=done.made_of))
    # A task of this very run that was cleared finds what it did before.
    own = found.run == plan.run
    _write(s3, plan, Note(work, "" if own else found.run, found.result, {} if own else found.usage))
    paid = ", ".join(f"{value:,.0f} {name}" for name, value in found.usage.items())
    log.info("%s: reused from run %s%s; it is not done, nor paid, again.", work.name, found.run, paid and f" ({paid})")
    return taken


def enter(
    s3: S3Client,
    plan: Plan,
    note: Note,
    outputs: Mapping[str, str],
    result: Mapping[str, Any],
    usage: Mapping[str, float],
) -> None:
    """Enter the run's own work, now that it has ended well; work that was taken over is entered already.

    Args:
        s3: client.
        plan: of the run.
        note: of the work, see `note_of`.
        outputs: URIs by their paths below the folder they belong into.
        result: small values that a later run needs.
        usage: what AWS billed by.
    """
    if note.reused_from:
        return
    kept = {path: Output(uri, etag_of(s3, uri) or "") for path, uri in outputs.items()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    work = note.work
    put_entry(
        s3, plan, work, Entry(work.stage, plan.run, now, work.made_of, work.code, kept, dict(result), dict(usage))
    )


def note_of(s3: S3Client, plan: Plan, name: str) -> Note | None:
    """What the run decided about the work of this name; None if nothing was to be decided."""
    uri = _note_uri(plan, name)
    return _note(read_json(s3, uri)) if list_uris(s3, uri) else None


def notes_of(s3: S3Client, plan: Plan, stage: str) -> list[Note]:
    """What the run decided about each part of a stage."""
    uris = list_uris(s3, plan.layout.uri(NOTES), (".json",))
    return [note for uri in uris if (note := _note(read_json(s3, uri))).work.stage == stage]


def _usable(s3: S3Client, plan: Plan, work: Work) -> Entry | None:
    if plan.settings.run.reuse == "never":
        return None
    entry = get_entry(s3, plan, work)
    changed = changed_output(s3, plan, entry) if entry else None
    if entry and changed:
        log.info("%s: run %s did the same, but %s is gone or was changed.", work.name, entry.run, changed)
    return None if changed else entry


def _log_difference(s3: S3Client, plan: Plan, work: Work) -> None:
    if plan.settings.run.reuse == "never":
        log.info("%s: done anew, because reuse is 'never'.", work.name)
        return
    last = newest_entry(s3, plan, work.stage)
    if last is None:
        log.info("%s: done anew, because no earlier run of %s has done it.", work.name, plan.layout.model_name)
        return
    changed = differences(last.made_of, work.made_of) + ["the code changed"] * (last.code != work.code)
    log.info("%s: done anew. Since run %s: %s.", work.name, last.run, "; ".join(changed) or "nothing changed")


def _write(s3: S3Client, plan: Plan, note: Note) -> None:
    write_json(s3, _note_uri(plan, note.work.name), asdict(note))


def _note(found: dict[str, Any]) -> Note:
    return Note(**{**found, "work": Work(**found["work"])})


def _note_uri(plan: Plan, name: str) -> str:
    return plan.layout.uri(f"{NOTES}/{name}.json")
