"""What others published of the same comparison, to be read beside one's own figures."""

from __future__ import annotations

from typing import NamedTuple

SOURCE = (
    'OpenSearch project website, blog post "Batch processing for semantic highlighting", 2025-10-13 '
    "(_posts/2025-10-13-batch-processing-semantic-highlighting.md)"
)
SETUP = (
    "OpenSearch 3.3.0, MultiSpanQA, three r6g.2xlarge data nodes, one ml.g5.xlarge endpoint, 10 warm-up and 50 "
    "measured iterations; P50 above a plain search of 20 to 25 ms. Long documents have 303 tokens on average, short "
    "ones 79."
)


class Published(NamedTuple):
    """One row: milliseconds above the plain search, and searches a second."""

    hits: int
    clients: int
    length: str
    single_ms: int
    batch_ms: int
    single_ops: float
    batch_ops: float

    @property
    def ratio(self) -> float:
        """How many times as long single takes."""
        return self.single_ms / self.batch_ms


ROWS = (
    Published(10, 1, "long", 209, 123, 4.23, 6.29),
    Published(10, 8, "long", 699, 309, 10.0, 21.3),
    Published(10, 1, "short", 175, 55, 4.83, 11.6),
    Published(10, 8, "short", 610, 101, 12.0, 48.3),
    Published(50, 1, "long", 867, 633, 1.11, 1.49),
    Published(50, 8, "long", 3_638, 1_474, 2.12, 4.28),
    Published(50, 1, "short", 760, 82, 1.27, 4.30),
    Published(50, 8, "short", 3_162, 219, 2.43, 14.3),
)
