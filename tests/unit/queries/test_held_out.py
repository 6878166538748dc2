from __future__ import annotations

from include.corpus.document import Document
from include.queries.held_out import MAX_QUERIES, HeldOutSample
from include.queries.pairs import Pair


def pairs(count: int) -> list[Pair]:
    return [Pair(f"query {n}", Document(f"d{n}", "text"), held_out=True) for n in range(count)]


def sample(added: list[Pair], seed: int = 42, size: int = MAX_QUERIES) -> list[Pair]:
    found = HeldOutSample(seed, size)
    for pair in added:
        found.add(pair)
    return found.pairs()


def test_held_out_sample_of_few_is_all_in_their_order() -> None:
    assert sample(pairs(30)) == pairs(30)


def test_held_out_sample_of_many_depends_on_seed_and_queries_alone() -> None:
    chosen = sample(pairs(300), size=50)

    assert len(chosen) == 50
    assert set(chosen) == set(sample(pairs(300)[::-1], size=50))
    assert set(chosen) != set(sample(pairs(300), seed=43, size=50))
    assert [pair.query for pair in chosen] == [pair.query for pair in pairs(300) if pair in chosen]


def test_held_out_sample_query_of_several_documents_keeps_all_of_them() -> None:
    again = [Pair(pair.query.upper(), Document(f"{pair.document.id}-2", "text"), True) for pair in pairs(300)]
    chosen = sample([*pairs(300), *again], size=50)

    assert len(chosen) == 100
    assert len({pair.query.casefold() for pair in chosen}) == 50
