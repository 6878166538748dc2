from __future__ import annotations

import pytest

from include.training.parameters import Parameters, read_parameters
from include.training.prompts import Prompts, family_prompts, resolve_prompts

BGE = "Represent this sentence for searching relevant passages: "


@pytest.mark.parametrize(
    ("hub_id", "prompts"),
    [
        pytest.param("BAAI/bge-base-en-v1.5", Prompts(BGE), id="bge"),
        pytest.param("BAAI/bge-small-en@a5beb1e3", Prompts(BGE), id="bge_before_1.5_with_a_revision"),
        pytest.param("BAAI/bge-m3", Prompts(), id="bge_m3_wants_none"),
        pytest.param("intfloat/e5-small-v2", Prompts("query: ", "passage: "), id="e5"),
        pytest.param("intfloat/multilingual-e5-base", Prompts("query: ", "passage: "), id="multilingual_e5"),
        pytest.param("nomic-ai/nomic-embed-text-v1.5", Prompts("search_query: ", "search_document: "), id="nomic"),
        pytest.param("thenlper/gte-base", Prompts(), id="gte_wants_none"),
        pytest.param("me/bge-base-en-v1.5", Prompts(), id="another_owner"),
        pytest.param("", Prompts(), id="not_from_the_hub"),
    ],
)
def test_family_prompts_are_those_of_the_models_card(hub_id: str, prompts: Prompts) -> None:
    assert family_prompts(hub_id) == prompts


def test_family_prompts_chinese_bge_has_its_own() -> None:
    assert family_prompts("BAAI/bge-large-zh-v1.5").query.startswith("为这个句子")


@pytest.mark.parametrize(
    ("own", "default_name", "prompts"),
    [
        pytest.param({"query": "", "document": ""}, None, Prompts("query: ", "passage: "), id="says_nothing"),
        pytest.param(
            {"query": "q ", "passage": "p ", "document": ""}, None, Prompts("q ", "p "), id="query_and_passage"
        ),
        pytest.param(
            {"query": "q ", "document": "d ", "passage": "p "}, None, Prompts("q ", "d "), id="document_first"
        ),
        pytest.param({"query": "q "}, None, Prompts("q ", ""), id="query_only"),
        pytest.param({"query": "q "}, "query", Prompts("q ", ""), id="a_sides_own_default_is_for_that_side"),
        pytest.param({"text": "t: "}, "text", Prompts("t: ", "t: "), id="another_default_is_for_both"),
    ],
)
def test_resolve_prompts_the_models_own_win_over_its_familys(
    own: dict[str, str | None], default_name: str | None, prompts: Prompts
) -> None:
    assert resolve_prompts(Parameters(), own, default_name, "intfloat/e5-base") == prompts


def test_resolve_prompts_what_was_asked_for_wins_on_its_side() -> None:
    asked = read_parameters(["--query_prefix", "find: "], {})
    assert resolve_prompts(asked, {"query": "q "}, None, "") == Prompts("find: ", "")
    assert resolve_prompts(asked, {}, None, "intfloat/e5-base") == Prompts("find: ", "passage: ")


def test_resolve_prompts_none_is_no_prompt() -> None:
    asked = read_parameters(["--query_prefix", "none", "--document_prefix", "none"], {})
    assert resolve_prompts(asked, {"query": "q "}, None, "intfloat/e5-base") == Prompts("", "")
