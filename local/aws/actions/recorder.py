"""Keeps what each role has used; `GET /_local/actions` shows it, `DELETE` forgets it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from local.aws.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.aws.actions.need import Need
    from local.aws.signature import Scope

MOST = 100_000
"""Uses that are kept; each is kept once."""
ANONYMOUS = "anonymous"


class Recorder:
    """The uses of one stand-in, in memory: a restart forgets them."""

    def __init__(self) -> None:
        self._uses: set[tuple[str, Need]] = set()
        self._complete = True
        self._lock = threading.Lock()

    def note(self, scope: Scope | None, needs: Iterable[Need]) -> None:
        """Remembers what the signer of a request needed."""
        role = role_of(scope.access_key) if scope else ANONYMOUS
        new = {(role, need) for need in needs} - self._uses
        if not new:
            return
        with self._lock:
            self._complete = self._complete and len(self._uses) + len(new) <= MOST
            if self._complete:
                self._uses |= new

    def forget(self) -> None:
        """Starts anew."""
        with self._lock:
            self._uses, self._complete = set(), True

    def show(self) -> dict[str, Any]:
        """All uses, sorted, and whether they are all: `{"complete", "uses": [{"role", "action", "resource", …}]}`."""
        with self._lock:
            uses = sorted(self._uses)
        rows = [
            {"role": role, "action": need.action, "resource": need.resource, "context": dict(need.context)}
            for role, need in uses
        ]
        return {"complete": self._complete, "uses": rows}
