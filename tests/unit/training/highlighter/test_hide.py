from __future__ import annotations

import numpy as np

from include.inference.highlighting.windows import Window
from include.training.highlighter.hide import WordHider

MASK = 4
# [CLS] 10 11 12 13 [SEP] 11 20 13 21 10 [SEP]
WINDOW = Window(0, np.array([1, 10, 11, 12, 13, 2, 11, 20, 13, 21, 10, 2]), 6, np.array([-1] * 6 + [0] * 5 + [-1]))


def test_hide_hides_only_what_the_text_repeats_and_only_in_the_question() -> None:
    hider = WordHider(MASK, 1.0, seed=1)
    shown = np.array([hider.hide(WINDOW).input_ids for _ in range(200)])
    assert (shown[:, [0, 3, 5]] == WINDOW.input_ids[[0, 3, 5]]).all()
    assert (shown[:, 6:] == WINDOW.input_ids[6:]).all()
    assert 0.4 < (shown[:, [1, 2, 4]] == MASK).mean() < 0.6
    assert 150 < hider.hidden_questions < 200


def test_hide_leaves_the_window_that_it_was_given_alone() -> None:
    before = WINDOW.input_ids.copy()
    WordHider(MASK, 1.0, seed=1).hide(WINDOW)
    assert (WINDOW.input_ids == before).all()


def test_hide_without_a_mask_token_or_probability_hides_nothing() -> None:
    assert WordHider(None, 1.0, seed=1).hide(WINDOW) is WINDOW
    assert WordHider(MASK, 0.0, seed=1).hide(WINDOW) is WINDOW


def test_hide_goes_on_from_a_state_as_if_nothing_had_been() -> None:
    hider, other = WordHider(MASK, 0.5, seed=1), WordHider(MASK, 0.5, seed=1)
    for _ in range(7):
        hider.hide(WINDOW)
    other.set_state(hider.state())
    assert [hider.hide(WINDOW).input_ids.tolist() for _ in range(20)] == [
        other.hide(WINDOW).input_ids.tolist() for _ in range(20)
    ]
    assert hider.hidden_questions == other.hidden_questions > 0
