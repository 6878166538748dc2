"""What a training job left for a search in OpenSearch: the models' vectors of documents and queries.

Dense: `documents.{system}.npy` and `{set}.{system}.npy`, a row each in the order of `document_ids.json` and
`{set}.query_ids.json`. Sparse: `documents.{system}.jsonl` and `{set}.{system}.jsonl` of `{"id", "weights"}`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.evaluation.compare import BASE, TUNED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

MODELS = (BASE, TUNED)
# Of a unit vector's number this is less than what float32 keeps, and half of what JSON would write of it.
DECIMALS = 7


@dataclass(frozen=True)
class Vectors:
    """A folder of vectors, read piece by piece.

    Attributes:
        folder: with the files.
        sparse: weights by token instead of rows of numbers.
    """

    folder: Path
    sparse: bool

    def dimensions(self) -> dict[str, int]:
        """Length of each model's vectors; none of sparse ones."""
        if self.sparse:
            return {}
        return {system: int(self._rows(f"documents.{system}").shape[1]) for system in MODELS}

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each document's id and its vector by model: a list of numbers, or weights by token.

        Raises:
            TerminalError: the files of the two models do not belong together.
        """
        if self.sparse:
            files = (self._weights(f"documents.{system}") for system in MODELS)
            for base, tuned in zip(*files, strict=True):
                if base[0] != tuned[0]:
                    raise TerminalError(f"The job's weights of base and tuned model differ in order at {base[0]!r}.")
                yield base[0], {BASE: base[1], TUNED: tuned[1]}
            return
        rows = {system: self._rows(f"documents.{system}") for system in MODELS}
        for place, document_id in enumerate(self._ids("document_ids")):
            yield document_id, {system: _numbers(matrix[place]) for system, matrix in rows.items()}

    def queries(self, query_set: str, system: str) -> Iterator[tuple[str, Any]]:
        """Each query's id and its vector by one model."""
        if self.sparse:
            yield from self._weights(f"{query_set}.{system}")
            return
        for query_id, row in zip(self._ids(f"{query_set}.query_ids"), self._rows(f"{query_set}.{system}"), strict=True):
            yield query_id, _numbers(row)

    def _rows(self, name: str) -> np.ndarray:
        """Shape (texts, dimension), on the disk: only what is looked at is read."""
        import numpy as np

        try:
            rows: np.ndarray = np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise TerminalError(f"{name}.npy of the training job cannot be read: {error} Look at its log.") from error
        return rows

    def _ids(self, name: str) -> list[str]:
        ids: list[str] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return ids

    def _weights(self, name: str) -> Iterator[tuple[str, dict[str, float]]]:
        with (self.folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                fields = json.loads(line)
                yield fields["id"], {token: weight for token, weight in fields["weights"].items() if weight > 0}


def files_of(query_sets: list[str], sparse: bool) -> list[str]:
    """Names of the files that `Vectors` reads."""
    if sparse:
        return [f"{name}.{system}.jsonl" for name in ("documents", *query_sets) for system in MODELS]
    ids = ["document_ids.json", *(f"{name}.query_ids.json" for name in query_sets)]
    return [*ids, *(f"{name}.{system}.npy" for name in ("documents", *query_sets) for system in MODELS)]


def _numbers(row: np.ndarray) -> list[float]:
    numbers: list[float] = row.astype(float).round(DECIMALS).tolist()
    return numbers
