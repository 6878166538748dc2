"""The demo corpus: the AWS API reference that botocore ships, and the questions that people wrote for it.

A document is one operation of a service that has an `examples-1.json`: 44 services. The examples' titles are the
judged queries: whoever wrote "To create a security group for a VPC" wrote it for `ec2.CreateSecurityGroup`. Documents
hold nothing of the examples, and the examples train nothing.

    python -m local.demo_corpus --out DIR
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logger = logging.getLogger(__name__)

QUERY_KINDS = ("title", "description")

_NAME_WORDS = re.compile(r"IPv\d|[A-Z]{2,}s(?![a-z])|[A-Z]+\d+(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_BLOCKS = frozenset(
    {
        "p",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "div",
        "note",
        "important",
        "caution",
        "fullname",
        "tr",
        "br",
        "pre",
        "table",
    }
    | {"h1", "h2", "h3", "h4", "h5", "h6"}
)


class Document(NamedTuple):
    """One operation of one service."""

    id: str
    text: str


class JudgedQuery(NamedTuple):
    """A question that a person wrote, and the operations that answer it."""

    id: str
    text: str
    relevant: tuple[str, ...]


def read_documents() -> list[Document]:
    """Every operation of the services that have examples: `{service}.{Operation}` and readable plain text.

    The text starts with the service's short name and the operation's name in words, "IAM: Create group.", then has the
    documentation without its markup, a paragraph a line.
    """
    return [
        Document(f"{service}.{name}", f"{model['metadata']['serviceId']}: {name_in_words(name)}.\n{text}")
        for service, model, _ in _services()
        for name, operation in model["operations"].items()
        if (text := plain_text(operation.get("documentation", "")))
    ]


def read_judged_queries(kind: str = "title") -> list[JudgedQuery]:
    """The examples' titles or descriptions, in a fixed order, each with every operation it was written for.

    A leading "To " is dropped. Left out are texts that are only the operation's name. One text that stands at several
    operations is one query with several relevant documents; case and a last full stop make no other text.

    Args:
        kind: `title` or `description`.

    Raises:
        ValueError: another kind.
    """
    if kind not in QUERY_KINDS:
        raise ValueError(f"kind is {kind!r}. Valid values: {', '.join(QUERY_KINDS)}.")
    found: dict[str, tuple[str, dict[str, None]]] = {}
    for service, model, examples in _services():
        for name, texts in examples.items():
            for text in _questions(name, texts, kind):
                key = text.casefold().rstrip(". :")
                found.setdefault(key, (text, {}))[1][f"{service}.{name}"] = None
        _check_operations(service, model, examples)
    return [JudgedQuery(f"{kind}-{n}", text, tuple(ids)) for n, (text, ids) in enumerate(found.values(), start=1)]


def name_in_words(name: str) -> str:
    """`DescribeDBInstances` as "Describe DB instances": acronyms keep their capitals."""
    first, *others = _NAME_WORDS.findall(name)
    return " ".join([first, *(word if _is_acronym(word) else word.lower() for word in others)])


def plain_text(html: str) -> str:
    """The text of an HTML fragment, a block (paragraph, list item, heading) a line."""
    parser = _PlainText()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(filter(None, lines))


def write_corpus(folder: Path, kind: str = "title") -> dict[str, int]:
    """Writes corpus.jsonl, queries.jsonl and qrels.tsv (BEIR's layout) into `folder`; returns what was counted."""
    documents, queries = read_documents(), read_judged_queries(kind)
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / "corpus.jsonl", (json.dumps(document._asdict()) for document in documents))
    _write_lines(folder / "queries.jsonl", (json.dumps({"_id": query.id, "text": query.text}) for query in queries))
    judgements = [f"{query.id}\t{document}\t1" for query in queries for document in query.relevant]
    _write_lines(folder / "qrels.tsv", ["query-id\tcorpus-id\tscore", *judgements])
    return {"documents": len(documents), "queries": len(queries), "judgements": len(judgements)}


def main() -> None:
    """Writes the demo corpus where `--out` says."""
    parser = argparse.ArgumentParser(prog="python -m local.demo_corpus", description="Writes the demo corpus.")
    parser.add_argument("--out", type=Path, required=True, help="folder for corpus.jsonl, queries.jsonl and qrels.tsv")
    parser.add_argument(
        "--queries", choices=QUERY_KINDS, default="title", help="which texts of the examples are queries"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    counts = write_corpus(arguments.out, arguments.queries)
    logger.info("%s in %s", ", ".join(f"{count:,} {what}" for what, count in counts.items()), arguments.out)


class _PlainText(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        # Inside the source, line ends are blanks; only blocks end a line of ours.
        self.parts.append(data.replace("\n", " "))


def _services() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for folder in sorted(path for path in (Path(botocore.__file__).parent / "data").iterdir() if path.is_dir()):
        newest = max(path for path in folder.iterdir() if path.is_dir())
        examples = _load(newest / "examples-1.json").get("examples")
        if examples:
            yield folder.name, _load(newest / "service-2.json"), examples


def _load(path: Path) -> dict[str, Any]:
    packed = path.with_name(f"{path.name}.gz")
    if path.is_file():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    if packed.is_file():
        return dict(json.loads(gzip.decompress(packed.read_bytes())))
    return {}


def _questions(name: str, examples: list[Mapping[str, str]], kind: str) -> Iterator[str]:
    for example in examples:
        text = " ".join(example.get(kind, "").split())
        if text and re.sub(r"[^a-z0-9]", "", text.lower()) != name.lower():
            yield re.sub(r"^to ", "", text, flags=re.IGNORECASE)


def _check_operations(service: str, model: Mapping[str, Any], examples: Mapping[str, Any]) -> None:
    unknown = sorted(examples.keys() - model["operations"].keys())
    if unknown:
        raise ValueError(f"botocore's {service} has examples for operations it does not have: {', '.join(unknown)}.")


def _is_acronym(word: str) -> bool:
    return word.isupper() or word.startswith("IPv") or (len(word) > 2 and word[:-1].isupper())


def _write_lines(path: Path, lines: Iterator[str] | list[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
