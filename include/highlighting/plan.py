"""What a search asks for: the semantic fields of its hits and of its inner hits, and the body for the server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from include.errors import unquoted
from include.highlighting.asked import AskedField, SemanticField, asked_fields, without_semantic
from include.highlighting.errors import InvalidHighlightError, NoQuestionError
from include.highlighting.questions import question_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_INNER_HITS_OF = {"nested": "path", "has_child": "type", "has_parent": "parent_type"}


@dataclass(frozen=True)
class Section:
    """The semantic fields of hits, or of the inner hits of one name.

    Attributes:
        fields: what to highlight.
        from_fields: whether their texts come by the `fields` of a hit, as its `_source` may lack them.
        user_fields: patterns of the `fields` that the user asked for; what else is in there is taken out again.
    """

    fields: tuple[SemanticField, ...] = ()
    from_fields: bool = False
    user_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchPlan:
    """What is sent to the server, and what is done with its answer.

    Attributes:
        body: without semantic fields, with what brings their texts back.
        hits: the fields of the hits.
        inner: those of inner hits, by name.
    """

    body: dict[str, Any]
    hits: Section
    inner: dict[str, Section]

    def fields(self) -> Iterator[SemanticField]:
        """All of them."""
        for section in (self.hits, *self.inner.values()):
            yield from section.fields


@dataclass(frozen=True)
class _Defaults:
    model_id: str | None
    question: str | None


def plan_of(body: dict[str, Any], model_id: str | None = None, question: str | None = None) -> SearchPlan:
    """What a search asks for.

    Args:
        body: of the search, as a user writes it for the server's semantic highlighter.
        model_id: of the model where the body names none.
        question: what to look for where no `highlight_query` says it; else the query's text.

    Raises:
        InvalidHighlightError: no field is semantic, no model is named, or an option is wrong.
        NoQuestionError: nothing says what to look for.
    """
    defaults = _Defaults(model_id, question)
    main = question_of(body.get("query"))
    inner: dict[str, Section] = {}
    plan = SearchPlan(_stripped(body, inner, defaults, main), _section(body, defaults, main), inner)
    if not any(True for _ in plan.fields()):
        raise InvalidHighlightError(
            "No field of the search is semantic. Valid: "
            '"highlight": {"fields": {"<field>": {"type": "semantic"}}} in the body or in inner_hits. '
            "Add it, or use the client's own search."
        )
    return plan


def _stripped(body: dict[str, Any], inner: dict[str, Section], defaults: _Defaults, main: str | None) -> dict[str, Any]:
    """The body for the server; the inner hits' sections are put into `inner` on the way."""
    changed = _for_server(body)
    if "query" in body:
        changed["query"] = _query(body["query"], inner, defaults, main)
    collapse = body.get("collapse")
    if isinstance(collapse, dict) and "inner_hits" in collapse:
        many = collapse["inner_hits"]
        done = [_collapsed(each, inner, defaults, main) for each in _listed(many)]
        changed["collapse"] = {**collapse, "inner_hits": done if isinstance(many, list) else done[0]}
    return changed


def _collapsed(section: Any, inner: dict[str, Section], defaults: _Defaults, main: str | None) -> Any:
    if not isinstance(section, dict):  # the server's to refuse
        return section
    return _inner(section, str(section.get("name")), inner, defaults, main)


def _query(query: Any, inner: dict[str, Section], defaults: _Defaults, main: str | None) -> Any:
    if isinstance(query, list):
        return [_query(each, inner, defaults, main) for each in query]
    if not isinstance(query, dict):
        return query
    changed = {}
    for kind, options in query.items():
        value = _query(options, inner, defaults, main)
        if kind in _INNER_HITS_OF and isinstance(options, dict) and isinstance(options.get("inner_hits"), dict):
            name = str(options["inner_hits"].get("name") or options.get(_INNER_HITS_OF[kind]))
            asks = question_of(options.get("query")) or main
            value = {**value, "inner_hits": _inner(options["inner_hits"], name, inner, defaults, asks)}
        changed[kind] = value
    return changed


def _inner(
    section: dict[str, Any], name: str, inner: dict[str, Section], defaults: _Defaults, asks: str | None
) -> dict[str, Any]:
    inner[name] = _section(section, defaults, asks)
    return _for_server(section)


def _section(section: dict[str, Any], defaults: _Defaults, asks: str | None) -> Section:
    fields = tuple(_resolved(field, defaults, asks) for field in asked_fields(section.get("highlight")))
    user_fields = tuple(_field_name(each) for each in _user_fields(section))
    return Section(fields, _may_lack_source(section), user_fields)


def _resolved(field: AskedField, defaults: _Defaults, asks: str | None) -> SemanticField:
    model_id = field.options.get("model_id") or defaults.model_id
    if not isinstance(model_id, str):
        raise InvalidHighlightError(
            f"model_id of the field {field.name!r} is {model_id!r}. Valid: the id of a deployed model, given in "
            "highlight.options, in the field's options, or to SemanticHighlighter."
        )
    own = question_of(field.highlight_query) if field.highlight_query is not None else None
    question = own or defaults.question or asks
    if not question or not question.strip():
        raise NoQuestionError(
            f"Nothing says what to look for in {field.name!r}: neither its highlight_query nor the query has a text "
            "(match_all, knn and the like have none). Give question=… to the search, or a highlight_query."
        )
    return replace(SemanticField(field.name, model_id, field.look), question=question, own_question=question != asks)


def _for_server(section: dict[str, Any]) -> dict[str, Any]:
    """A body or `inner_hits` without semantic fields; texts that `_source` may lack are asked for as `fields`."""
    asked = asked_fields(section.get("highlight"))
    if not asked:
        return dict(section)
    changed = {name: value for name, value in section.items() if name != "highlight"}
    left = without_semantic(section["highlight"])
    if left is not None:
        changed["highlight"] = left
    if _may_lack_source(section):
        names = dict.fromkeys(field.name for field in asked)
        changed["fields"] = [*_user_fields(section), *names]
    return changed


def _may_lack_source(section: dict[str, Any]) -> bool:
    return section.get("_source", "stored_fields" not in section) is not True


def _user_fields(section: dict[str, Any]) -> list[Any]:
    fields = section.get("fields") or []
    if not isinstance(fields, list):
        raise InvalidHighlightError(f"fields is {unquoted(fields)}. Valid: a list of names, or of objects.")
    return fields


def _field_name(field: object) -> str:
    return str(field.get("field")) if isinstance(field, dict) else str(field)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
