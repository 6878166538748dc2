"""Sparse models on tiny encoders: what the job writes, and that the handler answers what was trained."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import torch
import transformers

from include.inference.weighting.model import load_sparse_encoder, rows_of
from include.training.sparse.states import read_states

from .conftest import BASE_MODEL, TOPICS, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Job

SMALL = ["--model_type", "sparse", "--batch_size", "8", "--max_sequence_length", "32", "--precision", "fp32"]


class Sparse(NamedTuple):
    """A finished job and the handler of its model."""

    job: Job
    handler: Any
    model: Any

    def answer(self, texts: list[str], side: str | None = None) -> list[dict[str, float]]:
        request = {"inputs": texts} | ({"input_type": side} if side else {})
        data = self.handler.input_fn(json.dumps(request), "application/json")
        body, media_type = self.handler.output_fn(self.handler.predict_fn(data, self.model), "application/json")
        assert media_type == "application/json"
        return list(json.loads(body))


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Encoders of two layers without and with a masked-language head, random, with MiniLM's vocabulary."""
    folder = tmp_path_factory.mktemp("bases")
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(BASE_MODEL), local_files_only=True)
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64
    )
    kinds = {"lexical": transformers.BertModel, "splade": transformers.BertForMaskedLM}
    for name, kind in kinds.items():
        transformers.set_seed(0)
        kind(config).save_pretrained(str(folder / name))
        tokenizer.save_pretrained(str(folder / name))
    return {name: folder / name for name in kinds}


@pytest.fixture(scope="module")
def lexical(bases: dict[str, Path], channels: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sparse]:
    folder = tmp_path_factory.mktemp("lexical")
    given = ["--epochs", "2", "--write_vectors", "true", "--model_name", "small"]
    done = run_here(channels, folder, *SMALL, *given, SM_CHANNEL_BASE_MODEL=str(bases["lexical"]))
    assert (done.status, done.errors) == (0, "")
    yield from served(done)


def served(job: Job) -> Iterator[Sparse]:
    """The handler as an endpoint imports it: from the archive's own code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVING_PRECISION", "fp32")
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.syspath_prepend(str(job.model / "code"))
        forget_serving()
        handler = importlib.import_module("serving.sparse")
        yield Sparse(job, handler, handler.model_fn(str(job.model)))
    forget_serving()


def forget_serving() -> None:
    """Another archive's code has the same name."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "serving"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def splade(bases: dict[str, Path], channels: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Queries and documents through one encoder with a masked-language head."""
    given = ["--epochs", "1", "--max_pairs", "8", "--sparse_mode", "bi-encoder"]
    base = str(bases["splade"])
    return run_here(channels, tmp_path_factory.mktemp("splade"), *SMALL, *given, SM_CHANNEL_BASE_MODEL=base)


def assert_same(found: list[dict[str, float]], expected: list[dict[str, float]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=2e-3)


def test_handler_answers_both_sides_with_the_weights_of_the_training_job(lexical: Sparse) -> None:
    golden = lexical.job.golden()
    assert (len(golden["texts"]), len(golden["queries"])) == (2, 2)
    assert_same(lexical.answer(golden["texts"]), golden["weights"])
    assert_same(lexical.answer(golden["queries"], "query"), golden["query_weights"])


def test_handler_weighs_the_words_of_a_document_and_of_a_query_differently(lexical: Sparse) -> None:
    text = "a glacier grinds a glacier"
    document, query = lexical.answer([text], "document")[0], lexical.answer([text], "query")[0]
    assert {"a", "glacier"} < document.keys()
    assert {"glacier"} < query.keys() < document.keys(), "a word of all documents has no weight"


def test_columns_of_the_training_are_weighed_as_the_handler_does(lexical: Sparse) -> None:
    """Training computes the words of its queries only; what it learns must hold for what is served."""
    model = load_sparse_encoder(lexical.job.model, "cpu")
    texts = list(TOPICS.values())
    all_words = rows_of(model, texts, is_query=False).toarray()
    columns = torch.arange(0, all_words.shape[1], 7)
    module = model[0].sub_modules["document"][-1]
    some = read_states(model, texts, "fp32").weights(module, torch.arange(len(texts)), columns)
    assert np.abs(some.detach().numpy() - all_words[:, ::7]).max() < 0.02


def test_handler_weights_are_what_neural_sparse_takes(lexical: Sparse) -> None:
    texts = [*TOPICS.values(), "glacier " * 200, "...", ""]
    for weights in lexical.answer(texts) + lexical.answer(texts, "query"):
        assert all(0 < weight <= 64 for weight in weights.values())
        assert not set(weights) & {"[CLS]", "[SEP]", "[PAD]", "[UNK]"}


def test_handler_keeps_the_order_whatever_the_lengths(lexical: Sparse) -> None:
    texts = [f"{'apple ' * (number % 5)}violin {number}" for number in range(20)]
    assert_same(lexical.answer(texts), [lexical.answer([text])[0] for text in texts])
    assert lexical.answer([]) == []


def test_handler_refuses_another_side(lexical: Sparse) -> None:
    with pytest.raises(Exception, match="input_type is 'passage'"):
        lexical.answer(["text"], "passage")


def test_untrained_lexical_model_finds_by_words_alone(lexical: Sparse) -> None:
    """Its encoder is random: whatever it finds, it finds by BM25's weights ("about" is a rare word here)."""
    lines = (lexical.job.output / "data" / "runs" / "judged.base.trec").read_text(encoding="utf-8").splitlines()
    found = [line.split()[:4] for line in lines]
    ranks = [int(rank) for query, _, document, rank in found if document == query.replace("judged-", "doc%20")]
    assert len(ranks) == len(TOPICS)
    assert max(ranks) <= 2


def test_job_reports_how_many_words_a_text_has(lexical: Sparse) -> None:
    report = lexical.job.report()
    assert (report["sparse_mode"], report["sparse_start"]) == ("doc-only", "lexical")
    assert (report["query_prefix"], report["document_prefix"]) == ("", "")
    assert 5 < report["weights"]["tuned"]["documents"]["median"] < 300
    assert 0 < report["weights"]["tuned"]["queries"]["p95"] < 10
    assert report["steps"] == 6


def test_job_writes_vectors_that_give_its_own_scores(lexical: Sparse) -> None:
    data = lexical.job.output / "data"
    vectors = data / "vectors"
    assert {path.name for path in vectors.iterdir()} == {
        f"{name}.{which}.jsonl" for name in ("documents", "heldout", "judged") for which in ("base", "tuned")
    }
    documents, queries = (weights_of(vectors / f"{name}.tuned.jsonl") for name in ("documents", "judged"))
    lines = (data / "runs" / "judged.tuned.trec").read_text(encoding="utf-8").splitlines()
    query, _, document, _, score, _ = lines[0].split()
    document_weights = documents[document.replace("%20", " ")]
    own = sum(weight * document_weights.get(token, 0.0) for token, weight in queries[query].items())
    assert own == pytest.approx(float(score), rel=1e-3)


def weights_of(path: Path) -> dict[str, dict[str, float]]:
    return {line["id"]: line["weights"] for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def test_job_model_has_safetensors_and_nothing_pickled(lexical: Sparse) -> None:
    files = {path.relative_to(lexical.job.model).as_posix() for path in lexical.job.model.rglob("*") if path.is_file()}
    assert {"config.json", "model.safetensors", "router_config.json", "modules.json", "README.md"} <= files
    assert {name.rpartition(".")[2] for name in files} <= {"json", "safetensors", "txt", "md", "py"}


def test_splade_trains_from_a_masked_language_head_and_reads_back(splade: Job) -> None:
    assert (splade.status, splade.errors) == (0, "")
    report, golden = splade.report(), splade.golden()
    assert (report["sparse_mode"], report["sparse_start"]) == ("bi-encoder", "splade")
    for handler in served(splade):
        assert_same(handler.answer(golden["queries"], "query"), golden["query_weights"])


def test_tuned_model_can_be_tuned_further(lexical: Sparse, channels: Path, tmp_path: Path) -> None:
    base = str(lexical.job.model)
    done = run_here(channels, tmp_path, *SMALL, "--epochs", "1", "--max_pairs", "8", SM_CHANNEL_BASE_MODEL=base)
    assert (done.status, done.errors) == (0, "")
    before = lexical.job.output / "data" / "runs" / "judged.tuned.trec"
    after = done.output / "data" / "runs" / "judged.base.trec"
    assert after.read_text(encoding="utf-8").replace("base", "tuned") == before.read_text(encoding="utf-8")


def test_encoder_without_head_is_refused_for_queries(bases: dict[str, Path], channels: Path, tmp_path: Path) -> None:
    given = [*SMALL, "--sparse_mode", "bi-encoder"]
    done = run_here(channels, tmp_path, *given, SM_CHANNEL_BASE_MODEL=str(bases["lexical"]))
    assert done.status == 1
    assert "has no masked-language head to weigh queries with. Valid: 'doc-only'" in done.errors
