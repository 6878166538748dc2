"""What Lucene makes of a query, as far as the single highlighter looks at it, and the question it reads from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.gateway.errors import refuse
from local.gateway.java.values import hash_set_order

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Term:
    """A `TermQuery`: one token of one field."""

    field: str
    text: str


@dataclass(frozen=True)
class Neural:
    """A `NeuralKNNQuery`, which remembers its text."""

    text: str | None


@dataclass(frozen=True)
class Clause:
    """A clause of a `BooleanQuery`; `occur` is Lucene's sign: `+` must, `#` filter, `-` must not, none should."""

    occur: str
    query: Query


@dataclass(frozen=True)
class Boolean:
    """A `BooleanQuery`."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Hybrid:
    """A `HybridQuery`."""

    queries: tuple[Query, ...]


@dataclass(frozen=True)
class Nested:
    """A `ToParentBlockJoinQuery`."""

    child: Query


@dataclass(frozen=True)
class Wrapped:
    """A `BoostQuery` or `ConstantScoreQuery`: nobody looks into it for a text."""

    inner: Query


@dataclass(frozen=True)
class Other:
    """Any other query, in Lucene's words."""

    text: str = ""


Query = Term | Neural | Boolean | Hybrid | Nested | Wrapped | Other


def question(query: Query, field: str) -> str | None:
    """The text of `query` for one field; None where its type has none.

    Args:
        query: of the search or of the highlighter.
        field: terms of other fields are left out.

    Raises:
        OpenSearchError: 500, a clause of a `bool` query has no text.
    """
    match query:
        case Term(of, text):
            return text if of == field else ""
        case Neural(text):
            return text
        case Nested(child):
            return question(child, field)
        case Boolean(clauses):
            return _joined(clauses, field)
        case Hybrid(queries):
            texts = [question(sub_query, field) for sub_query in queries]
            return " ".join(hash_set_order([text for text in texts if text])).strip()
    return None


def _joined(clauses: Iterable[Clause], field: str) -> str:
    found = []
    for clause in clauses:
        if clause.occur == "-":
            continue
        text = question(clause.query, field)
        if text is None:
            raise refuse("highlight_clause_null")
        found.append(text)
    return " ".join(text for text in found if text)


def might_match_outside(query: Query, path: str) -> bool:
    """Whether `query` may match documents that are not nested under `path`: Lucene's type of it decides, roughly."""
    match query:
        case Wrapped(inner):
            return might_match_outside(inner, path)
        case Term(of, _):
            return not of.startswith(f"{path}.")
        case Boolean(clauses):
            needed = [clause.query for clause in clauses if clause.occur in ("+", "#")]
            if needed:
                return all(might_match_outside(each, path) for each in needed)
            return any(might_match_outside(clause.query, path) for clause in clauses if clause.occur == "")
        case Other(text):
            of_path = (f"{path}.", f"IndexOrDocValuesQuery(indexQuery={path}.")
            is_one_field = text.startswith(of_path) and '"' not in text
            return not (is_one_field or text.startswith("MatchNoDocsQuery"))
    return True
