"""How many exchanges matched, file by file; shown at the end of the test run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.gateway.replay import Result


@dataclass(frozen=True)
class Score:
    """The results of one file; `recorded` counts those not asked too, `before` are the files that were asked first."""

    file: str
    recorded: int
    results: list[Result]
    not_asked: list[str]
    before: tuple[str, ...] = ()
    attempt: int = 1

    @property
    def matched(self) -> int:
        """How many exchanges matched."""
        return sum(result.problem is None for result in self.results)

    def lines(self) -> Iterator[str]:
        """The file's line, and one for everything that needs a word."""
        after = f", after {', '.join(self.before)}" if self.before else ""
        attempt = f", attempt {self.attempt}" if self.attempt > 1 else ""
        yield f"{self.file}: {self.matched} of {self.recorded} match{after}{attempt}"
        for result in self.results:
            if result.problem:
                yield f"  DIFFERS {result.exchange.title}: {result.problem}"
            elif result.note:
                yield f"  {result.exchange.title}: {result.note}"
        yield from (f"  not asked {line}" for line in self.not_asked)


SCORES = pytest.StashKey[list[Score]]()


def summary(scores: list[Score]) -> Iterator[str]:
    """All files and the total."""
    for score in sorted(scores, key=lambda score: score.file):
        yield from score.lines()
    yield f"{sum(score.matched for score in scores)} of {sum(score.recorded for score in scores)} exchanges match"
