"""The connector of a highlighter, after OpenSearch's blueprint, with texts escaped as JSON wants them."""

from __future__ import annotations

from typing import Any

from benchmarks.highlighting.stack import REGION

REQUEST = (
    '{ "question": "${parameters.question:-}", "context": "${parameters.context:-}", '
    '"inputs": ${parameters.inputs:-null} }'
)
# Painless: quotes, backslashes and control characters become \u escapes.
PRE_PROCESS = r"""
String quoted(String text) {
  StringBuilder out = new StringBuilder();
  for (int i = 0; i < text.length(); i++) {
    char c = text.charAt(i);
    if (c == (char) 34 || c == (char) 92 || c < (char) 32) {
      String hex = Integer.toHexString((int) c);
      out.append('\\u').append('0000'.substring(hex.length())).append(hex);
    } else {
      out.append(c);
    }
  }
  return out.toString();
}
if (params.inputs != null) { return '{"parameters":{"inputs":' + params.inputs.toString() + '}}'; }
return '{"parameters":{"question":"' + quoted(params.question) + '","context":"' + quoted(params.context) + '"}}';
"""


def highlighter_connector(name: str, url: str) -> dict[str, Any]:
    """Body that creates the connector.

    Args:
        name: of the connector.
        url: of the endpoint's invocations.
    """
    return {
        "name": name,
        "description": "Highlighter on SageMaker",
        "version": "1",
        "protocol": "aws_sigv4",
        "parameters": {"region": REGION, "service_name": "sagemaker"},
        "credential": {"access_key": "local", "secret_key": "local"},
        "client_config": {"max_connection": 50, "connection_timeout": 5, "read_timeout": 300},
        "actions": [
            {
                "action_type": "predict",
                "method": "POST",
                "url": url,
                "headers": {"content-type": "application/json"},
                "request_body": REQUEST,
                "pre_process_function": PRE_PROCESS,
            }
        ],
    }
