"""What is done to the pairs before training: inconsistent ones dropped, hard negatives put beside the others."""

from __future__ import annotations

import dataclasses
import functools
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from .candidates import NOTHING, Found, read_candidates
from .encode import encode
from .errors import TrainingError
from .negatives import Miner, in_turn
from .neighbours import nearest, ranks
from .prompts import QUERY
from .trained_documents import find_trained, trained_vectors
from .vectors import VectorFile, write_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sentence_transformers import SentenceTransformer

    from .channels import Channels
    from .pairs import Pair
    from .parameters import Parameters
    from .phases import Phases

logger = logging.getLogger(__name__)

# Near documents of the base model that are looked at, as many as BM25's.
DEPTH = 50
QUERIES = 1_024


@dataclasses.dataclass(frozen=True)
class Prepared:
    """The pairs that are trained on, the negatives of each (none at all if none are wanted), and what was counted."""

    pairs: list[Pair]
    negatives: list[list[str]] = dataclasses.field(default_factory=list)
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


def wants_base_vectors(parameters: Parameters) -> bool:
    """Whether pairs are prepared with the base model's vectors of the corpus."""
    return parameters.hard_negatives > 0 or parameters.consistency_depth > 0


def check_candidates(parameters: Parameters, channels: Channels) -> None:
    """Refuses to mine with BM25 if what it finds was not given.

    Raises:
        TrainingError: says what to do.
    """
    if parameters.hard_negatives and parameters.negatives_from == "bm25" and channels.candidates is None:
        raise TrainingError(
            "negatives_from is 'bm25', and the job has no channel 'candidates'. Add it, or set negatives_from to "
            "'base'."
        )


class Preparation:
    """The pairs with their vectors by the base model.

    Args:
        model: the base model.
        precision: of its forward passes.
        pairs: all that were given.
        channels: of the job: corpus and candidates are read.
        corpus: vectors of the corpus by the base model; None without a corpus.
        scratch: folder for vectors.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        precision: str,
        pairs: Sequence[Pair],
        channels: Channels,
        corpus: VectorFile | None,
        scratch: Path,
    ) -> None:
        self._pairs = list(pairs)
        self._documents = find_trained(pairs, channels.corpus)
        dimension = int(model.get_embedding_dimension() or 0)
        as_documents = functools.partial(encode, model, precision=precision)
        self._trained = trained_vectors(self._documents, corpus, as_documents, scratch / "trained.npy", dimension)
        self._corpus = corpus or self._trained
        numbers: dict[str, int] = {}
        self._query_of_pair = np.array([numbers.setdefault(pair.query, len(numbers)) for pair in pairs])
        queries = list(numbers)
        blocks = (
            encode(model, queries[start : start + QUERIES], precision, QUERY)
            for start in range(0, len(queries), QUERIES)
        )
        self._queries = write_vectors(scratch / "queries.npy", len(queries), dimension, blocks)
        self._has_candidates = channels.candidates is not None
        self._found = read_candidates(channels.candidates, self._documents.by_id) if channels.candidates else {}

    def prepare(self, parameters: Parameters, phases: Phases) -> Prepared:
        """Drops and mines as the parameters say.

        Raises:
            TrainingError: too few pairs are left, or there is no document to be a negative.
        """
        kept, facts = np.arange(len(self._pairs)), {}
        if parameters.consistency_depth:
            with phases.phase("consistency"):
                kept = self._consistent(parameters.consistency_depth)
            facts["inconsistent"] = len(self._pairs) - len(kept)
        pairs = [self._pairs[place] for place in kept]
        if not parameters.hard_negatives:
            return Prepared(pairs, facts=facts)
        with phases.phase("mine"):
            negatives, mined = self._mine(kept, parameters, phases)
        return Prepared(pairs, negatives, facts | {"hard_negatives": mined})

    def _consistent(self, depth: int) -> np.ndarray:
        """The places of the pairs whose document BM25 or the base model finds for the query among the first."""
        kept = [
            place
            for places, queries in self._in_blocks(np.arange(len(self._pairs)))
            for place, rank in zip(places, self._base_ranks(places, queries), strict=True)
            if rank <= depth or (self._candidates(place).rank or depth + 1) <= depth
        ]
        if len(kept) < 2:
            raise TrainingError(
                f"consistency_depth is {depth}, and {len(kept)} of {len(self._pairs)} pairs are found so high. Needed: "
                "at least 2. Raise it, or set it to 0 to train on all pairs."
            )
        return np.array(kept)

    def _mine(self, kept: np.ndarray, parameters: Parameters, phases: Phases) -> tuple[list[list[str]], dict[str, Any]]:
        answers: dict[str, set[int]] = {}
        for pair, number in zip(self._pairs, self._documents.of_pair.tolist(), strict=True):
            answers.setdefault(pair.query, set()).add(number)
        texts = self._documents.texts
        wanted = parameters.hard_negatives
        miner = Miner(texts, answers, wanted, parameters.false_negative_margin, parameters.seed)
        source = parameters.negatives_from if self._has_candidates else "base"
        chosen: list[list[str]] = []
        for places, queries in self._in_blocks(kept):
            near = nearest(queries, self._trained.blocks(), DEPTH).tolist() if source != "bm25" else [[]] * len(places)
            for place, query, by_base in zip(places, queries, near, strict=True):
                by_bm25 = self._candidates(place).documents.tolist() if source != "base" else []
                numbers = self._choose(miner, place, query, in_turn(by_base, by_bm25))
                chosen.append([texts[number] for number in numbers])
            phases.progress("mine", len(chosen), len(kept))
        mean = round(miner.counts.mined / len(kept), 2)
        return chosen, {"from": source, "mean_mined": mean, **dataclasses.asdict(miner.counts)}

    def _choose(self, miner: Miner, place: int, query: np.ndarray, near: list[int]) -> list[int]:
        own = int(self._documents.of_pair[place])
        similarities = self._trained.take(np.array([own, *near])) @ query
        return miner.choose(self._pairs[place].query, own, near, similarities[1:], float(similarities[0]))

    def _base_ranks(self, places: np.ndarray, queries: np.ndarray) -> np.ndarray:
        own = self._trained.take(self._documents.of_pair[places])
        return ranks(queries, own, self._corpus.blocks())

    def _candidates(self, place: int) -> Found:
        key = (self._pairs[place].query, int(self._documents.of_pair[place]))
        return self._found.get(key, NOTHING)

    def _in_blocks(self, places: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Places of pairs, and the vectors of their queries."""
        for start in range(0, len(places), QUERIES):
            block = places[start : start + QUERIES]
            yield block, self._queries.take(self._query_of_pair[block])
