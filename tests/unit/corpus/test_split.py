from __future__ import annotations

import random

import pytest

from include.corpus.document import Document
from include.corpus.split import NearCopies, choose_held_out, group_near_duplicates, near_copies

WORDS = [f"word{number}" for number in range(5_000)]


def different(count: int, words: int = 60, seed: int = 7) -> list[Document]:
    draw = random.Random(seed)
    return [Document(f"d{number:04}", " ".join(draw.choices(WORDS, k=words))) for number in range(count)]


def changed(text: str, words: int) -> str:
    """The text with so many words replaced at its end."""
    kept = text.split()[:-words] if words else text.split()
    return " ".join([*kept, *(f"other{number}" for number in range(words))])


def held_out_ids(documents: list[Document], share: float, seed: int, judged: set[str] | None = None) -> frozenset[str]:
    return choose_held_out(group_near_duplicates(documents), share, seed, judged or set())


def test_held_out_share_is_reached() -> None:
    documents = different(500)

    assert len(held_out_ids(documents, 0.1, 42)) == 50
    assert len(held_out_ids(documents, 0.5, 42)) == 250


def test_held_out_depends_on_seed_and_ids_alone() -> None:
    documents = different(300)
    shuffled = random.Random(3).sample(documents, 300)

    assert held_out_ids(documents, 0.1, 42) == held_out_ids(shuffled, 0.1, 42)
    assert held_out_ids(documents, 0.1, 42) != held_out_ids(documents, 0.1, 43)


@pytest.mark.parametrize("words", [pytest.param(words, id=f"{words}-of-60-words-differ") for words in (0, 1, 3, 6)])
def test_held_out_near_duplicates_are_on_the_same_side(words: int) -> None:
    originals = different(200)
    copies = [Document(f"{document.id}-copy", changed(document.text, words)) for document in originals]

    held_out = held_out_ids([*originals, *copies], 0.3, 42)

    for document in originals:
        assert (document.id in held_out) == (f"{document.id}-copy" in held_out)
    assert 100 <= len(held_out) <= 120


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("Creates a new group.", "creates  a new GROUP.", id="case-and-blanks"),
        pytest.param("ﬁnds groups of users in the account", "finds groups of users in the account", id="ligature"),
        pytest.param("two words", "Two Words", id="shorter-than-a-shingle"),
    ],
)
def test_group_near_duplicates_dress_does_not_matter(text: str, same: str) -> None:
    groups = group_near_duplicates([Document("a", text), Document("b", same), Document("c", "something else entirely")])

    assert sorted(map(sorted, groups)) == [["a", "b"], ["c"]]


def test_group_near_duplicates_is_transitive() -> None:
    (document,) = different(1)
    chain = [Document(f"c{step}", changed(document.text, 4 * step)) for step in range(5)]

    assert len(group_near_duplicates(chain)) == 1


def test_group_near_duplicates_different_texts_stay_apart() -> None:
    assert len(group_near_duplicates(different(400))) == 400


def test_held_out_group_larger_than_the_share_stays_in_training() -> None:
    """A template that most documents follow must not take them all out of training."""
    template = different(1)[0].text
    alike = [Document(f"t{number:03}", f"{template} {number}") for number in range(120)]
    for seed in range(12):
        held_out = held_out_ids([*alike, *different(50)], 0.1, seed)

        assert 0 < len(held_out) <= 17
        assert not held_out & {document.id for document in alike}


def test_held_out_no_group_fits_takes_the_smallest() -> None:
    template, other = (document.text for document in different(2))
    large = [Document(f"a{number:03}", f"{template} {number}") for number in range(100)]
    small = [Document(f"b{number:03}", f"{other} {number}") for number in range(40)]
    for seed in range(5):
        assert held_out_ids([*large, *small], 0.1, seed) == {document.id for document in small}


def test_held_out_two_documents_one_is_held_out() -> None:
    assert len(held_out_ids(different(2), 0.01, 42)) == 1


def test_held_out_judged_documents_count_into_the_share() -> None:
    documents = different(500)
    judged = {f"d{number:04}" for number in range(0, 90, 3)}

    held_out = held_out_ids(documents, 0.1, 42, judged)

    assert judged < held_out
    assert len(held_out) == 50


def test_held_out_judged_documents_beyond_the_share_are_all_held_out_and_no_others() -> None:
    judged = {f"d{number:04}" for number in range(200)}

    assert held_out_ids(different(300), 0.1, 42, judged) == judged


def test_held_out_near_copies_of_judged_documents_are_held_out() -> None:
    originals = different(50)
    copies = [Document(f"{document.id}-copy", changed(document.text, 3)) for document in originals]

    held_out = held_out_ids([*originals, *copies], 0.01, 42, {"d0007-copy"})

    assert held_out == {"d0007", "d0007-copy"}


def test_near_copies_are_all_of_a_group_but_the_first() -> None:
    assert near_copies([["a"], ["c", "b", "d"]]) == {"b": "c", "d": "c"}


def test_group_near_duplicates_id_that_comes_twice_is_one_document() -> None:
    first, second = different(2)

    assert group_near_duplicates([first, second, Document(first.id, second.text)]) == [[first.id], [second.id]]


def test_near_copies_are_found_by_a_text() -> None:
    index = NearCopies()
    assert index.find("anything") == []
    documents = different(20)
    for document in documents:
        assert index.add(document) == []

    assert index.find(changed(documents[7].text, 3)) == [documents[7].id]
    assert index.find("something else entirely, of other words") == []
