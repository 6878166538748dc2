"""Lists as AWS gives them: filtered by name and time, sorted, in pages with a token."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, NamedTuple

from local.aws.errors import ValidationException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.aws.table import Record


class Page(NamedTuple):
    """Some records, and the token for those that follow (None: these were the last)."""

    records: list[Record]
    token: str | None


def page(records: Iterable[Record], *, sort_by: str, name: str, parameters: dict[str, Any], default: int = 10) -> Page:
    """One page of records.

    Args:
        records: all that pass the filters.
        sort_by: the member to sort by.
        name: the member that is unique: it breaks ties, so that pages neither repeat nor lose a record.
        parameters: of a List operation of SageMaker or Bedrock: its sort order, page size and token are read.
        default: the page size if the request has none.
    """
    lowered = {key.lower(): value for key, value in parameters.items()}
    descending = lowered.get("sortorder", "Descending") == "Descending"
    ordered = sorted(records, key=lambda record: (record[sort_by], record[name]), reverse=descending)
    start = _offset(lowered.get("nexttoken"))
    size = lowered.get("maxresults", default)
    more = start + size < len(ordered)
    return Page(ordered[start : start + size], _token(start + size) if more else None)


def matches(record: Record, parameters: dict[str, Any], *, name: str, created: str, modified: str, status: str) -> bool:
    """Whether a record passes the filters that SageMaker's List operations share; the arguments name its members."""
    checks: dict[str, Callable[[Any], bool]] = {
        "NameContains": lambda text: text in record[name],
        "CreationTimeAfter": lambda time: record[created] > time,
        "CreationTimeBefore": lambda time: record[created] < time,
        "LastModifiedTimeAfter": lambda time: record[modified] > time,
        "LastModifiedTimeBefore": lambda time: record[modified] < time,
        "StatusEquals": lambda value: record[status] == value,
    }
    return all(check(parameters[filter_]) for filter_, check in checks.items() if filter_ in parameters)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).removeprefix(b"offset:"))
    except (ValueError, binascii.Error):
        raise ValidationException("The pagination token is invalid: send the NextToken of the page before.") from None
