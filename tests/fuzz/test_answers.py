"""What Bedrock gives back: lines and whole files of answers, in whatever state."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from include.corpus.document import Document
from include.queries.answers import digest, parse_answer, parse_record
from include.queries.dropped import DroppedError
from include.queries.pairs import PairCounts, PairRules, collect_pairs
from include.queries.sources import BedrockAnswers
from tests.fuzz.counting import fuzz
from tests.fuzz.strategies import json_values, lines, nearly, texts

DOCUMENTS = [Document(f"d{number}", f"Creates the group {number}. A group holds users.") for number in range(3)]
DIGESTS = {f"R{number:010d}": digest(document.text) for number, document in enumerate(DOCUMENTS)}

candidates = st.one_of(texts, nearly({"query": texts, "quote": st.one_of(texts, st.just("A group holds users."))}))
answers = st.one_of(
    nearly({"queries": st.lists(candidates, max_size=3)}).map(json.dumps),
    st.lists(candidates, max_size=3).map(lambda found: "```json\n" + json.dumps({"queries": found}) + "\n```"),
    texts,
)
parts = st.lists(nearly({"text": answers, "type": st.just("text")}), max_size=2)
outputs = st.one_of(
    nearly({"content": parts, "stop_reason": texts}),
    st.builds(lambda content, stop: {"output": {"message": {"content": content}}, "stopReason": stop}, parts, texts),
    json_values,
)
names = st.one_of(st.sampled_from([*DIGESTS, "R0000000009"]), texts)
records = nearly({"recordId": names, "modelInput": json_values, "modelOutput": outputs})
good = st.builds(lambda name, found: {"recordId": name, "modelOutput": {"content": [{"text": found}]}}, names, answers)
record_lines = lines(st.one_of(good, good, records))


@fuzz(4_000, line=record_lines, asked=st.integers(1, 3), quoting=st.booleans())
def test_bedrock_line(line: bytes, asked: int, quoting: bool) -> None:
    try:
        found = parse_record(line, DIGESTS, asked, quoting)
    except DroppedError:
        return
    assert len(found.queries) + len(found.dropped) == asked
    "".join(found.queries).encode()


@fuzz(2_500, text=answers)
def test_bedrock_answer(text: str) -> None:
    try:
        assert isinstance(parse_answer(text), list)
    except DroppedError:
        return


@fuzz(2_000, content=st.lists(record_lines, max_size=6), quoting=st.booleans())
def test_bedrock_file(content: list[bytes], quoting: bool) -> None:
    counts = PairCounts()
    source = BedrockAnswers(content, 2, quoting)
    rules = PairRules(frozenset({"d0"}), quoting=quoting)

    pairs = list(collect_pairs(lambda: iter(DOCUMENTS), source, rules, counts))

    assert len(pairs) == counts.usable <= counts.asked
    for pair in pairs:
        fields: dict[str, Any] = json.loads(pair.to_line().encode())
        assert fields["document"] == pair.document.text
