"""What a sparse endpoint answers."""

from __future__ import annotations

import json

from include.inference.weighting.requests import write_weights


def test_write_weights_is_a_bare_list_as_ml_commons_wants_it() -> None:
    body, media_type = write_weights([{"naïve": 1.5, "##s": 0.25}, {}], "*/*")

    assert json.loads(body) == [{"naïve": 1.5, "##s": 0.25}, {}]
    assert media_type == "application/json"
