"""The part of the table of quirks that is about predictions and the remote model; see `quirks`."""

from __future__ import annotations

from local.gateway.quirk import ARGUMENT, STATE, STATUS, Refusal

REFUSALS: dict[str, Refusal] = {
    # Predict
    "model_not_ready": Refusal(
        400,
        ARGUMENT,
        "Model not ready yet. Please deploy the model first.",
        "04 predict_undeployed_autodeploy_off",
    ),
    "auto_deploy_disabled": Refusal(
        400, ARGUMENT, "Auto deployment disabled for this model, please deploy model first Model ID: {id}", "source"
    ),
    "model_disabled": Refusal(403, STATUS, "Model is disabled.", "research/ml-commons.md"),
    "model_throttled": Refusal(429, STATUS, "Request is throttled at model level.", "research/ml-commons.md"),
    "batch_predict_unsupported": Refusal(
        400,
        ARGUMENT,
        "_batch_predict is not part of this stand-in for ML Commons. Use _predict.",
        "none: a limit of the stand-in",
    ),
    "action_type_wrong": Refusal(400, ARGUMENT, "Wrong Action Type of {name}", "source"),
    "dataset_missing": Refusal(
        400,
        "action_request_validation_exception",
        "Validation Failed: 1: input data can't be null;",
        "source",
    ),
    "docs_empty": Refusal(400, ARGUMENT, "Empty text docs", "source"),
    "question_missing": Refusal(400, ARGUMENT, "Question is not provided", "source"),
    "context_missing": Refusal(400, ARGUMENT, "Context is not provided", "source"),
    "similarity_query_missing": Refusal(400, ARGUMENT, "No query text was provided", "source"),
    "similarity_docs_missing": Refusal(400, ARGUMENT, "No text documents were provided", "source"),
    "payload_invalid": Refusal(400, ARGUMENT, "Invalid payload: {payload}", "04 predict_missing_param"),
    "payload_unfilled": Refusal(400, ARGUMENT, "Some parameter placeholder not filled in payload: {names}", "source"),
    "template_loop": Refusal(500, STATE, "Infinite loop in property interpolation of {text}: {trail}", "source"),
    "step_size_invalid": Refusal(
        400, ARGUMENT, "Invalid parameter: input_docs_processed_step_size. It must be positive integer.", "source"
    ),
    "action_missing": Refusal(400, ARGUMENT, "no {action} action found", "source"),
    "preprocess_missing": Refusal(400, ARGUMENT, "pre_process_function not defined in connector", "09 single_nopre_q"),
    "preprocess_text_docs_only": Refusal(
        400,
        ARGUMENT,
        "This pre_process_function can only support TextDocsInputDataSet which including a list of string with key "
        "'text_docs'",
        "source",
    ),
    "preprocess_similarity_only": Refusal(
        400, ARGUMENT, "This pre_process_function can only support TextSimilarityInputDataSet", "source"
    ),
    "preprocess_no_text_or_image": Refusal(400, ARGUMENT, "No input text or image provided", "source"),
    "preprocess_no_image": Refusal(400, ARGUMENT, "No image provided", "source"),
    "preprocess_output_missing": Refusal(400, ARGUMENT, "Preprocess function output is null", "source"),
    "postprocess_null": Refusal(400, ARGUMENT, "Can't run post process function as model output is null", "source"),
    "postprocess_empty": Refusal(400, ARGUMENT, "Post process function input is empty.", "source"),
    "postprocess_not_maps": Refusal(400, ARGUMENT, "Post process function input is not a List of Map.", "source"),
    "postprocess_rerank_fields": Refusal(
        400, ARGUMENT, "The rerank result should contain index and relevance_score.", "source"
    ),
    "postprocess_rerank_not_map": Refusal(400, ARGUMENT, "Rerank result is not a Map.", "source"),
    "postprocess_rerank_empty": Refusal(400, ARGUMENT, "Rerank result is empty.", "source"),
    "postprocess_bedrock_fields": Refusal(
        400, ARGUMENT, "Rerank result should have both index and relevanceScore.", "source"
    ),
    "postprocess_bedrock_score": Refusal(400, ARGUMENT, "relevanceScore is not BigDecimal or Double.", "source"),
    "postprocess_not_a_list": Refusal(400, ARGUMENT, "Post process function input is not a List.", "source"),
    "postprocess_not_lists": Refusal(
        400, ARGUMENT, "The embedding should be a non-empty List containing List of Float values.", "source"
    ),
    "postprocess_not_numbers": Refusal(
        400, ARGUMENT, "The embedding should be a non-empty List containing Float values.", "13 dict_params_input"
    ),
    "response_unsupported": Refusal(400, ARGUMENT, "Unsupported response type", "source"),
    # The remote model
    "remote_method": Refusal(400, ARGUMENT, "unsupported http method", "source"),
    "remote_no_content": Refusal(400, ARGUMENT, "Content length is 0. Aborting request to remote model", "source"),
    "remote_url": Refusal(
        400,
        ARGUMENT,
        "Encountered error when trying to create uri from endpoint in ml connector. Please update the endpoint in "
        "connection configuration: ",
        "source",
    ),
    "remote_scheme": Refusal(400, ARGUMENT, "Protocol must be 'http' or 'https', but was {scheme}", "source"),
    "remote_port": Refusal(400, ARGUMENT, "Port out of range: {port}", "source"),
    "remote_private": Refusal(
        400,
        ARGUMENT,
        "Remote inference host name has private ip address: {host}",
        "05 predict_private_off",
    ),
    "remote_unknown_host": Refusal(400, ARGUMENT, "{host}: {reason}", "05 predict_unknown_host"),
    "remote_error": Refusal(0, STATUS, "Error from remote service: {body}", "05 predict_400"),
    "remote_error_empty": Refusal(
        0, STATUS, "Remote service returned error status {status} with empty body", "05 predict_500_empty"
    ),
    "remote_empty": Refusal(502, STATUS, "Remote service returned empty response body", "05 predict_empty_body"),
    "remote_throttled": Refusal(
        0,
        "remote_connector_throttling_exception",
        "Error from remote service: The request was denied due to remote server throttling. To change the retry policy "
        "and behavior, please update the connector client_config.",
        "source",
    ),
    "remote_unreachable": Refusal(
        500, STATUS, "Error communicating with remote model: {reason}", "05 predict_conn_refused"
    ),
    "remote_unreadable": Refusal(
        500, "m_l_exception", "Fail to execute {action} in aws connector", "05 predict_text_nonjson_plain"
    ),
}
