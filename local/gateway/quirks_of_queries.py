"""The part of the table of quirks that is about sparse and hybrid queries and their processors; see `quirks`."""

from __future__ import annotations

from local.gateway.quirk import ARGUMENT, PARSING, STATE, Behaviour, Refusal

REFUSALS: dict[str, Refusal] = {
    "default_model_missing": Refusal(
        400,
        ARGUMENT,
        "model id must be provided in neural query or a default model id must be set in search request processor",
        "source",
    ),
    "sparse_empty": Refusal(
        400,
        ARGUMENT,
        "either query_text field or query_tokens field must be provided for [neural_sparse] query",
        "14 sparse_none",
    ),
    "sparse_empty_field": Refusal(400, ARGUMENT, "{name} field can not be empty", "source"),
    "sparse_blank": Refusal(400, ARGUMENT, "query_text and model_id cannot be null", "source"),
    "sparse_model_and_analyzer": Refusal(
        400,
        ARGUMENT,
        "Cannot use both [model_id: {model}] and [analyzer: {analyzer}] for neural sparse query tokenization. Specify "
        "only one tokenization method. These parameters can be set either in the query or through the "
        "neural_query_enricher search processor.",
        "source",
    ),
    "sparse_unknown_option": Refusal(400, PARSING, "[neural_sparse] query does not support [{name}] field", "source"),
    "sparse_unknown_token": Refusal(400, PARSING, "[neural_sparse] unknown token [{token}] after [{name}]", "source"),
    "sparse_two_fields": Refusal(
        400,
        PARSING,
        "[neural_sparse] query doesn't support multiple fields, found [{first}] and [{second}]",
        "source",
    ),
    "sparse_weights_file": Refusal(
        400,
        ARGUMENT,
        "The analyzer [{analyzer}] needs ML Commons' table of token weights, which this stand-in does not carry. Put "
        "the file {file} of ML Commons into {folder}, or name a model_id.",
        "none: a limit of the stand-in",
    ),
    "sparse_result_empty": Refusal(
        500,
        STATE,
        "Empty model result produced. Expected at least [1] tensor output and [1] model tensor, but got [0]",
        "source",
    ),
    "sparse_result_tensor": Refusal(
        500,
        "null_pointer_exception",
        'Cannot invoke "java.util.Map.containsKey(Object)" because "map" is null',
        "source",
    ),
    "dense_result_map": Refusal(
        500, "null_pointer_exception", 'Cannot read the array length because "array" is null', "source"
    ),
    "sparse_result_key": Refusal(
        400, ARGUMENT, "The inference result should be associated with the field [response].", "source"
    ),
    "sparse_result_list": Refusal(
        400, ARGUMENT, "The data object associated with field [response] should be a list.", "source"
    ),
    "sparse_result_map": Refusal(
        400, ARGUMENT, "The expected inference result is a Map with String keys and Float values.", "source"
    ),
    "prune_not_positive": Refusal(400, ARGUMENT, "Pruned values must be positive", "source"),
    "prune_type_unknown": Refusal(400, ARGUMENT, "Unknown prune type: {name}", "source"),
    "prune_ratio_invalid": Refusal(
        400, ARGUMENT, "Illegal prune_ratio {ratio:f} for prune_type: {kind}. {valid}", "source"
    ),
    "prune_ratio_alone": Refusal(
        400, ARGUMENT, "prune_ratio field is not supported when prune_type is not provided", "source"
    ),
    "two_phase_window": Refusal(
        400,
        ARGUMENT,
        "The two-phase window size of neural_sparse_two_phase_processor should be [0,{most}], but get the value of "
        "{window}",
        "source",
    ),
    "two_phase_expansion": Refusal(
        400, ARGUMENT, "The two_phase_parameter.expansion_rate must >= 1.0. Received: {value:f}", "source"
    ),
    "two_phase_largest_window": Refusal(
        400, ARGUMENT, "The two_phase_parameter.max_window_size must >= 50. Received: \n{value}", "source"
    ),
    # Hybrid queries and the processors of their scores
    "search_pipeline_unknown": Refusal(400, ARGUMENT, "Pipeline {name} is not defined", "14 unknown_search_pipeline"),
    "hybrid_empty": Refusal(400, PARSING, "[hybrid] requires 'queries' field with at least one clause", "source"),
    "hybrid_no_object": Refusal(400, PARSING, "[_na] query malformed, must start with start_object", "source"),
    "hybrid_many": Refusal(400, PARSING, "Number of sub-queries exceeds maximum supported by [hybrid] query", "source"),
    "hybrid_unknown_option": Refusal(400, PARSING, "Field is not supported by [hybrid] query", "source"),
    "hybrid_boost": Refusal(400, PARSING, "[hybrid] query does not support [boost]", "source"),
    "hybrid_normalization_unknown": Refusal(
        400, ARGUMENT, "provided normalization technique is not supported", "source"
    ),
    "hybrid_combination_unknown": Refusal(400, ARGUMENT, "provided combination technique is not supported", "source"),
    "hybrid_techniques": Refusal(
        400,
        ARGUMENT,
        "provided combination technique {combination} is not supported for normalization technique {normalization}. "
        "Supported techniques are: {valid}",
        "source",
    ),
    "hybrid_normalization_parameters": Refusal(
        400, ARGUMENT, "unrecognized parameters in normalization technique", "source"
    ),
    "hybrid_combination_parameters": Refusal(
        400,
        ARGUMENT,
        "provided parameter for combination technique is not supported. supported parameters are [weights]",
        "source",
    ),
    "hybrid_bounds_no_list": Refusal(400, ARGUMENT, "{side} must be a List", "source"),
    "hybrid_bounds_many": Refusal(
        400, ARGUMENT, "{side} size {count} should be less than or equal to {most}", "source"
    ),
    "hybrid_bounds_number": Refusal(
        400,
        ARGUMENT,
        "expected bounds array to contain {queries} elements matching the number of sub-queries, but found a mismatch",
        "source",
    ),
    "hybrid_bound_mode": Refusal(400, ARGUMENT, "invalid mode: {mode}, valid values are: {valid}", "source"),
    "hybrid_bound_no_number": Refusal(
        400, ARGUMENT, "invalid format for {name}: must be a valid float value", "source"
    ),
    "hybrid_bound_range": Refusal(
        400, ARGUMENT, "{name} must be a valid finite number between {low:f} and {high:f}", "source"
    ),
    "hybrid_rank_constant_no_integer": Refusal(400, ARGUMENT, "parameter [rank_constant] must be an integer", "source"),
    "hybrid_rank_constant": Refusal(
        400,
        ARGUMENT,
        "rank constant must be in the interval between 1 and 10000, submitted rank constant: {value}",
        "source",
    ),
    "hybrid_weights_no_list": Refusal(400, ARGUMENT, "parameter [weights] must be a collection of numbers", "source"),
    "hybrid_weight_class": Refusal(
        500,
        "class_cast_exception",
        "class {found} cannot be cast to class java.lang.Double ({found} and java.lang.Double are in module java.base "
        "of loader 'bootstrap')",
        "source",
    ),
    "hybrid_weights_range": Refusal(
        400, ARGUMENT, "all weights must be in range [0.0 ... 1.0], submitted weights: {weights}", "source"
    ),
    "hybrid_weights_sum": Refusal(
        400,
        ARGUMENT,
        "sum of weights for combination must be equal to 1.0, submitted weights: {weights}",
        "source",
    ),
    "hybrid_weights_number": Refusal(
        400,
        ARGUMENT,
        "number of weights [{weights}] must match number of sub-queries [{queries}] in hybrid query",
        "source",
    ),
    "hybrid_end_of_pages": Refusal(
        400, ARGUMENT, "Reached end of search result, increase pagination_depth value to see more results", "source"
    ),
    "hybrid_nested": Refusal(400, ARGUMENT, "hybrid query cannot be nested in another hybrid query", "source"),
    "hybrid_wrapped": Refusal(
        400, ARGUMENT, "hybrid query must be a top level query and cannot be wrapped into other queries", "source"
    ),
    "hybrid_scroll": Refusal(400, ARGUMENT, "Scroll operation is not supported in hybrid query", "source"),
    "hybrid_depth_missing": Refusal(400, ARGUMENT, "pagination_depth param is missing in the search request", "source"),
    "hybrid_depth_negative": Refusal(400, ARGUMENT, "pagination_depth should be greater than 0", "source"),
    "hybrid_depth_large": Refusal(
        400,
        ARGUMENT,
        "pagination_depth should be less than or equal to index.max_result_window setting",
        "source",
    ),
    "hybrid_sort_mixed": Refusal(
        400,
        ARGUMENT,
        "_score sort criteria cannot be applied with any other criteria. Please select one sort criteria out of them.",
        "source",
    ),
    "hybrid_track_scores": Refusal(
        400,
        ARGUMENT,
        "Hybrid search results when sorted by any field, docId or _id, track_scores must be set to false.",
        "source",
    ),
}

BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("a sparse model may answer [{…}] or {response: [{…}]}", "token_weights", "14 doc_sparse_dict"),
    Behaviour("without model and analyzer the analyzer is bert-uncased", "sparse", "source"),
    Behaviour("`_reindex` asks the model once a document, or once a batch", "reindex", "14 reindex_dense"),
    Behaviour("a `_reindex` that failed answers the worst status of its documents", "reindex", "14 reindex_failure"),
    Behaviour("`hybrid` alone in a bool is a top level query", "hybrid_query", "14 hybrid_in_bool"),
    Behaviour(
        "without a processor of scores `hybrid` lists the hits of all sub-queries, with marks between them",
        "hybrid",
        "14 hybrid_no_pipeline",
    ),
    Behaviour("a sub-query brings `size` hits of every shard, not more", "hybrid", "14 hybrid_explain"),
    Behaviour("no hit at all is a best score of 0.0, not null", "hybrid", "source"),
    Behaviour("`explain` normalizes the scores twice", "hybrid", "source"),
    Behaviour("hits of equal score come in the order of a Java HashMap", "hybrid_scores", "source"),
)
