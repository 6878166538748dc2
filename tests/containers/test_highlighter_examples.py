from __future__ import annotations

import pytest
import torch
import transformers

from include.inference.highlighting.classifier import SentenceClassifier, load_tokenizer
from include.inference.highlighting.scores import choose
from include.inference.highlighting.sentences import SentencexSplitter
from include.inference.highlighting.windows import Windower
from include.training.highlighter.base import HighlighterBase
from include.training.highlighter.calibrate import calibrate, split_for_calibration
from include.training.highlighter.examples import build_examples
from include.training.highlighter.fit import TokenIds
from include.training.highlighter.labels import Span
from include.training.highlighter.negatives import Negative
from include.training.highlighter.predict import predict
from include.training.highlighter.records import Quote
from include.training.parameters import Parameters

from .conftest import BASE_MODEL

LONG = " ".join(f"Sentence {number} says something about the town." for number in range(60))
QUOTES = [
    Quote(f"what is said {number}", f"This is about {number % 50}. That is not. Nor is this.", Span(0, 17))
    for number in range(100)
]


@pytest.fixture(scope="module")
def windower() -> Windower:
    return Windower(load_tokenizer(BASE_MODEL), SentencexSplitter(), max_tokens=64, overlap_tokens=16)


@pytest.mark.timeout(20)
def test_windows_of_a_question_and_a_sentence_that_both_fill_them_cover_the_text_once() -> None:
    windower = Windower(load_tokenizer(BASE_MODEL), SentencexSplitter(), max_tokens=32, overlap_tokens=64)
    [document] = windower.cut([("what " * 40, "word " * 100)])
    assert {len(window.input_ids) for window in document.windows[:-1]} == {32}
    assert sum(int((window.sentence_ids == 0).sum()) for window in document.windows) == 100


def test_build_examples_long_document_gives_the_marked_window_and_at_most_one_other(windower: Windower) -> None:
    start = LONG.index("Sentence 42")
    quotes = [Quote("which", LONG, Span(start, start + 30))] * 200
    examples = build_examples(windower, quotes, [], seed=1)
    assert sum(example.has_marked for example in examples) == 200
    assert 20 < sum(not example.has_marked for example in examples) < 60
    assert {example.marked for example in examples} == {frozenset({42})}


def test_build_examples_whole_negative_gives_one_window_with_nothing_marked(windower: Windower) -> None:
    (example,) = build_examples(windower, [], [Negative("which", LONG)], seed=1)
    assert (example.marked, example.has_marked) == (frozenset(), False)


def test_build_examples_blank_document_gives_none(windower: Windower) -> None:
    assert build_examples(windower, [], [Negative("which", " \n ")], seed=1) == []


def test_split_for_calibration_no_document_is_on_both_sides() -> None:
    trained, kept = split_for_calibration(QUOTES, 0.5, seed=1)
    assert (len(trained), len(kept)) == (50, 50)
    assert not {quote.document for quote in trained} & {quote.document for quote in kept}


def test_split_for_calibration_too_few_questions_trains_on_all() -> None:
    assert split_for_calibration(QUOTES, 0.1, seed=1) == (QUOTES, [])


@pytest.mark.parametrize(
    ("bias", "direction"), [pytest.param(2.0, 1, id="all_below"), pytest.param(5.0, -1, id="all_above")]
)
def test_calibrate_moves_the_logits_to_the_threshold_that_separates_best(
    bias: float, direction: int, windower: Windower
) -> None:
    """A model that gives the marked sentence a little more than the others, and everything too much or too little."""
    model, tokenizer = _knows_about(bias), load_tokenizer(BASE_MODEL)
    base = HighlighterBase(model, tokenizer, windower, TokenIds(0, 103), "", False)
    scale, moved = calibrate(base, QUOTES[:50], [], Parameters(fallback_threshold=1.0), "fp32")
    assert scale == 1.0
    assert model.classifier.bias.item() == pytest.approx(bias + moved)
    assert 0.7 < moved * direction < 2.3
    documents = windower.cut([(quote.question, quote.document) for quote in QUOTES[50:]])
    assert [(p >= 0.5).tolist() for p in predict(model, documents, 0, "fp32")] == [[True, False, False]] * 50


def test_calibrate_places_threshold_and_fall_back_each_where_it_separates_best(windower: Windower) -> None:
    """Whole negatives have no word of the question, so nothing of them is to be marked: only a high fall-back does."""
    model, tokenizer = _knows_about(4.0), load_tokenizer(BASE_MODEL)
    base = HighlighterBase(model, tokenizer, windower, TokenIds(0, 103), "", False)
    negatives = [Negative(quote.question, "A text. Of other things. And more.") for quote in QUOTES[:50]]

    scale, shift = calibrate(base, QUOTES[:50], negatives, Parameters(), "fp32")

    assert scale > 0
    assert model.classifier.bias.item() == pytest.approx(4.0 * scale + shift)
    pairs = [(quote.question, quote.document) for quote in QUOTES[50:]]
    pairs += [(negative.question, negative.document) for negative in negatives]
    found = [choose(p, 0.5, 0.05) for p in predict(model, windower.cut(pairs), 0, "fp32")]
    assert found == [[0]] * 50 + [[]] * 50


def _knows_about(bias: float) -> SentenceClassifier:
    """Embeddings alone: `about` is the one word that the classifier weighs."""
    config = transformers.BertConfig(
        hidden_size=2, num_hidden_layers=0, num_attention_heads=1, hidden_dropout_prob=0.0, intermediate_size=2
    )
    model = SentenceClassifier(transformers.BertModel(config, add_pooling_layer=False), torch.nn.Linear(2, 1)).eval()
    with torch.no_grad():
        for weight in model.encoder.embeddings.parameters():
            weight.zero_()
        model.encoder.embeddings.LayerNorm.weight.fill_(1.0)
        words = model.encoder.embeddings.word_embeddings.weight
        words[:, 1] = 1.0
        words[load_tokenizer(BASE_MODEL).token_to_id("about")] = torch.tensor([1.0, 0.0])
        model.classifier.weight.copy_(torch.tensor([[4.0, 0.0]]))
        model.classifier.bias.fill_(bias)
    return model
