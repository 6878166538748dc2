"""Reading Lucene's words for a query (`Query.toString`), as `_validate/query?explain` gives them."""

from __future__ import annotations

import re

from local.gateway.highlight.clauses import Boolean, Clause, Other, Query, Term, Wrapped

# Queries on one or more words: these become terms.
WORDS = ("match", "match_phrase", "match_bool_prefix", "multi_match", "query_string", "simple_query_string", "term")
# What an index with nested fields adds to queries that may match nested documents.
_ROOT_ONLY = " #FieldExistsQuery [field=_primary_term]"
_FIELD = r"[^\s:()\"]+:"
_START = re.compile(rf'([+#-]?)(?={_FIELD}|\(|"|\*:\*|[A-Z]\w*[( ]|blended\()')
_TERM = re.compile(rf"({_FIELD})(.+)", re.DOTALL)
_NOT_A_TERM = re.compile(r'["\[{(]|AutomatonQuery ')
_PATTERN = re.compile(r"[*?]|~\d*$|^/.*/$", re.DOTALL)
_PAIRS = {"(": ")", "[": "]"}


def parsed(text: str, kind: str, *, literal: bool) -> Query:
    """The query that `text` is the explanation of.

    Args:
        text: of a query without other queries of the DSL in it.
        kind: its name in the DSL; of those not in `WORDS` little is known.
        literal: `*`, `?` and `~` are characters of the words, no prefixes, patterns or misspellings.
    """
    text = _within_root(text)
    if text.startswith("ConstantScore(") and text.endswith(")"):
        return Wrapped(parsed(text[len("ConstantScore(") : -1], kind, literal=literal))
    if kind == "term":
        return _term(text, literal=True)
    return _query(text, literal) if kind in WORDS else Other(text)


def _within_root(text: str) -> str:
    if not (text.startswith("+") and text.endswith(_ROOT_ONLY)):
        return text
    inner = text[1 : -len(_ROOT_ONLY)]
    is_boolean = _closing(inner, 0) == len(inner) - 1 and not _alternatives(inner[1:-1])
    return inner[1:-1] if is_boolean else inner


def _query(text: str, literal: bool) -> Query:
    pieces = _split(text)
    if len(pieces) == 1 and not pieces[0][0]:
        return _clause(pieces[0][1], literal)
    return Boolean(tuple(Clause(occur, _clause(body, literal)) for occur, body in pieces))


def _clause(text: str, literal: bool) -> Query:
    if not text.startswith("("):
        return _term(text, literal)
    end = _closing(text, 0)
    inner, rest = text[1:end], text[end + 1 :]
    if rest.startswith("^"):
        return Wrapped(_query(inner, literal))
    if (rest and not re.fullmatch(r"~\d+", rest)) or _alternatives(inner):
        return Other(text)
    found = _query(inner, literal)
    return found if isinstance(found, Boolean) else Boolean((Clause("", found),))


def _term(text: str, literal: bool) -> Query:
    found = _TERM.fullmatch(text)
    if found is None or _NOT_A_TERM.match(found[2]) or (not literal and _PATTERN.search(found[2])):
        return Other(text)
    return Term(found[1][:-1], found[2])


def _split(text: str) -> list[tuple[str, str]]:
    """The clauses at the top of `text`, each with its sign: a blank ends one where another may begin."""
    starts = []
    at = 0
    while at < len(text):
        sign = _START.match(text, at)
        if sign is not None and (at == 0 or text[at - 1] == " "):
            starts.append((at, sign[1]))
            at += len(sign[1])
        at = _after(text, at)
    if not starts or starts[0][0] != 0:
        return [("", text)]
    ends = [start - 1 for start, _ in starts[1:]] + [len(text)]
    return [(sign, text[start + len(sign) : end]) for (start, sign), end in zip(starts, ends, strict=True)]


def _after(text: str, at: int) -> int:
    """The next place to look at: brackets and phrases are jumped over."""
    if text[at] in _PAIRS:
        return _closing(text, at) + 1
    if text[at] == '"':
        end = text.find('"', at + 1)
        return end + 1 if end > 0 else at + 1
    return at + 1


def _closing(text: str, at: int) -> int:
    """Where the bracket at `at` is closed; its own place if it is none, or never closed."""
    if text[at : at + 1] not in _PAIRS:
        return at
    opening, closing = text[at], _PAIRS[text[at]]
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if depth == 0:
            return place
    return at


def _alternatives(text: str) -> bool:
    """Whether `text` is that of a `DisjunctionMaxQuery`, without its brackets."""
    at = 0
    while at < len(text):
        if text.startswith(" | ", at):
            return True
        at = _after(text, at)
    return False
