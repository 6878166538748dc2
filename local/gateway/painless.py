"""Scripts of connectors, run by the server's own Painless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.gateway.upstream import Upstream

_USES_ESCAPE = re.compile(r"(?<!\bString\s)\bescape\s*\(")
_DEFINES_ESCAPE = re.compile(r"String\s+escape\s*\(\s*(def|String)\s+.*?\)\s*\{?")
# The helper that the plugin puts in front of a script that calls escape() without defining it.
_SHORT = {"\r": "r", "\n": "n", "\b": "b", "\f": "f"}
_ESCAPE = "\n".join(
    [
        "String escape(def input) {",
        r'if (input.contains("\\")) { input = input.replace("\\", "\\\\"); }',
        r'if (input.contains("\"")) { input = input.replace("\"", "\\\""); }',
        r'if (input.contains("\\t")) { input = input.replace("\\t", "\\\\\\t"); }',
        *(
            f"if (input.contains('{char}')) {{ input = input.replace('{char}', '\\\\{letter}'); }}"
            for char, letter in _SHORT.items()
        ),
        "return input;",
        "}",
        "",
    ]
)


async def run(upstream: Upstream, script: str, parameters: dict[str, Any]) -> str | None:
    """What `script` returns, as text; None for null.

    Args:
        upstream: the server.
        script: Painless source; may call `escape(text)`.
        parameters: its `params`.

    Raises:
        UpstreamError: it does not compile, or failed; in the server's words.
    """
    source = _ESCAPE + script if _USES_ESCAPE.search(script) and not _DEFINES_ESCAPE.search(script) else script
    body = {"script": {"lang": "painless", "source": source, "params": parameters}}
    result = (await upstream.call("POST", "/_scripts/painless/_execute", body))["result"]
    return None if result in (None, "null") else str(result)
