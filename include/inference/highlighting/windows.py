"""Windows: what a model reads at once of a question and a text of any length."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenizers import Encoding, Tokenizer

    from .sentences import Sentence, SentenceSplitter

NO_SENTENCE = -1
MAX_QUESTION_SHARE = 0.5


class Window(NamedTuple):
    """One row of a batch: `[CLS] question [SEP] part of the text [SEP]`.

    Attributes:
        document: index of its document in the request.
        input_ids: int64, shape (tokens,).
        question_tokens: how many of them come before the text, [CLS] and [SEP] included: token type 0.
        sentence_ids: int64, shape (tokens,): the sentence of each token, -1 for special tokens, the question, and text
            that is there for context only. Every token of a text belongs to its sentence in exactly one window.
    """

    document: int
    input_ids: np.ndarray
    question_tokens: int
    sentence_ids: np.ndarray


class Document(NamedTuple):
    """A text, cut into sentences and windows.

    Attributes:
        sentences: code points of the text.
        windows: at least one, unless no sentence has a token.
    """

    sentences: list[Sentence]
    windows: list[Window]


class Windower:
    """Cuts questions with their texts into windows; safe to call from several threads.

    Args:
        tokenizer: of the model; its truncation and padding are switched off.
        splitter: finds the sentences.
        max_tokens: of a window, special tokens included.
        overlap_tokens: how much of the text before a window's own is read with it, in whole sentences where they fit;
            at most half of what a long question leaves of the window, so that each window has a part of its own.
    """

    def __init__(
        self, tokenizer: Tokenizer, splitter: SentenceSplitter, max_tokens: int = 512, overlap_tokens: int = 64
    ) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer, self._splitter = tokenizer, splitter
        self._max_tokens, self._overlap = max_tokens, overlap_tokens
        self._cls, self._sep = _special_tokens(tokenizer)

    def cut(self, pairs: Sequence[tuple[str, str]]) -> list[Document]:
        """The documents of (question, text) pairs, in their order.

        A question is cut at half a window; a text never.
        """
        texts = [text for _, text in pairs]
        questions = list(dict.fromkeys(question for question, _ in pairs))
        encoded = self._tokenizer.encode_batch_fast(questions, add_special_tokens=False)
        heads = {question: self._head(encoding.ids) for question, encoding in zip(questions, encoded, strict=True)}
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [
            self._document(number, heads[question], text, encoding)
            for number, ((question, text), encoding) in enumerate(zip(pairs, encodings, strict=True))
        ]

    def _head(self, question: list[int]) -> list[int]:
        return [self._cls, *question[: int(self._max_tokens * MAX_QUESTION_SHARE) - 2], self._sep]

    def _document(self, number: int, head: list[int], text: str, encoding: Encoding) -> Document:
        sentences = self._splitter.split(text)
        starts = np.fromiter((start for start, _ in encoding.offsets), dtype=np.int64, count=len(encoding.offsets))
        firsts = np.fromiter((sentence.start for sentence in sentences), dtype=np.int64, count=len(sentences))
        sentence_ids = np.maximum(np.searchsorted(firsts, starts, side="right") - 1, 0)
        ids = np.asarray(encoding.ids, dtype=np.int64)
        room = self._max_tokens - len(head) - 1
        overlap = min(self._overlap, room // 2)
        windows = [self._window(number, head, ids, sentence_ids, part) for part in _parts(sentence_ids, room, overlap)]
        return Document(sentences, windows if sentences else [])

    def _window(self, number: int, head: list[int], ids: np.ndarray, sentence_ids: np.ndarray, part: _Part) -> Window:
        read = ids[part.read_from : part.end]
        known = np.full(len(head) + len(read) + 1, NO_SENTENCE, dtype=np.int64)
        own = len(head) + part.start - part.read_from
        known[own : own + part.end - part.start] = sentence_ids[part.start : part.end]
        return Window(number, np.concatenate([head, read, [self._sep]]).astype(np.int64), len(head), known)


class _Part(NamedTuple):
    """Tokens of a text: `start` to `end` are the window's own, `read_from` to `start` are for context."""

    read_from: int
    start: int
    end: int


def _parts(sentence_ids: np.ndarray, room: int, overlap: int) -> Iterator[_Part]:
    """Windows that end where a sentence ends, if a sentence is not longer than a window."""
    ends = [*(np.flatnonzero(np.diff(sentence_ids)) + 1).tolist(), len(sentence_ids)] if len(sentence_ids) else []
    start = 0
    while start < len(sentence_ids):
        read_from = _context_start(ends, start, overlap)
        end = _last_end(ends, start, read_from + room)
        if end is None:  # the sentence does not fit beside its context, or not at all
            read_from = max(0, start - overlap) if _is_inside(ends, start) else start
            end = _last_end(ends, start, read_from + room) or min(len(sentence_ids), read_from + room)
        yield _Part(read_from, start, end)
        start = end


def _context_start(ends: Sequence[int], start: int, overlap: int) -> int:
    """Where the whole sentences before `start` begin that fit into the overlap; inside one, all of it."""
    least = max(0, start - overlap)
    if least == 0 or _is_inside(ends, start):
        return least
    after = bisect.bisect_left(ends, least)
    return min(ends[after], start)


def _last_end(ends: Sequence[int], start: int, limit: int) -> int | None:
    place = bisect.bisect_right(ends, limit) - 1
    return ends[place] if place >= 0 and ends[place] > start else None


def _is_inside(ends: Sequence[int], start: int) -> bool:
    place = bisect.bisect_left(ends, start)
    return start > 0 and (place == len(ends) or ends[place] != start)


def _special_tokens(tokenizer: Tokenizer) -> tuple[int, int]:
    """Ids of [CLS] and [SEP], whatever the model calls them."""
    ids = tokenizer.encode("", add_special_tokens=True).ids
    if len(ids) != 2:
        raise ValueError(f"The tokenizer puts {len(ids)} special tokens around a text. Valid: two, as BERT's does.")
    return ids[0], ids[1]
