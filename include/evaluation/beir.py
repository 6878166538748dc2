"""Query sets in BEIR layout: `queries.jsonl` with `_id` and `text`, and `qrels/test.tsv`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.corpus.document import normalise, well_formed
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.queries.pairs import Pair

Qrels = dict[str, dict[str, int]]

HEADER = ["query-id", "corpus-id", "score"]
PARAMETERS = ("eval_queries_s3_path", "eval_qrels_s3_path")


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


def read_query_set(
    query_lines: Iterable[str], qrel_lines: Iterable[str], parameters: tuple[str, str] = PARAMETERS
) -> QuerySet:
    """The judged queries that a user gives; queries without a relevant document are left out.

    Args:
        query_lines: JSONL of `{"_id", "text"}`.
        qrel_lines: TSV of query-id, corpus-id and score.
        parameters: that named the two files, for the errors.

    Raises:
        TerminalError: a line that is not in BEIR layout (which one), or no query with a relevant document.
    """
    queries = dict(
        _parse_query(line, number, parameters[0]) for number, line in enumerate(query_lines, 1) if line.strip()
    )
    qrels: Qrels = {}
    for query_id, document_id, score in _parse_qrels(qrel_lines, parameters[1]):
        qrels.setdefault(query_id, {})[document_id] = score
    usable = [query_id for query_id in queries if any(score > 0 for score in qrels.get(query_id, {}).values())]
    if not usable:
        raise TerminalError(
            f"None of the {len(queries)} queries of {parameters[0]} has a relevant document in {parameters[1]} "
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


def _parse_query(line: str, number: int, parameter: str) -> tuple[str, str]:
    try:
        fields = json.loads(line)
        query_id, text = fields["_id"], fields["text"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _bad_query(line, number, parameter) from error
    is_id = isinstance(query_id, str | int) and not isinstance(query_id, bool) and query_id != ""
    if not (is_id and isinstance(text, str) and text.strip()):
        raise _bad_query(line, number, parameter)
    return str(query_id), well_formed(text)


def _bad_query(line: str, number: int, parameter: str) -> TerminalError:
    return TerminalError(
        f'{parameter}, line {number}, is {line.strip()!r:.80}. Each line must be {{"_id": …, "text": …}}, both filled.'
    )


def _parse_qrels(lines: Iterable[str], parameter: str) -> Iterator[tuple[str, str, int]]:
    rows = csv.reader(lines, delimiter="\t")
    try:
        for row in rows:
            if row and row != HEADER and "".join(row).strip():
                query_id, document_id, score = row
                yield query_id, document_id, int(score)
    except (ValueError, csv.Error) as error:
        raise TerminalError(
            f"{parameter}, line {rows.line_num}, cannot be read ({error}). Each line must be query-id, "
            "corpus-id and a whole-number score, separated by tabs."
        ) from error
