"""Vectors on disk, in numpy's own format: written and read in blocks, so that memory does not grow with the corpus."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Rows read at a time: 12 MB of 768 components.
READ_ROWS = 4_096


@dataclasses.dataclass(frozen=True)
class VectorFile:
    """A `.npy` file of float32 rows of unit length, shape (rows, dimension)."""

    path: Path
    rows: int
    dimension: int

    def blocks(self, size: int = READ_ROWS) -> Iterator[np.ndarray]:
        """All rows, in order, `size` at a time."""
        for start in range(0, self.rows, size):
            yield self.take(slice(start, start + size))

    def take(self, rows: slice | np.ndarray) -> np.ndarray:
        """The rows asked for, as a copy in memory."""
        # Mapped anew each time: what a map has read counts as this process's memory for as long as the map lives.
        return np.array(np.load(self.path, mmap_mode="r")[rows])


def write_vectors(path: Path, rows: int, dimension: int, blocks: Iterable[np.ndarray]) -> VectorFile:
    """Writes blocks of rows as one `.npy` file.

    Args:
        path: of the file; its folder is made.
        rows: of all blocks together, known before, since the file begins with it.
        dimension: of a row.
        blocks: float32, shape (any number, dimension); each is written before the next is asked for.

    Raises:
        ValueError: the blocks have another number of rows than was said.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype("<f4")),
        "fortran_order": False,
        "shape": (rows, dimension),
    }
    written = 0
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype="<f4").tobytes())
            written += len(block)
    if written != rows:
        raise ValueError(f"{written} rows for {path.name}, which was to have {rows}.")
    return VectorFile(path, rows, dimension)
