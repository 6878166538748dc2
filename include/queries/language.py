"""Is a query in another language than its document? Said only where it is clear."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Any

from include.corpus.document import normalise, words_of

log = logging.getLogger(__name__)

MIN_QUERY_WORDS = 5
MIN_DOCUMENT_WORDS = 20
READ_CHARACTERS = 2_000
# A query whose words stand in the document to this share is in its language.
SHARED_WORDS = 0.5
# Of the letters of a document; less is a name, not the text.
FOREIGN_SCRIPT_SHARE = 0.1
# Of py3langid's log-probabilities, between the query's language and the document's: see tests/unit/queries.
MARGIN = 25.0

# Languages that a short text cannot be told apart in.
_LIKE_EACH_OTHER = (
    frozenset({"en", "pcm"}),
    frozenset({"da", "nb", "nn", "no", "sv"}),
    frozenset({"bs", "hr", "sl", "sr"}),
    frozenset({"cs", "sk"}),
    frozenset({"id", "ms"}),
    frozenset({"an", "ast", "ca", "es", "gl", "oc", "pt"}),
    frozenset({"af", "nl"}),
    frozenset({"be", "bg", "mk", "ru", "uk"}),
    frozenset({"wuu", "yue", "zh"}),
)
_JAPANESE = ("HIRAGANA", "KATAKANA", "CJK")


def is_foreign(query: str, document: str) -> bool:
    """Whether the query is clearly in another script or language than the document.

    In another script is a query most of whose letters the document hardly uses, unless its words stand there. In
    another language is a query of five words or more, of which less than half stand in the document, that py3langid
    finds much more likely in another language than in the document's or one that is much like it. What is too short to
    tell is not foreign. Without py3langid, which the constraints of Airflow 3.0 rule out, only scripts are told apart.
    """
    document = document[:READ_CHARACTERS]
    if _shared_words(query, document) >= SHARED_WORDS:
        return False
    return _is_in_another_script(query, document) or _is_in_another_language(query, document)


def _shared_words(query: str, document: str) -> float:
    words = words_of(query).split()
    known = _words(document)
    return sum(word in known for word in words) / len(words) if words else 1.0


def _is_in_another_script(query: str, document: str) -> bool:
    scripts, used = _scripts(query), _scripts(document)
    if not scripts or not used:
        return False
    script = scripts.most_common(1)[0][0]
    return used[script] < FOREIGN_SCRIPT_SHARE * used.total()


def _is_in_another_language(query: str, document: str) -> bool:
    if len(words_of(query).split()) < MIN_QUERY_WORDS or len(words_of(document).split()) < MIN_DOCUMENT_WORDS:
        return False
    if _identifier() is None:
        return False
    language = _language(document)
    near = next((group for group in _LIKE_EACH_OTHER if language in group), frozenset({language}))
    scores = _identifier().rank(query)
    own = max(score for name, score in scores if name in near)
    return bool(max(score for _, score in scores) - own > MARGIN)


@lru_cache(maxsize=8)
def _scripts(text: str) -> Counter[str]:
    """Letters by script; Chinese characters, kana and what else Japanese mixes are one."""
    return Counter(_script(letter) for letter in normalise(text) if letter.isalpha())


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str:
    name = re.split(r"[ -]", unicodedata.name(letter, "UNKNOWN"), maxsplit=1)[0]
    return "CJK" if name in _JAPANESE else name


@lru_cache(maxsize=8)
def _words(document: str) -> frozenset[str]:
    return frozenset(words_of(document).split())


@lru_cache(maxsize=8)
def _language(document: str) -> str:
    return str(_identifier().classify(document)[0])


@lru_cache(maxsize=1)
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        log.warning("py3langid is not installed: queries in another language than their document are kept.")
        return None
    return LanguageIdentifier.from_model_file(MODEL_FILE)
