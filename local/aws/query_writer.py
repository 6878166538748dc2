"""The extractive query writer (stand-in): answers in the place of a language model, from the document's own words.

It is no model. It reads one document out of the prompt and gives back what a person might type who half remembers it,
in the styles that it is asked for as far as rules can: its title, or the noun phrase that names its subject; a telling
sentence, cut down and put as a request ("Creates a new IAM group for your account, which…" becomes "create a new IAM
group for your account"), or as a question; or bare words. Examples of users' queries are passed over. The same prompt
always gets the same answer. Reports that show its queries call it by `NAME`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NAME = "extractive query writer (stand-in)"

READ_CHARACTERS = 4_000
TITLE_WORDS = 16
SHORT_WORDS = 9
FULL_WORDS = 14
LEAST_FULL_WORDS = 2
KEYWORDS = 4
STYLES = ("factoid", "conceptual")

_DOCUMENT = re.compile(r"<(document-[0-9a-f]{12})>\n(.*)\n</\1>", re.DOTALL)
_ASKED = re.compile(r"\bWrite (\d+) search quer")
_ASKED_QUOTE = re.compile(r"\bquote the one sentence\b")
_ASKED_STYLE = re.compile(r"^\d+\. (factoid|conceptual|keywords|question|title): ", re.MULTILINE)
_EXAMPLES = re.compile(r"<examples-[0-9a-f]{12}>\n")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'(]?[A-Z0-9])|(?<=\s[.!?])\s+|\n+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_EDGES = " \t\n.,;:!?\"'`*•–—-()[]{}<>|"  # noqa: RUF001 - the dashes and bullets of real text
_QUOTES = re.compile(r"[\"`*<>{}\[\]()|]+")
_MARK = re.compile(r"[:;,.!?]+(?=\s|$)")
_CAPITALISED = re.compile(r"[A-Z][a-z'-]+")

_WORK = (
    r"(?:operation|action|method|function|command|request|api|call|section|page|article|paper|report|study|document"
    r"|guide|chapter)s?\b"
)
# Sentences that say little alone: they point at another, or elsewhere, or warn.
_POINTER = re.compile(
    r"(?:this|these|those|that|it|they|he|she|there|if|when|for (?:more|the latest|details|information|example)|see"
    r"|note|to learn|the following|also|however|otherwise|instead|then|do not|don't"
    rf"|you (?:must|should|cannot|can't))\b(?! (?:\S+ ){{0,2}}?{_WORK})",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"not supported|not available|no longer|end of support|deprecated|we recommend|required permissions?",
    re.IGNORECASE,
)
# How a sentence starts that says what its document is, before it says what it is about.
_OPENING = re.compile(
    rf"^(?:(?:this|the|an?)\s(?:\S+\s){{0,2}}?{_WORK}\s(?!(?:of|on|for|in|and)\s)"
    r"(?:can be used to\s|is used to\s|allows you to\s|enables you to\s)?"
    r"|it is (?:\S+ly\s)?(?:shown|found|demonstrated|concluded|suggested|noted|known|proposed)\sthat\s"
    r"|(?:use|call)\s(?:this|the)\s(?:\S+\s){1,3}?to\s|you (?:can )?use\s(?:\S+\s){1,4}?to\s|you can\s|used to\s"
    r"|(?:in|for) this (?:\S+\s){0,2}?(?:section|paper|article|example|chapter|case),?\s(?:we\s)?|we\s)",
    re.IGNORECASE,
)
# Where a sentence has said its main thing.
_TURN = re.compile(
    r"[;:,]\s|\s[–—-]\s"  # noqa: RUF001 - the dashes of real text
    r"|\s(?:that|which|who|where|when|whether|while|if|unless|because|so that|in order to|by using|using|and then|but"
    r"|as well as|such as|including|according to|based on)\s"
)
_FILLER = re.compile(
    r"\b(?:the (?:specified|given|following|provided|current)|specified|given|one or more|a list of|the list of"
    r"|information about|details about|(?:a|the) descriptions? of|available for use with|currently)\s",
    re.IGNORECASE,
)
# After a verb in the third person comes its object: so "Lists the…" becomes "list the…", and "Results show…" stays.
_OBJECTS = (
    "a an the this that all any one each every either your our new existing multiple several specified information "
    "details metadata up only whether"
)
_OBJECT_WORDS = frozenset(_OBJECTS.split())
# Words that may stand inside a noun phrase, and words that end one.
_INNER = "of for in on to with and a an the from by at as or"
_INNER_WORDS = frozenset(_INNER.split())
_OUTER = (
    "is are was were be been being am has have had having do does did can could will would shall should may might must "
    "not that which who whom whose this these those it its they them their he she his her we us our you your i my me "
    "there here when where while if then than so because since although though but nor however also very more most "
    "some any each such what how why made used using obtained given shown found about into over under between through "
    "during after before e.g i.e etc"
)
_OUTER_WORDS = frozenset(_OUTER.split())


def answer(prompt: str) -> str:
    """What the stand-in's models answer to a prompt: `{"queries": [...]}` as JSON text, with quotes if asked.

    Args:
        prompt: a user message with one document between `<document-…>` tags, that asks to "Write N search queries".

    Returns:
        At most N distinct queries, short and full ones in turn; none for a prompt without a document.
    """
    document = _DOCUMENT.search(prompt)
    if document is None:
        return json.dumps({"queries": []})
    examples = _EXAMPLES.search(prompt, document.end())
    task = prompt[document.end() : examples.start() if examples else None]
    asked = _ASKED.search(task)
    count = int(asked[1]) if asked else 2
    if _ASKED_QUOTE.search(task):
        return json.dumps({"queries": write_quoted_queries(document[2], count)}, ensure_ascii=False)
    styles = _ASKED_STYLE.findall(task)
    return json.dumps({"queries": write_queries(document[2], count, styles or STYLES)}, ensure_ascii=False)


def write_queries(document: str, count: int, styles: Sequence[str] = STYLES) -> list[str]:
    """At most `count` distinct queries that the document answers, in these styles in turn."""
    title, sentences = _read(document[:READ_CHARACTERS])
    writers = {style: _STYLE_WRITERS[style](title, sentences) for style in styles}
    queries: dict[str, str] = {}
    turn = list(writers)
    while turn and len(queries) < count:
        style = turn.pop(0)
        query = next((query for query in writers[style] if query.casefold() not in queries), None)
        if query is not None:
            queries[query.casefold()] = query
            turn.append(style)
    return list(queries.values())


def write_quoted_queries(document: str, count: int) -> list[dict[str, str]]:
    """At most `count` distinct queries, each with the whole sentence that it was cut from, short and full in turn."""
    title, rest = _title_and_rest(document[:READ_CHARACTERS])
    pieces = [piece.strip() for piece in _SENTENCE_END.split(rest) if len(piece.split()) > LEAST_FULL_WORDS]
    telling = sorted(pieces, key=lambda piece: bool(_POINTER.match(piece) or _NOTICE.search(piece)))
    found: dict[str, dict[str, str]] = {}
    for number, sentence in enumerate(telling):
        plain = _BRACKETS.sub(" ", sentence)
        query = _subject(plain) if number % 2 else _request(plain)
        if query and query.casefold() not in found and len(found) < count:
            found[query.casefold()] = {"query": query, "quote": sentence}
    if title and telling and len(found) < count:
        found.setdefault(title.casefold(), {"query": _typed(title, SHORT_WORDS), "quote": telling[0]})
    return list(found.values())


def _title_and_rest(document: str) -> tuple[str, str]:
    first, _, rest = document.strip().partition("\n")
    titled = bool(rest.strip()) and len(first.split()) <= TITLE_WORDS
    return (first, rest) if titled else ("", document)


def _read(document: str) -> tuple[str, list[str]]:
    title, rest = _title_and_rest(document)
    pieces = _SENTENCE_END.split(_BRACKETS.sub(" ", rest))
    return title, [piece.strip() for piece in pieces if piece.strip(_EDGES)]


def _short_queries(title: str, sentences: list[str]) -> Iterator[str]:
    if title.strip(_EDGES):
        yield _typed(title, SHORT_WORDS)
    yield from filter(None, map(_subject, sentences))


def _full_queries(sentences: list[str]) -> Iterator[str]:
    telling = sorted(sentences, key=lambda sentence: bool(_POINTER.match(sentence) or _NOTICE.search(sentence)))
    requests = [_request(sentence) for sentence in telling]
    yield from (request for request in requests if len(request.split()) >= LEAST_FULL_WORDS)
    yield from (request for request in requests if request)


def _keywords(title: str, sentences: list[str]) -> Iterator[str]:
    for query in _full_queries(sentences) if not title else (*_short_queries(title, []), *_full_queries(sentences)):
        words = [word for word in query.split() if word.lower() not in _INNER_WORDS | _OUTER_WORDS]
        if words:
            yield " ".join(words[:KEYWORDS])


def _questions(_: str, sentences: list[str]) -> Iterator[str]:
    yield from (f"how do I {query}?" for query in _full_queries(sentences))


def _titles(title: str, sentences: list[str]) -> Iterator[str]:
    if title.strip(_EDGES):
        yield title.strip(_EDGES)
    yield from _short_queries("", sentences)


_STYLE_WRITERS: dict[str, Callable[[str, list[str]], Iterator[str]]] = {
    "factoid": _short_queries,
    "conceptual": lambda _, sentences: _full_queries(sentences),
    "keywords": _keywords,
    "question": _questions,
    "title": _titles,
}


def _subject(sentence: str) -> str:
    """The longest run of words that can be a noun phrase; of equals the first."""
    runs: list[list[str]] = [[]]
    for word in sentence.split():
        if word.strip(_EDGES).lower() in _OUTER_WORDS:
            runs.append([])
            continue
        runs[-1].append(word)
        if word[-1] in ",;:.!?":
            runs.append([])
    phrases = [_trimmed(_trimmed(run)[:SHORT_WORDS]) for run in runs]
    longest = max(phrases, key=lambda words: sum(word.lower() not in _INNER_WORDS for word in words))
    return _typed(" ".join(longest), SHORT_WORDS)


def _request(sentence: str) -> str:
    words = _OPENING.sub("", sentence.strip(_EDGES) + " ", count=1).split()
    while len(words) > LEAST_FULL_WORDS and words[0].lower() in _OUTER_WORDS:
        words.pop(0)
    if len(words) > 1 and words[1].lower() in _OBJECT_WORDS:
        words[0] = _base_form(words[0])
    text = _FILLER.sub("", " ".join(words))
    turn = _TURN.search(text, len(" ".join(text.split(" ")[:LEAST_FULL_WORDS])))
    return _typed(text[: turn.start()] if turn else text, FULL_WORDS)


def _base_form(verb: str) -> str:
    lower = verb.lower()
    if lower.endswith("ies") and len(lower) > len("ties"):
        return verb[:-3] + "y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return verb[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is")):
        return verb[:-1]
    return verb


def _typed(text: str, most_words: int) -> str:
    """As people type it: no punctuation, no capitals but those of names and acronyms."""
    words = [word.strip(_EDGES) for word in _MARK.sub(" ", _QUOTES.sub(" ", text)).split()]
    words = _trimmed([word for word in words if word][:most_words])
    return " ".join(word.lower() if _CAPITALISED.fullmatch(word) else word for word in words)


def _trimmed(words: list[str]) -> list[str]:
    while words and words[-1].lower() in _INNER_WORDS:
        words = words[:-1]
    while len(words) > 1 and words[0].lower() in _INNER_WORDS:
        words = words[1:]
    return words
