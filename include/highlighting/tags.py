"""Tags around spans: the ordinary `pre_tags`, `post_tags`, `encoder`, fragments and `no_match_size`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from include.highlighting.utf16 import Utf16Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.highlighting.spans import Span

# What Lucene's SimpleHTMLEncoder escapes, and how: `encoder: html` of the ordinary highlighters.
_HTML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "/": "&#x2F;"},
)


class Tags(NamedTuple):
    """What stands before and after a span."""

    pre: str = "<em>"
    post: str = "</em>"


class Look(NamedTuple):
    """How highlights of a field look.

    Attributes:
        tags: around each span.
        html: whether the text, not the tags, is escaped for HTML.
        fragments: how many sentences are shown, each as a fragment of its own; 0 shows the whole text as one.
        no_match_size: how many UTF-16 units of the first text are shown where nothing is highlighted.
    """

    tags: Tags = Tags()
    html: bool = False
    fragments: int = 0
    no_match_size: int = 0


PLAIN = Look()


def tagged(text: str, spans: Sequence[Span], look: Look) -> str:
    """The whole text with tags around its spans.

    Args:
        text: as it is in the document.
        spans: UTF-16 offsets; sorted, disjoint, inside the text.
        look: tags and encoder.
    """
    measured, pieces, at = Utf16Text(text), [], 0
    for span in spans:
        pieces += [_encoded(measured.cut(at, span.start), look), _marked(measured, span, look)]
        at = span.end
    return "".join([*pieces, _encoded(measured.cut(at, measured.length), look)])


def fragments(texts: Sequence[tuple[str, Sequence[Span]]], look: Look) -> list[str]:
    """What `highlight` shows of a field.

    Args:
        texts: the field's texts (several if it is an array) with their spans.
        look: how they are shown.

    Returns:
        One fragment a text that has spans, or the first `look.fragments` spans, one fragment each. Without any span:
        the beginning of the first text if `no_match_size` asks for it, else nothing.
    """
    found = [(text, spans) for text, spans in texts if spans]
    if not found:
        return _beginning(texts, look)
    if look.fragments == 0:
        return [tagged(text, spans, look) for text, spans in found]
    single = [_marked(Utf16Text(text), span, look) for text, spans in found for span in spans]
    return single[: look.fragments]


def _beginning(texts: Sequence[tuple[str, Sequence[Span]]], look: Look) -> list[str]:
    if not texts or look.no_match_size <= 0:
        return []
    return [_encoded(Utf16Text(texts[0][0]).beginning(look.no_match_size), look)]


def _marked(text: Utf16Text, span: Span, look: Look) -> str:
    return f"{look.tags.pre}{_encoded(text.cut(*span), look)}{look.tags.post}"


def _encoded(text: str, look: Look) -> str:
    return text.translate(_HTML) if look.html else text
