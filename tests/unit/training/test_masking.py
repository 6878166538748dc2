from __future__ import annotations

import pytest

from include.training.collate import MaskingCollator
from include.training.masking import copied_span, mask_copied_words

DOCUMENT = "IAM: Create group.\nCreates a new group for the users of your account. A group can hold many users."


@pytest.mark.parametrize(
    ("query", "copied"),
    [
        pytest.param("IAM create group", "IAM: Create group", id="title_without_punctuation"),
        pytest.param("create a new group", "Creates a new group", id="other_ending"),
        pytest.param("create group for users", "Creates a new group for the users", id="words_left_out"),
        pytest.param("hold many users", "hold many users", id="end_of_the_document"),
        pytest.param("create group", "Create group", id="query_of_two_words"),
    ],
)
def test_copied_span_finds_where_the_query_was_copied_from(query: str, copied: str) -> None:
    span = copied_span(query, DOCUMENT)
    assert span is not None
    assert DOCUMENT[span.start : span.end] == copied


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("how do I let several people share permissions", id="other_words"),
        pytest.param("users account your the of", id="same_words_in_another_order"),
        pytest.param("which permissions has a new group by default in an organization", id="shared_term_only"),
        pytest.param("", id="empty"),
        pytest.param("?!", id="no_words"),
    ],
)
def test_copied_span_query_in_other_words_is_none(query: str) -> None:
    assert copied_span(query, DOCUMENT) is None


def test_copied_span_of_several_equally_long_is_the_first() -> None:
    text = "add tags to queues, then add tags to queues again"
    span = copied_span("add tags to queues", text)
    assert span is not None
    assert (span.start, text[span.start : span.end]) == (0, "add tags to queues")


def test_mask_leaves_the_rest_of_the_document_readable() -> None:
    assert mask_copied_words("IAM create group", DOCUMENT).startswith("Creates a new group for the users")
    masked = mask_copied_words("create a new group for the users of your account", DOCUMENT)
    assert masked == "IAM: Create group. A group can hold many users"


def test_mask_nothing_copied_is_the_document_itself() -> None:
    assert mask_copied_words("share permissions among people", DOCUMENT) == DOCUMENT


def test_mask_too_little_left_is_the_document_itself() -> None:
    assert (
        mask_copied_words("delete the bucket policy", "Delete the bucket policy now.")
        == "Delete the bucket policy now."
    )


class Collected:
    valid_label_columns = ("label",)

    def __call__(self, features: list[dict[str, str]]) -> dict[str, list[str]]:
        return {"document": [pair["document"] for pair in features]}


def collate(probability: float, times: int = 200) -> tuple[list[str], int]:
    collator = MaskingCollator(Collected(), probability, seed=42)
    batch = collator([{"query": "IAM create group", "document": DOCUMENT}] * times)
    return batch["document"], collator.masked_documents


def test_collator_masks_as_often_as_it_is_told() -> None:
    documents, masked = collate(0.8)
    assert sum(document != DOCUMENT for document in documents) == masked
    assert 140 < masked < 180


@pytest.mark.parametrize(("probability", "masked"), [(0.0, 0), (1.0, 200)])
def test_collator_never_and_always(probability: float, masked: int) -> None:
    assert collate(probability)[1] == masked


def test_collator_same_seed_masks_the_same_documents() -> None:
    assert collate(0.5) == collate(0.5)


def test_collator_shows_what_the_trainer_asks_of_the_one_inside() -> None:
    assert MaskingCollator(Collected(), 0.0, seed=1).valid_label_columns == ("label",)
