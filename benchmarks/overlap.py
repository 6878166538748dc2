"""How much of a question its answer's sentence repeats."""

from __future__ import annotations

from include.training.words import words

# Words of English questions that say nothing about what is asked for.
FUNCTION_WORDS = frozenset(
    word
    for text in (
        "a an the and or but of in on at by for from to into with within without about as than then that this these",
        "those there here it its he she they them their his her him we us our you your i me my one ones",
        "is are was were be been being am do does did done doing has have had having can could will would shall should",
        "may might must not no nor so if because while during after before between among against over under up down",
        "what which who whom whose when where why how many much long often far old kind type name called used other",
        "also more most some any each every all both such only own same too very just s t d ll re ve",
    )
    for word in words(text)
)


def repeated_share(question: str, sentence: str) -> float:
    """The share of the question's content words that stand in the sentence too, by their stems; 1 without any."""
    asked = set(words(question)) - FUNCTION_WORDS
    return len(asked & set(words(sentence))) / len(asked) if asked else 1.0
