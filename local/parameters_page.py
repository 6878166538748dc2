"""`docs/parameters.md`, written from the settings: `python -m local.parameters_page`."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from include.parameters import parameter_schemas
from local import PROJECT

PAGE = PROJECT / "docs" / "parameters.md"
HEAD = """# Parameters of `finetune_search_model`

Written by `make docs` from `include/settings/`; do not edit. Sections are those of the form. What a run is not
given, or is given empty, is taken from the Airflow Variable `finetune_search_model_defaults`, else from the defaults.
"""


def render() -> str:
    """The whole page."""
    sections = groupby(parameter_schemas().items(), key=lambda item: item[1]["section"])
    return HEAD + "".join(_section(title, dict(entries)) for title, entries in sections)


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(), encoding="utf-8")


def _section(title: str, schemas: dict[str, dict[str, Any]]) -> str:
    rows = (
        f"| `{name}` | {_default(schema)} | {_valid(schema)} | {schema['description']} |\n"
        for name, schema in schemas.items()
    )
    return f"\n## {title}\n\n| parameter | default | valid | meaning |\n|---|---|---|---|\n{''.join(rows)}"


def _default(schema: dict[str, Any]) -> str:
    return "" if schema["default"] is None else f"`{schema['default']}`"


def _valid(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    if "const" in schema:
        return f"`{schema['const']}`"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    kind = next(name for name in _types(schema) if name != "null")
    return f"{low:,} to {high:,}" if low is not None and high is not None else kind


def _types(schema: dict[str, Any]) -> list[str]:
    found = schema.get("type", "string")
    return found if isinstance(found, list) else [found]


if __name__ == "__main__":
    main()
