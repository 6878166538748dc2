"""Base and tuned model over the same corpus and query sets: their runs, and the vectors that OpenSearch compares."""

from __future__ import annotations

import functools
import json
import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from .evaluate import count_documents, encode_corpus, encode_queries, search_corpus
from .query_sets import QuerySet, read_query_sets
from .records import read_records
from .trec import write_run

if TYPE_CHECKING:
    from types import TracebackType

    from sentence_transformers import SentenceTransformer

    from .channels import Channels
    from .phases import Phases
    from .vectors import VectorFile

logger = logging.getLogger(__name__)


class Evaluation:
    """The corpus, the query sets, and where their vectors lie; a context that removes what is not kept.

    Attributes:
        corpus: folder of the channel; None without one.
        sets: none without the channels corpus and evaluation.
        documents: in the corpus.
        scratch: folder for what is not kept.

    Args:
        channels: of the job.
        keep: whether the vectors are left in output_data, as `write_vectors` says.
    """

    def __init__(self, channels: Channels, keep: bool) -> None:
        self.corpus, self._output, self._keep = channels.corpus, channels.output_data, keep
        self.sets: list[QuerySet] = []
        if channels.corpus is None or channels.evaluation is None:
            missing = "corpus" if channels.corpus is None else "evaluation"
            logger.info("No evaluation: the job has no channel %s.", missing)
        else:
            self.sets = read_query_sets(channels.evaluation)
        self.documents = count_documents(channels.corpus) if channels.corpus else 0
        self.scratch = Path(tempfile.gettempdir())

    def __enter__(self) -> Self:
        self.scratch = Path(tempfile.mkdtemp(prefix="vectors-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self.scratch)

    def run(
        self, model: SentenceTransformer, precision: str, which: str, phases: Phases, needed: bool = False
    ) -> VectorFile | None:
        """Encodes the corpus, and writes the run of every set; what is kept goes to `vectors/`.

        Args:
            model: as it is at this time.
            precision: of the forward passes.
            which: `base` or `tuned`.
            phases: told how far it is.
            needed: whether to encode even if there are no query sets to search it for.

        Returns:
            The vectors of the corpus; None where nothing was encoded: there is no corpus, or nobody wants its vectors.
        """
        if self.corpus is None or not (self.sets or needed):
            return None
        phase = f"encode_{which}"
        with phases.phase(phase):
            progress = functools.partial(phases.progress, phase, of=self.documents)
            path = self._folder / f"documents.{which}.npy"
            vectors = encode_corpus(model, precision, self.corpus, self.documents, path, progress)
            self._search(self.corpus, vectors, encode_queries(model, precision, self.sets), which)
        return vectors

    def discard(self, vectors: VectorFile | None) -> None:
        """Frees the disk of vectors that are not kept."""
        if vectors is not None and not self._keep:
            vectors.path.unlink()

    def _search(self, corpus: Path, vectors: VectorFile, queries: dict[str, np.ndarray], which: str) -> None:
        for name, run in search_corpus(queries, self.sets, corpus, vectors).items():
            write_run(self._output / "runs" / f"{name}.{which}.trec", run, tag=which)
        if self._keep and self.sets:
            self._write_ids(corpus)
            for name, rows in queries.items():
                np.save(self._folder / f"{name}.{which}.npy", rows)

    @property
    def _folder(self) -> Path:
        return self._output / "vectors" if self._keep else self.scratch

    def _write_ids(self, corpus: Path) -> None:
        self._write("document_ids.json", [record["id"] for record in read_records(corpus, ("id", "text"))])
        for query_set in self.sets:
            self._write(f"{query_set.name}.query_ids.json", list(query_set.queries))

    def _write(self, name: str, ids: list[str]) -> None:
        (self._folder / name).write_text(json.dumps(ids), encoding="utf-8")
