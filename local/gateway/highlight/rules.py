"""Which rules of semantic highlighting hold: those of 3.4, which is recorded, or those of 3.7, which is not.

3.7 is built from the public sources and tests of neural-search 3.7.0 (pull requests 1810, 1825, 1858, 1862).
"""

from __future__ import annotations

from dataclasses import dataclass

# The variable of the environment that names one of the versions below.
VARIABLE = "OPENSEARCH_BEHAVIOUR"
DEFAULT = "3.4"


@dataclass(frozen=True)
class Rules:
    """What one version does where another does otherwise.

    Attributes:
        version: the release.
        recorded: whether a real server was asked.
        missing_text_fails: single: a hit without the field, or with something else than text there, fails its shard.
        batch_by_request: `ext.semantic_highlighting_batch` asks for batches too, for all fields.
        batch_of_one_field: batch: the first semantic field only, with the highlighter's options and tags, not its own;
            inner hits stay as they are.
        batch_refuses: batch: no model id or no question is an error; else it goes without highlights, silently.
        batch_size_option: the option that limits a batch.
        strict_spans: spans that are not numbers, out of bounds, unsorted or overlapping fail the search in both modes.
        batch_shows_unmarked: batch: a text without spans is shown as it is; else only as far as `no_match_size` says.
            Single always shows it.
        encoders: `options.encoder: html` escapes the text between the tags.
    """

    version: str
    recorded: bool
    missing_text_fails: bool
    batch_by_request: bool
    batch_of_one_field: bool
    batch_refuses: bool
    batch_size_option: str
    strict_spans: bool
    batch_shows_unmarked: bool
    encoders: bool


RULES = {
    "3.4": Rules(
        version="3.4",
        recorded=True,
        missing_text_fails=True,
        batch_by_request=False,
        batch_of_one_field=True,
        batch_refuses=False,
        batch_size_option="max_batch_size",
        strict_spans=False,
        batch_shows_unmarked=True,
        encoders=False,
    ),
    "3.7": Rules(
        version="3.7",
        recorded=False,
        missing_text_fails=False,
        batch_by_request=True,
        batch_of_one_field=False,
        batch_refuses=True,
        batch_size_option="max_inference_batch_size",
        strict_spans=True,
        batch_shows_unmarked=False,
        encoders=True,
    ),
}
