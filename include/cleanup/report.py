"""What was found and deleted, as a table for the log, as JSON and as a page."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING, Any

from include.cleanup.orphan import Orphan, in_order
from include.storage import write_bytes, write_json

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from include.cleanup.settings import CleanupOptions

FOUND, DELETED = "found", "deleted"


def outcome(orphans: list[Orphan], failed: dict[Orphan, str], delete: bool) -> list[dict[str, Any]]:
    """A row for each thing: kind, name, run, identifier, and what became of it."""
    done = DELETED if delete else FOUND
    return [{**orphan.as_dict(), "outcome": failed.get(orphan, done)} for orphan in in_order(orphans)]


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as aligned columns."""
    if not rows:
        return "Nothing was left behind."
    columns = ("kind", "name", "run", "outcome")
    widths = [max(len(str(row[column])) for row in rows) for column in columns]
    lines = ["  ".join(str(row[c]).ljust(width) for c, width in zip(columns, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def summary(rows: list[dict[str, Any]], page: str) -> dict[str, Any]:
    """Counts and names, small enough for XCom."""
    outcomes = Counter(row["outcome"] for row in rows)
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row["kind"], []).append(row["name"])
    deleted, listed = outcomes.pop(DELETED, 0), outcomes.pop(FOUND, 0)
    return {
        "found": len(rows),
        "deleted": deleted,
        "not_deleted": len(rows) - deleted - listed,
        "names": names,
        "page": page,
    }


def save(s3: S3Client, options: CleanupOptions, rows: list[dict[str, Any]], at: datetime) -> str:
    """Write the rows below `{prefix}/cleanup/` as JSON and as a page; returns the page's URI."""
    place = f"s3://{options.bucket}/{options.prefix}/cleanup/{at:%Y%m%d-%H%M%S}"
    told = {"at": at.isoformat(timespec="seconds"), "settings": options.model_dump(mode="json"), "rows": rows}
    write_json(s3, f"{place}.json", told)
    return write_bytes(s3, f"{place}.html", _page(told).encode(), "text/html; charset=utf-8")


def _page(told: dict[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = resources.files("include.cleanup").joinpath("cleanup.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(**told)
