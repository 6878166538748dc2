"""SQuAD and XQuAD as a highlighter's questions: split by article, the answer's sentence known for sure.

The SQuAD file has no true answer offsets (first occurrence), so an answer whose text stands in several sentences of its
paragraph is left out, unless XQuAD, which has true offsets, has the question too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.inference.highlighting.sentences import Sentence, SentenceSplitter

# Of the articles in the order of their titles: every fourth is held out, one of eight is for choosing hyperparameters.
HELD_OUT, DEVELOPMENT = (4, 3), (8, 1)


class Labelled(NamedTuple):
    """A question, its paragraph, and the sentence there that has the answer.

    Attributes:
        sure: the answer's place is XQuAD's.
    """

    id: str
    article: str
    question: str
    context: str
    sentence: Sentence
    sure: bool


def read_labelled(folder: Path, splitter: SentenceSplitter) -> list[Labelled]:
    """The questions of SQuAD's development file whose answer lies in one known sentence, in the order of the file.

    Args:
        folder: with `squad/dev-v1.1.json` and `xquad/xquad.en.json`.
        splitter: of paragraphs into sentences.
    """
    sure = {
        question["id"]: question["answers"][0]["answer_start"]
        for _, _, question in _questions(folder / "xquad" / "xquad.en.json")
    }
    found = []
    sentences: dict[str, list[Sentence]] = {}
    for article, context, question in _questions(folder / "squad" / "dev-v1.1.json"):
        if context not in sentences:
            sentences[context] = splitter.split(context)
        places = _places(context, question["answers"][0]["text"], sure.get(question["id"]))
        own = {sentence for sentence in sentences[context] for start, end in places if _holds(sentence, start, end)}
        if len(own) == 1:
            known = question["id"] in sure
            found.append(Labelled(question["id"], article, question["question"], context, own.pop(), known))
    return found


def question_paragraphs(path: Path) -> Iterator[tuple[str, str, str]]:
    """Article, paragraph and question of every question in a SQuAD file, in its order."""
    return ((article, context, question["question"]) for article, context, question in _questions(path))


def split_articles(titles: set[str]) -> tuple[set[str], set[str], set[str]]:
    """Training, development and held-out articles."""
    ordered = sorted(titles)
    held_out = set(ordered[HELD_OUT[1] :: HELD_OUT[0]])
    development = set(ordered[DEVELOPMENT[1] :: DEVELOPMENT[0]]) - held_out
    return set(ordered) - held_out - development, development, held_out


def _questions(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                yield article["title"], paragraph["context"], question


def _places(context: str, answer: str, sure: int | None) -> list[tuple[int, int]]:
    if sure is not None:
        return [(sure, sure + len(answer))]
    places, start = [], context.find(answer)
    while start >= 0:
        places.append((start, start + len(answer)))
        start = context.find(answer, start + 1)
    return places


def _holds(sentence: Sentence, start: int, end: int) -> bool:
    return 2 * (min(end, sentence.end) - max(start, sentence.start)) > end - start
