"""Everything the real plugins do that one would not guess, in one place, each with the recording that shows it.

`REFUSALS` holds the errors: `errors.refuse("name", …)` makes one. `BEHAVIOURS` holds what is accepted but odd, and
says which module does it. "source" instead of a recording: read in ML Commons 3.4.0.0, in no recording yet.
"""

from __future__ import annotations

from typing import NamedTuple

ARGUMENT = "illegal_argument_exception"
STATE = "illegal_state_exception"
STATUS = "status_exception"
PARSE = "parse_exception"


class Refusal(NamedTuple):
    """An error answer: HTTP status, exception type and reason (a `str.format` template), and where it was seen."""

    status: int
    type: str
    reason: str
    recording: str


class Behaviour(NamedTuple):
    """Something accepted, changed or ignored: what happens, which module does it, and where it was seen."""

    what: str
    module: str
    recording: str


REFUSALS: dict[str, Refusal] = {
    # Bodies
    "body_required": Refusal(400, PARSE, "request body is required", "04 register_no_body"),
    "body_unsupported": Refusal(400, ARGUMENT, "request [{method} {path}] does not support having a body", "source"),
    "parameter_unknown": Refusal(
        400, ARGUMENT, "request [{path}] contains unrecognized parameter{s}: {names}", "source"
    ),
    # Connectors
    "connector_body_missing": Refusal(
        500, "i_o_exception", "Create Connector request has empty body", "02 create_no_body"
    ),
    "connector_name_missing": Refusal(400, ARGUMENT, "Connector name is null", "02 create_missing_name"),
    "connector_version_missing": Refusal(400, ARGUMENT, "Connector version is null", "02 create_missing_version"),
    "connector_protocol_missing": Refusal(400, ARGUMENT, "Connector protocol is null", "02 create_missing_protocol"),
    "connector_credential_missing": Refusal(
        400, ARGUMENT, "Connector credential is null or empty list", "02 create_missing_credential"
    ),
    "connector_actions_missing": Refusal(
        400, ARGUMENT, "No actions configured for this connector", "02 create_missing_actions"
    ),
    "connector_protocol_unknown": Refusal(
        400, ARGUMENT, "Can't find class for type {protocol}", "02 create_bad_protocol"
    ),
    "connector_untrusted": Refusal(
        400, ARGUMENT, "Connector URL is not matching the trusted connector endpoint regex", "02 create_untrusted"
    ),
    "connector_access_control": Refusal(
        400,
        ARGUMENT,
        "You cannot specify connector access control parameters because the Security plugin or connector access "
        "control is disabled on your cluster.",
        "source",
    ),
    "connector_update_body_missing": Refusal(400, PARSE, "Failed to update connector: Request body is empty", "source"),
    "action_type_missing": Refusal(400, ARGUMENT, "action type can't be null", "02 create_missing_action_type"),
    "action_url_missing": Refusal(400, ARGUMENT, "url can't be null", "02 create_missing_url"),
    "action_method_missing": Refusal(400, ARGUMENT, "method can't be null", "02 create_missing_method"),
    "action_type_unknown": Refusal(
        400,
        ARGUMENT,
        "No enum constant org.opensearch.ml.common.connector.ConnectorAction.ActionType.{name}",
        "02 create_bad_action_type",
    ),
    "retry_policy_unknown": Refusal(400, ARGUMENT, "Unsupported retry backoff policy", "02 create_bad_retry_policy"),
    "aws_credential_missing": Refusal(400, ARGUMENT, "Missing credential", "13 no_secret_connector"),
    "aws_service_missing": Refusal(400, ARGUMENT, "Missing service name", "13 no_service_connector"),
    "aws_region_missing": Refusal(400, ARGUMENT, "Missing region", "13 no_region_connector"),
    "connector_index_missing": Refusal(404, STATUS, "Failed to find connector", "01 get_connector_no_index"),
    "connector_not_found": Refusal(
        404, STATUS, "Failed to find connector with the provided connector id: {id}", "02 get_unknown"
    ),
    "connector_deployed": Refusal(
        400,
        STATUS,
        "{count} models are still using this connector, please undeploy the models first: [{ids}]",
        "04 update_connector_in_use",
    ),
    "connector_in_use": Refusal(
        409,
        STATUS,
        "{count} models are still using this connector, please delete or update the models first: [{ids}]",
        "04 delete_connector_in_use",
    ),
    "remote_disabled": Refusal(
        500,
        STATE,
        "Remote Inference is currently disabled. To enable it, update the setting "
        '"plugins.ml_commons.remote_inference_enabled" to true.',
        "05 predict_remote_disabled",
    ),
    # Model groups
    "group_body_missing": Refusal(400, PARSE, "Model group request has empty body", "03 register_no_body"),
    "group_name_missing": Refusal(
        500, "null_pointer_exception", "model group name must not be null", "03 register_no_name"
    ),
    "group_name_empty": Refusal(
        400,
        "action_request_validation_exception",
        "Validation Failed: 1: Model group name is required and cannot be null or blank;",
        "03 register_empty_name",
    ),
    "group_name_taken": Refusal(
        400,
        ARGUMENT,
        "The name you provided is already being used by a model group with ID: {id}.",
        "03 register_dup",
    ),
    "group_name_taken_by_other": Refusal(
        400,
        ARGUMENT,
        "The name you provided is already being used by another model with ID: {id}. Please provide a different name",
        "03 update_to_dup_name",
    ),
    "group_access_control": Refusal(
        400,
        ARGUMENT,
        "You cannot specify model access control parameters because the Security plugin or model access control is "
        "disabled on your cluster.",
        "03 register_access_mode_private",
    ),
    "group_index_missing": Refusal(404, STATUS, "Failed to find model group index", "01 get_group_no_index"),
    "group_index_missing_for_write": Refusal(404, STATUS, "Failed to find model group", "01 delete_group_no_index"),
    "group_not_found": Refusal(
        404, STATUS, "Failed to find model group with the provided model group id: {id}", "03 get_unknown"
    ),
    "group_in_use": Refusal(
        409, STATUS, "Cannot delete the model group when it has associated model versions", "04 delete_group_in_use"
    ),
    "group_missing_for_model": Refusal(
        500, "m_l_resource_not_found_exception", "Model Group Response is empty for {id}", "04 register_unknown_group"
    ),
    # Models
    "model_name_missing": Refusal(400, ARGUMENT, "model name is null", "04 register_no_name"),
    "model_format_missing": Refusal(400, ARGUMENT, "model format is null", "04 register_no_function"),
    "function_unknown": Refusal(400, ARGUMENT, "Wrong function name", "04 register_bad_function"),
    "function_unsupported": Refusal(
        400,
        ARGUMENT,
        "function_name is '{name}'. This stand-in for ML Commons runs remote models only: register with "
        "function_name 'remote' and a connector.",
        "none: a limit of the stand-in",
    ),
    "model_connector_missing": Refusal(
        400,
        ARGUMENT,
        "You must provide connector content when creating a remote model without connector id!",
        "04 register_no_connector",
    ),
    "model_connector_endpoint_missing": Refusal(
        400,
        ARGUMENT,
        "Connector endpoint is required when creating a remote model without connector id!",
        "04 register_bad_inline",
    ),
    "model_connector_unknown": Refusal(404, STATUS, "Failed to find connector:{id}", "04 register_unknown_connector"),
    "model_connector_without_actions": Refusal(
        500, "index_out_of_bounds_exception", "Index 0 out of bounds for length 0", "05 register_noaction"
    ),
    "model_index_missing": Refusal(404, STATUS, "Fail to find model", "01 get_model_no_index"),
    "model_unknown": Refusal(404, STATUS, "Failed to find model", "04 deploy_unknown"),
    "model_not_found": Refusal(404, STATUS, "Failed to find model with the provided model id: {id}", "04 get_unknown"),
    "model_update_not_found": Refusal(
        404, STATUS, "Failed to find model to update with the provided model id: {id}", "04 update_unknown"
    ),
    "model_update_deploying": Refusal(
        409, STATUS, "Model is deploying. Please wait for the model to complete deployment. model ID {id}", "source"
    ),
    "model_update_no_inline_connector": Refusal(
        400,
        STATUS,
        "Cannot update connector settings for this model. The model was created with a connector_id and does not have "
        "an inline connector.",
        "source",
    ),
    "model_update_no_connector_id": Refusal(
        400, STATUS, "This remote does not have a connector_id field, maybe it uses an internal connector.", "source"
    ),
    "model_update_group_unknown": Refusal(
        404,
        STATUS,
        "Failed to find the model group with the provided model group id in the update model input, "
        "MODEL_GROUP_ID: {id}",
        "source",
    ),
    "model_deployed": Refusal(
        400,
        STATUS,
        "Model cannot be deleted in deploying or deployed state. Try undeploy model first then delete",
        "04 delete_deployed",
    ),
    "data_unreadable": Refusal(500, STATUS, "Failed to get data object from index {index}", "01 deploy_no_index"),
    "custom_deployment": Refusal(400, ARGUMENT, "Don't allow custom deployment plan", "source"),
    "undeploy_without_ids": Refusal(
        400, ARGUMENT, "Must set specific model ids to undeploy", "04 undeploy_all_body_none"
    ),
    "rate_limit_negative": Refusal(400, PARSE, "Limit field must be a positive number.", "source"),
    # Tasks
    "task_unknown": Refusal(404, STATUS, "Failed to find task", "04 task_unknown"),
    "task_running": Refusal(
        500, "exception", "Task cannot be deleted in running state. Try after some time.", "source"
    ),
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
    "docs_empty": Refusal(400, ARGUMENT, "empty docs", "source"),
    "question_missing": Refusal(400, ARGUMENT, "Question is not provided", "source"),
    "context_missing": Refusal(400, ARGUMENT, "Context is not provided", "source"),
    "similarity_docs_missing": Refusal(400, ARGUMENT, "No text documents were provided", "source"),
    "payload_invalid": Refusal(400, ARGUMENT, "Invalid payload: {payload}", "04 predict_missing_param"),
    "payload_unfilled": Refusal(400, ARGUMENT, "Some parameter placeholder not filled in payload: {names}", "source"),
    "template_loop": Refusal(500, STATE, "Infinite loop in property interpolation of {name}: {trail}", "source"),
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
    "preprocess_output_missing": Refusal(400, ARGUMENT, "Preprocess function output is null", "source"),
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
    "remote_scheme": Refusal(400, ARGUMENT, "Protocol is not http or https: {scheme}", "source"),
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
    # Cluster settings
    "setting_unknown": Refusal(400, "settings_exception", "{scope} setting [{name}], not recognized", "01 bad_setting"),
    "setting_not_boolean": Refusal(
        400, ARGUMENT, "Failed to parse value [{value}] as only [true] or [false] are allowed.", "source"
    ),
    "setting_not_number": Refusal(400, ARGUMENT, "Failed to parse value [{value}] for setting [{name}]", "source"),
    # Queries and ingest processors
    "neural_invalid": Refusal(400, ARGUMENT, "Invalid neural query: {errors}", "06 neural_no_model"),
    "neural_field_type": Refusal(
        400,
        ARGUMENT,
        "Failed to process the neural query against the field {field} because its type is not supported. It should be "
        "one of [semantic,knn_vector]",
        "06 neural_text_field",
    ),
    "neural_not_an_object": Refusal(400, "parsing_exception", "Token must be START_OBJECT", "source"),
    "neural_unknown_option": Refusal(
        400, "parsing_exception", "[neural] query does not support [{name}]", "06 neural_bad_param"
    ),
    "neural_two_fields": Refusal(
        400,
        "parsing_exception",
        "[neural] query doesn't support multiple fields, found [{first}] and [{second}]",
        "source",
    ),
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
    Behaviour("deleting an unknown connector or group answers 200, not_found", "connectors", "02 delete_unknown"),
    Behaviour("two connectors may have one name; unknown fields are dropped", "connectors", "02 duplicate_name_create"),
    Behaviour(
        "URLs, methods and process functions are not looked at on create", "connector", "02 create_unknown_preprocess"
    ),
    Behaviour("`actions: []` is accepted, registering a model with it fails", "connectors", "02 create_empty_actions"),
    Behaviour("one client_config key given fills in all others", "connector", "13 client_config_get"),
    Behaviour("an explicit wrong method beats a matching {id}: PUT _create is 405", "router", "02 wrong_method"),
    Behaviour("an unknown access_mode is no access_mode", "model_groups", "03 register_access_bad"),
    Behaviour(
        "registering creates or joins the group of the model's name", "models", "04 register_without_group_again"
    ),
    Behaviour("a failed registration leaves a FAILED task behind", "models", "04 register_unknown_group"),
    Behaviour("register?deploy=true deploys after it has answered", "models", "04 get_register_deploy"),
    Behaviour("_deploy answers COMPLETED before its task does", "deployment", "04 deploy_poll"),
    Behaviour(
        "undeploying what is not deployed says not_found and writes UNDEPLOYED",
        "deployment",
        "04 undeploy_never_deployed",
    ),
    Behaviour(
        "predict deploys what is not deployed, in memory at once, in the index later",
        "deployment",
        "04 get_after_autodeploy",
    ),
    Behaviour("an undeploy during that deployment is undone by it", "deployment", "01 delete_model"),
    Behaviour("the first remote call of a node outlasts a deployment", "deployment", "10 predict_poll"),
    Behaviour(
        "the private IP switch is read when a model is deployed", "deployment", "05 predict_private_on_without_redeploy"
    ),
    Behaviour(
        "the trusted regex is read when a connector is written", "connectors", "05 predict_after_regex_tightened"
    ),
    Behaviour("deploying a deployed model leaks one executing task", "node", "04 stats"),
    Behaviour("refused predictions are requests, never failures", "node", "04 stats"),
    Behaviour("a text parameter is put into the payload without quotes", "remote", "04 predict_string_input"),
    Behaviour("an updated model shows its own id", "models", "04 get_immediately_after_undeploy"),
    Behaviour("numbers of a model's answer become doubles", "postprocess", "07 predict_question_context_params"),
    Behaviour("no tensors, no `output`", "postprocess", "04 predict_empty_list"),
    Behaviour("timeouts are seconds, and 30,000 of them by default", "connector", "05 predict_read_timeout_2s"),
    Behaviour("protocol http fails `in aws connector` too", "remote", "05 predict_text_nonjson_openai"),
    Behaviour("GET before the index is allocated is 500, predict 404", "models", "10 state_poll"),
    Behaviour("settings come back as strings, only those of the request", "settings_api", "01 set_private_ip"),
    Behaviour("a pipeline with an unknown model is accepted", "pipelines", "06 create_pipeline_unknown_model"),
    Behaviour("an empty text is indexed without a vector", "ingest", "06 ingest_empty_text"),
    Behaviour("a failing document of a bulk request fails alone", "ingest", "06 bulk_500"),
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
