"""Everything the real plugins do that one would not guess, in one place, each with the recording that shows it.

`REFUSALS` holds the errors: `errors.refuse("name", …)` makes one. `BEHAVIOURS` holds what is accepted but odd, and
says which module does it. "source" instead of a recording: read in ML Commons 3.4.0.0, in no recording yet.
"""

from __future__ import annotations

from local.gateway import quirks_of_highlighting as highlighting
from local.gateway import quirks_of_predictions as predictions
from local.gateway import quirks_of_queries as queries
from local.gateway.quirk import ARGUMENT, PARSE, STATE, STATUS, Behaviour, Refusal

REFUSALS: dict[str, Refusal] = {
    # Bodies
    "body_required": Refusal(400, PARSE, "request body is required", "04 register_no_body"),
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
    "connector_mcp_disabled": Refusal(
        500,
        "exception",
        "The MCP connector is not enabled. To enable, please update the setting "
        "plugins.ml_commons.mcp_connector_enabled",
        "source",
    ),
    "connector_mcp_url_missing": Refusal(400, ARGUMENT, "MCP Connector url is null or blank", "source"),
    "connector_mcp_unsupported": Refusal(
        400,
        ARGUMENT,
        "protocol is '{protocol}'. This stand-in for ML Commons calls remote models only: use 'http' or 'aws_sigv4'.",
        "none: a limit of the stand-in",
    ),
    "inline_protocol_missing": Refusal(400, ARGUMENT, "connector protocol is null", "source"),
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
    "group_update_body_missing": Refusal(500, "i_o_exception", "Model group request has empty body", "source"),
    "group_name_missing": Refusal(
        500, "null_pointer_exception", "model group name must not be null", "03 register_no_name"
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
    "group_index_missing_for_model": Refusal(404, STATUS, "Model group not found", "source"),
    "model_url_disabled": Refusal(
        400,
        ARGUMENT,
        "To upload custom model user needs to enable allow_registering_model_via_url settings. Otherwise please use "
        "OpenSearch pre-trained models.",
        "source",
    ),
    "model_name_missing": Refusal(400, ARGUMENT, "model name is null", "04 register_no_name"),
    "model_format_missing": Refusal(400, ARGUMENT, "model format is null", "04 register_no_function"),
    "model_format_unknown": Refusal(400, ARGUMENT, "Wrong model format", "source"),
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
    "model_update_body_missing": Refusal(400, PARSE, "Update model request has empty body", "source"),
    "model_update_two_connectors": Refusal(
        400,
        STATUS,
        "Model cannot have both stand-alone connector and internal connector. Please check your update input body.",
        "source",
    ),
    "model_update_not_cached": Refusal(
        500,
        "runtime_exception",
        "Successfully update ML model index with model ID {id} but update model cache was failed on following nodes "
        "[{node}], please retry or redeploy model manually.",
        "source",
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
    "config_embedding_dimension_missing": Refusal(
        400, ARGUMENT, "Embedding dimension must be provided for remote text embedding model", "source"
    ),
    "config_framework_type_missing": Refusal(
        400, ARGUMENT, "Framework type must be provided for remote text embedding model", "source"
    ),
    "config_space_type_missing": Refusal(
        400,
        ARGUMENT,
        "Space type must be provided in additional_config for remote text embedding model",
        "source",
    ),
    "config_framework_unknown": Refusal(400, ARGUMENT, "Wrong framework type", "source"),
    "config_pooling_unknown": Refusal(400, ARGUMENT, "Wrong pooling method", "source"),
    "config_doubles": Refusal(
        400, ARGUMENT, "Duplicate keys found in both all_config and additional_config: {names}", "source"
    ),
    "constant_unknown": Refusal(400, ARGUMENT, "No enum constant {java_class}.{name}", "source"),
    "rate_limit_negative": Refusal(400, PARSE, "Limit field must be a positive number.", "source"),
    # Tasks
    "task_unknown": Refusal(404, STATUS, "Failed to find task", "04 task_unknown"),
    "task_running": Refusal(
        500, "exception", "Task cannot be deleted in running state. Try after some time.", "source"
    ),
    # Statistics
    "stat_unknown": Refusal(400, ARGUMENT, "Wrong ML cluster level stat", "source"),
    **predictions.REFUSALS,
    # Cluster settings
    "setting_unknown": Refusal(400, "settings_exception", "{scope} setting [{name}], not recognized", "01 bad_setting"),
    "setting_static": Refusal(
        400, "settings_exception", "{scope} setting [{name}], not dynamically updateable", "source"
    ),
    "setting_final": Refusal(400, "settings_exception", "final {scope} setting [{name}], not updateable", "source"),
    "setting_out_of_range": Refusal(
        400, ARGUMENT, "Failed to parse value [{value}] for setting [{name}] must be {bound}", "source"
    ),
    "setting_not_bytes": Refusal(
        400,
        ARGUMENT,
        "failed to parse setting [{name}] with value [{value}] as a size in bytes: unit is missing or unrecognized",
        "source",
    ),
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
    **queries.REFUSALS,
    **highlighting.REFUSALS,
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
    Behaviour(
        "names and descriptions may have letters, digits, blanks and some punctuation",
        "validation",
        "03 register_empty_name",
    ),
    Behaviour("the same wrong value is 500 in a creation, 400 in an update", "xcontent", "source"),
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
    Behaviour("what is wrong with a request of a model that is not served is 404", "predict", "source"),
    Behaviour("an undeploy during that deployment is undone by it", "deployment", "01 delete_model"),
    Behaviour("the first remote call of a node outlasts a deployment", "deployment", "10 predict_poll"),
    Behaviour(
        "the private IP switch is read when a model is deployed", "deployment", "05 predict_private_on_without_redeploy"
    ),
    Behaviour(
        "the trusted regex is read when a connector is written", "connectors", "05 predict_after_regex_tightened"
    ),
    Behaviour('`"_source": false` in a `_search` shows the whole document', "system_search", "source"),
    Behaviour("connectors are only counted along with models", "stats", "source"),
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
    *queries.BEHAVIOURS,
    *highlighting.BEHAVIOURS,
)
