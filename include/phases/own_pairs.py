"""The pairs of `s3_pairs_path`, read for the corpus and for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.corpus.jsonl import check_bad_lines
from include.preflight.inputs import pair_files
from include.queries.own import VALID, VALID_WITH_QUOTE, VALID_WITH_TEXT, documents_of, read_own_pairs
from include.storage import read_raw_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from include.corpus.document import Document
    from include.corpus.jsonl import LineCounts
    from include.plan import Plan
    from include.queries.own import OwnPair


def read_own(s3: S3Client, plan: Plan, counts: LineCounts) -> Iterator[OwnPair]:
    """All pairs of the files at or below `s3_pairs_path`; bad lines are noted."""
    for uri in pair_files(s3, str(plan.settings.queries.s3_pairs_path)):
        yield from read_own_pairs(read_raw_lines(s3, uri), uri, counts, plan.settings.is_highlighter)


def read_own_documents(s3: S3Client, plan: Plan, counts: LineCounts) -> Iterator[Document]:
    """The documents of the pairs, an equal text each time that it comes; bad lines are noted."""
    return documents_of(read_own(s3, plan, counts), counts)


def check_own_lines(plan: Plan, counts: LineCounts) -> None:
    """Nothing, if few enough lines are bad.

    Raises:
        TerminalError: too many; the first are listed.
    """
    bring_corpus = plan.settings.corpus.input_type == "pairs"
    valid = VALID_WITH_QUOTE if plan.settings.is_highlighter else VALID_WITH_TEXT if bring_corpus else VALID
    check_bad_lines(counts, plan.settings.corpus.max_bad_line_share, "s3_pairs_path", valid)
