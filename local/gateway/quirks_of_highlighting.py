"""The part of the table of quirks that is about the semantic highlighter; see `quirks`."""

from __future__ import annotations

from local.gateway.quirk import ARGUMENT, STATE, Behaviour, Refusal

REFUSALS: dict[str, Refusal] = {
    "neural_stats_unsupported": Refusal(
        400,
        ARGUMENT,
        "Statistics of neural-search are not part of this stand-in. Set plugins.neural_search.stats_enabled to false.",
        "none: a limit of the stand-in",
    ),
    # Semantic highlighting
    "highlight_field_missing": Refusal(
        400, ARGUMENT, "Field {field} is not found in the document", "07 single_field_missing_in_doc"
    ),
    "highlight_field_empty": Refusal(400, ARGUMENT, "Field {field} is empty", "source"),
    "highlight_field_type": Refusal(
        400, ARGUMENT, "Field {field} must be a string for highlighting, but was {type}", "08 single_a"
    ),
    "highlight_model_id": Refusal(
        400, ARGUMENT, "model_id must be a non-null string, but was {type}", "07 single_no_model_id"
    ),
    "highlight_clause_null": Refusal(
        500,
        "null_pointer_exception",
        'Cannot invoke "String.isEmpty()" because "clauseText" is null',
        "09 single_bool_filter_ids",
    ),
    "highlight_inference": Refusal(
        500, "exception", "Error during sentence highlighting inference from model [{id}]", "07 single_400"
    ),
    "highlight_no_map": Refusal(
        500, "exception", "Expect item to be map of string to number, but was: {item}", "source"
    ),
    "highlight_incomplete": Refusal(500, "exception", "Missing start or end position in highlight data", "source"),
    "highlight_out_of_bounds": Refusal(
        500,
        "exception",
        "Invalid highlight positions: start={start}, end={end}, textLength={length}. Positions must satisfy: "
        "0 <= start < end <= textLength",
        "07 single_out_of_bounds",
    ),
    "highlight_unsorted": Refusal(
        500,
        "exception",
        "Internal error while applying semantic highlight: received unsorted highlights from model",
        "07 single_unsorted",
    ),
    "highlight_batch_disabled": Refusal(
        400,
        ARGUMENT,
        "Batch inference for semantic highlighting is disabled. Enable it by adding 'semantic-highlighter' to the "
        "'cluster.search.enabled_system_generated_factories' cluster setting.",
        "07 batch_without_system_processor",
    ),
    "highlight_batch_mismatch": Refusal(500, STATE, "Batch results size mismatch", "07 batch_short_result"),
    # Semantic highlighting under the rules of 3.7, which are not recorded
    "highlight_batch_disabled_3_7": Refusal(
        500,
        STATE,
        "Field [{field}] is configured for batch semantic highlighting but the system-generated processor is not "
        "enabled. Add 'semantic-highlighter' to the cluster setting "
        "'cluster.search.enabled_system_generated_factories' to enable batch highlighting.",
        "source",
    ),
    "highlight_no_question_3_7": Refusal(
        400,
        ARGUMENT,
        "Could not extract query text for semantic highlighting from the request's main query",
        "source",
    ),
    "highlight_model_id_3_7": Refusal(
        400, ARGUMENT, "options.model_id is required on the [{field}] semantic highlight field", "source"
    ),
    "highlight_batch_size_3_7": Refusal(
        400, ARGUMENT, "{name} is {size}. Set it to 1 or more.", "none: a real server does not stop"
    ),
    "highlight_not_numeric": Refusal(
        500,
        "exception",
        "Invalid highlight positions: start and end must be numeric, but got start={start}, end={end}",
        "source",
    ),
    "highlight_unsorted_strict": Refusal(
        500, "exception", "Invalid highlight positions: highlights are not sorted by start position", "source"
    ),
    "highlight_same_start": Refusal(
        500, "exception", "Invalid highlight positions: duplicate start position {start}", "source"
    ),
    "highlight_overlap": Refusal(
        500, "exception", "Invalid highlight positions: overlapping spans {first} and {second}", "source"
    ),
}

BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("offsets of spans are UTF-16 units", "highlight.tags", "09 single_u"),
    Behaviour("overlapping spans repeat text, or break each other's tags", "highlight.tags", "research/ml-commons.md"),
    Behaviour("batch drops spans out of bounds and sorts the rest", "highlight.tags", "source"),
    Behaviour("single asks with the analyzed terms of the query", "highlight.lucene", "09 single_query_quote"),
    Behaviour("batch asks with the query's text as it was typed", "highlight.asked", "09 batch_query_quote"),
    Behaviour("a query without a text is not highlighted, silently", "highlight.clauses", "07 single_match_phrase"),
    Behaviour("batch knows match, term, neural, hybrid and nested only", "highlight.asked", "07 batch_bool"),
    Behaviour(
        "batch reads the hit's _source: what is filtered out of it is not marked",
        "highlight.targets",
        "07 batch_source_filtered_out",
    ),
    Behaviour(
        "max_inference_batch_size is ignored, max_batch_size is not",
        "highlight.targets",
        "07 batch_max_inference_batch_size_2",
    ),
    Behaviour("batch highlights the first semantic field only", "highlight.targets", "07 batch_two_fields"),
    Behaviour("options on a field make no batch", "highlight.targets", "07 batch_field_level_options"),
    Behaviour(
        "a list is joined for the batch's model, and then cannot be marked",
        "highlight.batch",
        "08 batch_query_with_quotes",
    ),
    Behaviour(
        "single fails a shard with 500 whatever the model's status; batch passes that on",
        "highlight.failures",
        "07 single_424",
    ),
    Behaviour(
        "a single shard reads hits of a hybrid query several times over", "highlight.fetched", "07 single_hybrid"
    ),
    Behaviour("further pages of a scroll pass no processor", "highlight.plan", "08 batch_scroll_next"),
    Behaviour(
        "verbose_pipeline tells of the highlighter's processor", "highlight.semantic", "08 batch_profile_verbose"
    ),
)
