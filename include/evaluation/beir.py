"""BEIR layout: `queries.jsonl` with `_id` and `text`, `qrels/test.tsv`, and of a whole collection `corpus.jsonl`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.corpus.document import Document, normalise, well_formed
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from include.queries.pairs import Pair

Qrels = dict[str, dict[str, int]]

HEADER = ["query-id", "corpus-id", "score"]
JUDGED_PARAMETERS = ("eval_queries_s3_path", "eval_qrels_s3_path")


@dataclass(frozen=True)
class QuerySet:
    """Queries by id, and for each the documents judged for it."""

    queries: dict[str, str]
    qrels: Qrels

    def query_lines(self) -> Iterator[str]:
        """Lines of `queries.jsonl`."""
        for query_id, text in self.queries.items():
            yield json.dumps({"_id": query_id, "text": text}, ensure_ascii=False) + "\n"

    def qrel_lines(self) -> Iterator[str]:
        """Lines of `qrels/test.tsv`, the header first; ids that hold tabs, line ends or quotes are quoted."""
        yield _tsv_line(HEADER)
        for query_id, judged in self.qrels.items():
            for document_id, score in judged.items():
                yield _tsv_line([query_id, document_id, str(score)])

    def relevant_ids(self) -> frozenset[str]:
        """Ids of the documents that answer a query (score above 0)."""
        return frozenset(name for judged in self.qrels.values() for name, score in judged.items() if score > 0)

    def document_ids(self) -> frozenset[str]:
        """Ids of all judged documents."""
        return frozenset(document_id for judged in self.qrels.values() for document_id in judged)


@dataclass(frozen=True)
class Collection:
    """A test collection on the disk: judged queries, and the documents, which are never held whole.

    Attributes:
        folder: with `corpus.jsonl`.
        query_set: of one split; queries without a relevant document are left out.
    """

    folder: Path
    query_set: QuerySet

    def documents(self) -> Iterator[Document]:
        """The documents in the order of the file; a title stands before the text, as BEIR's own models read it.

        Raises:
            TerminalError: a line that is not in BEIR layout (which one).
        """
        path = self.folder / "corpus.jsonl"
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _parse_document(line, number, path)


def read_beir_folder(path: Path, split: str = "test") -> Collection:
    """The collection in a folder with `corpus.jsonl`, `queries.jsonl` and `qrels/{split}.tsv`.

    Raises:
        TerminalError: a file that is not there, a line that is not in BEIR layout (which one), or no query with a
            relevant document.
    """
    corpus, queries, qrels = path / "corpus.jsonl", path / "queries.jsonl", path / "qrels" / f"{split}.tsv"
    missing = [str(file.relative_to(path)) for file in (corpus, queries, qrels) if not file.is_file()]
    if missing:
        there = ", ".join(sorted(file.stem for file in (path / "qrels").glob("*.tsv"))) or "none"
        raise TerminalError(
            f"{path} has no {', '.join(missing)}. A collection in BEIR layout has corpus.jsonl, queries.jsonl and "
            f"qrels/{{split}}.tsv (splits there: {there}). Correct the folder, or choose another split."
        )
    with queries.open(encoding="utf-8") as query_lines, qrels.open(encoding="utf-8", newline="") as qrel_lines:
        return Collection(path, read_query_set(query_lines, qrel_lines, (str(queries), str(qrels))))


def read_query_set(
    query_lines: Iterable[str], qrel_lines: Iterable[str], names: tuple[str, str] = JUDGED_PARAMETERS
) -> QuerySet:
    """The judged queries that a user gives; queries without a relevant document are left out.

    Args:
        query_lines: `{"_id": …, "text": …}`.
        qrel_lines: query id, document id and score, separated by tabs; with or without BEIR's header.
        names: what errors call the two.

    Raises:
        TerminalError: a line that is not in BEIR layout (which one), or no query with a relevant document.
    """
    queries = dict(_parse_query(line, number, names[0]) for number, line in enumerate(query_lines, 1) if line.strip())
    qrels: Qrels = {}
    for query_id, document_id, score in _parse_qrels(qrel_lines, names[1]):
        qrels.setdefault(query_id, {})[document_id] = score
    usable = [query_id for query_id in queries if any(score > 0 for score in qrels.get(query_id, {}).values())]
    if not usable:
        raise TerminalError(
            f"None of the {len(queries)} queries of {names[0]} has a relevant document in {names[1]} "
            f"({len(qrels)} queries judged). The query ids must be the same in both: compare them."
        )
    return QuerySet({name: queries[name] for name in usable}, {name: qrels[name] for name in usable})


def held_out_query_set(pairs: Iterable[Pair]) -> QuerySet:
    """The held-out pairs as a query set; a query that was written from several documents is one query."""
    queries: dict[str, str] = {}
    qrels: Qrels = {}
    for pair in pairs:
        query_id = queries.setdefault(normalise(pair.query), f"q{len(queries)}")
        qrels.setdefault(query_id, {})[pair.document.id] = 1
    return QuerySet({query_id: text for text, query_id in queries.items()}, qrels)


def _tsv_line(row: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter="\t", lineterminator="\r\n").writerow(row)  # with it, both line ends are quoted
    return line.getvalue().removesuffix("\r\n") + "\n"


def corpus_line(document: Document) -> str:
    """A line of `corpus.jsonl`; our documents have no title of their own."""
    return json.dumps({"_id": document.id, "title": "", "text": document.text}, ensure_ascii=False) + "\n"


def _parse_document(line: str, number: int, path: Path) -> Document:
    fields = _object(line)
    title, text = fields.get("title") or "", fields.get("text")
    if not (_is_id(fields.get("_id")) and isinstance(title, str) and isinstance(text, str)):
        raise TerminalError(
            f"{path}, line {number}, is no document with _id and text. Each line must be "
            '{"_id": …, "text": …}, with "title" if there is one.'
        )
    return Document(str(fields["_id"]), well_formed(f"{title} {text}".strip()))


def _parse_query(line: str, number: int, name: str) -> tuple[str, str]:
    fields = _object(line)
    query_id, text = fields.get("_id"), fields.get("text")
    if not (_is_id(query_id) and isinstance(text, str) and text.strip()):
        raise TerminalError(
            f"{name}, line {number}, is no query: it has {', '.join(sorted(fields)) or 'no fields':.200}. Each "
            'line must be {"_id": …, "text": …}, both filled.'
        )
    return str(query_id), well_formed(text)


def _object(line: str) -> dict[str, Any]:
    """The JSON object of a line; an empty one if it is none."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _parse_qrels(lines: Iterable[str], name: str) -> Iterator[tuple[str, str, int]]:
    rows = csv.reader(lines, delimiter="\t")
    try:
        for row in rows:
            if row and row != HEADER and "".join(row).strip():
                query_id, document_id, score = row
                yield query_id, document_id, int(score)
    except (ValueError, csv.Error) as error:
        raise TerminalError(
            f"{name}, line {rows.line_num}, cannot be read. Each line must be query-id, "
            "corpus-id and a whole-number score, separated by tabs."
        ) from error
