from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.document import Document, normalise
from include.corpus.sample import SampleCounts, sample_documents

if TYPE_CHECKING:
    import random

# Few ids and few texts, some of them the same but for case and blanks: duplicates of every kind are likely.
DOCUMENTS = st.lists(
    st.builds(
        Document,
        st.sampled_from("abcdef"),
        st.sampled_from(["", " ", "x", "X", " x ", "y", "Y y", "y  y", "z", "ﬁ", "fi"]),
    ),
    max_size=30,
)


def take(documents: list[Document], size: int, seed: int = 42) -> tuple[list[Document], SampleCounts]:
    with sample_documents(iter(documents), size, seed) as (sample, counts):
        return list(sample), counts


@given(documents=DOCUMENTS, size=st.integers(1, 8), order=st.randoms(use_true_random=False))
def test_sample_any_order_is_the_same(documents: list[Document], size: int, order: random.Random) -> None:
    shuffled = list(documents)
    order.shuffle(shuffled)

    assert take(shuffled, size) == take(documents, size)


@given(documents=DOCUMENTS, size=st.integers(1, 8), slices=st.integers(1, 5))
def test_sample_any_slicing_is_the_same(documents: list[Document], size: int, slices: int) -> None:
    sliced = [document for part in range(slices) for document in documents[part::slices]]

    assert take(sliced, size) == take(documents, size)


@given(documents=DOCUMENTS, size=st.integers(1, 8))
def test_sample_counts_add_up(documents: list[Document], size: int) -> None:
    sample, counts = take(documents, size)

    assert counts.read == len(documents)
    assert counts.empty == sum(not normalise(document.text) for document in documents)
    assert counts.sampled == len(sample) <= size
    assert counts.sampled + counts.duplicate + counts.empty <= counts.read
    if size >= 8:  # nothing was left out for its size
        assert counts.sampled + counts.duplicate + counts.empty == counts.read


@given(documents=DOCUMENTS, size=st.integers(1, 8))
def test_sample_has_each_id_and_each_text_once(documents: list[Document], size: int) -> None:
    sample, _ = take(documents, size)

    assert set(sample) <= set(documents)
    assert len({document.id for document in sample}) == len(sample)
    assert len({normalise(document.text) for document in sample}) == len(sample)


def test_sample_duplicate_texts_keeps_the_smallest_id() -> None:
    sample, counts = take([Document("b", "Same text"), Document("a", "same  TEXT"), Document("c", "same text")], 10)

    assert sample == [Document("a", "same  TEXT")]
    assert counts.duplicate == 2


def test_sample_duplicates_of_what_is_left_out_are_not_counted() -> None:
    documents = [Document(str(number), f"text {number % 50}") for number in range(100)]

    sample, counts = take(documents, 10)

    assert len(sample) == 10
    assert counts.as_dict() == {"read": 100, "empty": 0, "duplicate": 10, "sampled": 10}


def test_sample_another_seed_is_another_sample() -> None:
    documents = [Document(str(number), f"text {number}") for number in range(1_000)]

    assert take(documents, 100, seed=1)[0] != take(documents, 100, seed=2)[0]


def test_sample_larger_size_contains_the_smaller() -> None:
    documents = [Document(str(number), f"text {number}") for number in range(1_000)]

    assert set(take(documents, 100)[0]) < set(take(documents, 200)[0])


def test_sample_is_uniform() -> None:
    """Every tenth of the documents, in the order of their ids, gives about a tenth of the sample."""
    documents = [Document(f"{number:05}", f"text {number}") for number in range(10_000)]

    sample, _ = take(documents, 2_000)

    shares = [sum(int(document.id) // 1_000 == tenth for document in sample) for tenth in range(10)]
    assert all(150 <= share <= 250 for share in shares), shares  # 4 standard deviations are 54


def test_sample_texts_wait_on_disk_not_in_memory() -> None:
    import tracemalloc

    def documents() -> Any:
        for number in range(3_000):
            yield Document(str(number), f"{number} " + "x" * 10_000)

    tracemalloc.start()
    try:
        with sample_documents(documents(), 2_000, 42) as (sample, _):
            held = tracemalloc.get_traced_memory()[0]
            total = sum(len(document.text) for document in sample)
    finally:
        tracemalloc.stop()

    assert total > 20_000_000
    assert held < 2_000_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u2028line\u2029end\x85", id="unicode-line-ends"),
        pytest.param("tab\tand\r\nnew line", id="control-characters"),
        pytest.param('{"id": "x"}', id="json"),
        pytest.param("🚀 ünïcode ﷽", id="beyond-the-basic-plane"),
        pytest.param("\x00", id="nul"),
    ],
)
def test_sample_odd_text_comes_back_unchanged(text: str) -> None:
    assert take([Document("id\nwith a line end", text)], 1)[0] == [Document("id\nwith a line end", text)]
