"""The collections: the demo corpus, the public ones where their files are, and any folder in BEIR layout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.quality.collection import Collection
from benchmarks.squad import question_paragraphs
from include.corpus.document import Document, seeded_key
from include.evaluation.beir import QuerySet, read_beir_folder
from include.training.words import words
from local.demo_corpus import name_in_words, read_documents, read_judged_queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# cranqrel's codes: 1 is a complete answer, 4 of least interest, 5 of none.
CRANFIELD_GRADES = {1: 4, 2: 3, 3: 2, 4: 1}
SQUAD_QUERIES = 1_500
LITTLE_OVERLAP = 1 / 3
_RECORD = re.compile(r"^\.I +(\S+)\s*$", re.MULTILINE)
_FIELD = re.compile(r"^\.([A-Z])\s*$", re.MULTILINE)


def demo() -> Collection:
    """The demo corpus with its judged titles and descriptions."""
    kinds = {f"{kind}s": _judged(kind) for kind in ("title", "description")}
    return Collection(
        "demo",
        [Document(*document) for document in read_documents()],
        kinds,
        max_sequence_length=64,
        subsets={"little overlap": _names_little},
    )


def cranfield(folder: Path) -> Collection:
    """Cranfield: abstracts of aerodynamics, graded judgements."""
    documents = [
        Document(name, f"{fields.get('T', '')}\n{fields.get('W', '')}".strip())
        for name, fields in _smart(folder / "cran.all.1400")
    ]
    queries = [fields["W"] for _, fields in _smart(folder / "cran.qry")]
    qrels: dict[str, dict[str, int]] = {}
    for line in (folder / "cranqrel").read_text("latin-1").splitlines():
        number, document, code = line.split()
        qrels.setdefault(number, {})[document] = CRANFIELD_GRADES.get(int(code), 0)
    # The judgements count the queries; the file's own numbers have gaps.
    numbered = {str(number): " ".join(text.split()) for number, text in enumerate(queries, 1)}
    return Collection("cranfield", [d for d in documents if d.text], {"queries": _usable(numbered, qrels)})


def cisi(folder: Path) -> Collection:
    """CISI: abstracts of information science, the development part of its queries."""
    documents = [_cisi_document(text) for text in _smart_records(folder / "CISI.ALL")]
    queries = {
        name: " ".join(f"{fields.get('T', '')} {fields.get('W', '')}".split())
        for name, fields in _smart(folder / "CISI_dev.QRY")
    }
    qrels: dict[str, dict[str, int]] = {}
    for line in (folder / "CISI_dev.REL").read_text("latin-1").splitlines():
        number, document, *_ = line.split()
        qrels.setdefault(number, {})[document] = 1
    return Collection("cisi", [d for d in documents if d.text], {"queries": _usable(queries, qrels)})


def squad(folder: Path) -> Collection:
    """SQuAD's questions as queries for their paragraph: half of the articles are judged, the others trained on."""
    rows = list(question_paragraphs(folder / "dev-v1.1.json"))
    names = {text: f"p{number}" for number, text in enumerate(dict.fromkeys(text for _, text, _ in rows))}
    articles = sorted({article for article, _, _ in rows}, key=lambda title: seeded_key(42, title))
    judged = set(articles[: len(articles) // 2])
    asked: dict[str, tuple[str, str]] = {}
    for article, text, question in rows:
        if article in judged:
            asked.setdefault(question.strip(), (f"q{len(asked)}", names[text]))
    drawn = sorted(asked.items(), key=lambda item: seeded_key(42, item[0]))[:SQUAD_QUERIES]
    queries = QuerySet(
        {name: text for text, (name, _) in drawn}, {name: {document: 1} for _, (name, document) in drawn}
    )
    trained_on = frozenset(names[text] for article, text, _ in rows if article not in judged)
    documents = [Document(name, text) for text, name in names.items()]
    return Collection("squad", documents, {"questions": queries}, trained_on=trained_on)


def beir(folder: Path) -> Collection:
    """A folder in BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`."""
    found = read_beir_folder(folder)
    return Collection(folder.name, list(found.documents()), {"queries": found.query_set})


def public(folder: Path) -> list[Collection]:
    """Those of the public collections whose files are in the folder."""
    readers = {"cranfield": cranfield, "cisi": cisi, "squad": squad}
    return [read(folder / name) for name, read in readers.items() if (folder / name).is_dir()]


def _judged(kind: str) -> QuerySet:
    queries = read_judged_queries(kind)
    return QuerySet({q.id: q.text for q in queries}, {q.id: dict.fromkeys(q.relevant, 1) for q in queries})


def _names_little(query: str, relevant: Sequence[str]) -> bool:
    """Whether the query has less than a third of the words of each operation's name that answers it."""
    asked = set(words(query))
    return all(_shared(asked, set(words(name_in_words(name.partition(".")[2])))) < LITTLE_OVERLAP for name in relevant)


def _shared(asked: set[str], named: set[str]) -> float:
    return len(asked & named) / len(named)


def _usable(queries: dict[str, str], qrels: dict[str, dict[str, int]]) -> QuerySet:
    names = [name for name in queries if any(score > 0 for score in qrels.get(name, {}).values())]
    return QuerySet({name: queries[name] for name in names}, {name: qrels[name] for name in names})


def _smart(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Records of a SMART file: id and fields."""
    text = path.read_text("latin-1")
    parts = _RECORD.split(text)[1:]
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        fields = _FIELD.split(body)[1:]
        yield name, {field: value.strip() for field, value in zip(fields[::2], fields[1::2], strict=True)}


def _smart_records(path: Path) -> Iterator[tuple[str, str]]:
    """Records without fields, as this copy of CISI's documents has them: a title on the first line, then the text."""
    parts = _RECORD.split(path.read_text("latin-1"))[1:]
    yield from zip(parts[::2], parts[1::2], strict=True)


def _cisi_document(record: tuple[str, str]) -> Document:
    name, body = record
    return Document(name, body.strip())
