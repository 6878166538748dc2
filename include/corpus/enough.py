"""Is the corpus large enough to train on, and to test with?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from include.errors import TerminalError
from include.queries.records import MIN_RECORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_DOCUMENTS = 2
# So many documents must be left to train on, where those that judged queries are answered by are more than half.
MIN_TRAINING_DOCUMENTS = 100


class Sides(NamedTuple):
    """Documents on the sides of the split.

    Attributes:
        sampled: all.
        held_out: of them not trained on.
        near_copies: of them near-copies of others, for which no queries are written.
        to_train: neither held out nor near-copies.
        judged: whether documents are held out because judged queries are answered by them.
    """

    sampled: int
    held_out: int
    near_copies: int
    to_train: int
    judged: bool


def check_size(counts: Mapping[str, Any], own_pairs: bool) -> None:
    """Nothing, if there are enough different texts.

    Raises:
        TerminalError: fewer than Bedrock takes; with own pairs, fewer than two.
    """
    if counts["sampled"] >= (MIN_DOCUMENTS if own_pairs else MIN_RECORDS):
        return
    least = (
        "one to train on and one to test with are the least"
        if own_pairs
        else f"too small to train on. Bedrock batch inference takes at least {MIN_RECORDS}"
    )
    raise TerminalError(
        f"The corpus has {counts['sampled']} different texts ({counts['read']} documents read, {counts['empty']} "
        f"empty, {counts['duplicate']} duplicates): {least}. Give a larger corpus."
    )


def check_sides(sides: Sides) -> None:
    """Nothing, if enough documents are left to train on.

    Raises:
        TerminalError: judged documents leave too few, or most are near-copies of each other.
    """
    if sides.held_out <= sides.sampled / 2:
        return
    if not sides.judged:
        raise TerminalError(
            f"{sides.held_out} of {sides.sampled} documents would have to be held out of training, because they are "
            "near-copies of each other. Give a corpus whose texts differ, or another text_field."
        )
    if sides.to_train < MIN_TRAINING_DOCUMENTS:
        raise TerminalError(
            f"{sides.held_out} of {sides.sampled} documents are held out of training, because judged queries are "
            f"answered by them or their near-copies: {sides.to_train} are left to train on, and "
            f"{MIN_TRAINING_DOCUMENTS} are needed. Give a larger corpus or fewer judged queries, or set "
            "hold_out_judged to false: then they are trained on, and the comparison is about documents that tuning has "
            "seen."
        )


def check_asked(sides: Sides, queries_per_document: int, batch_size: int) -> None:
    """Nothing, if enough queries will be asked of Bedrock.

    Raises:
        TerminalError: fewer records than it takes, or less than a batch to train on.
    """
    different = sides.sampled - sides.near_copies
    if different < MIN_RECORDS:
        raise TerminalError(
            f"The corpus has {different} texts that are not near-copies of others, of {sides.sampled}: too small to "
            f"train on. Bedrock batch inference takes at least {MIN_RECORDS}. Give a larger corpus."
        )
    asked = sides.to_train * queries_per_document
    if asked < batch_size:
        raise TerminalError(
            f"{sides.to_train} documents to train on give at most {asked} pairs, and batch_size is {batch_size}: too "
            "small to train on. Lower batch_size, or give a larger corpus."
        )
