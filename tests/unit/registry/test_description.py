from __future__ import annotations

import pytest

from include.registry.description import description_of
from local.gateway.validation import check_texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("BAAI/bge-base-en-v1.5@main", "BAAI/bge-base-en-v1.5@main", id="as-it-is"),
        pytest.param("s3://bucket/a=1&b+c%20[x]", "s3://bucket/a-1-b-c-20-x-", id="s3-key"),
        pytest.param("Modèle d'été (№ 1)", "Modèle d'été (- 1)", id="letters-of-any-script"),
    ],
)
def test_description_of_has_only_what_ml_commons_takes(text: str, expected: str) -> None:
    assert description_of(text) == expected
    check_texts(("description", description_of(text), True))
