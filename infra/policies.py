"""The IAM documents of `infra/policies`, their placeholders filled in: the stack's roles have these and no others."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDER = Path(__file__).parent / "policies"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z]+)\}")
MANAGED_POLICY_CHARACTERS = 6_144
"""IAM's limit of one managed policy, white space not counted."""
LONGER = 1_000
"""What names that are not known before the deployment may add to the text of a policy: of the bucket, of roles."""
TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
TOKEN_STANDS_FOR = "x" * 14
"""The longest of most: partitions have up to 10 characters, accounts 12, regions 14."""


def trust_document(role: str, values: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
    """Who may assume the role."""
    return _document(_statements(FOLDER / f"{role}.trust.json", values))


def policy_document(
    role: str, values: Mapping[str, str | Sequence[str]], features: Iterable[str] = ()
) -> dict[str, Any]:
    """What the role may do; features (`kms`, `domain`, `vpc`) add what is in `optional/{role}.{feature}.json`.

    Args:
        role: as its file is called.
        values: of the placeholders; several values of one make several resources.
        features: that the account uses; one of which the role needs nothing adds nothing.

    Raises:
        TerminalError: a placeholder has no value.
    """
    return _document([found for path in _files(role, features) for found in _statements(path, values)])


def resources_of(role: str, features: Iterable[str] = ()) -> list[str]:
    """The resources of a role's documents, as they are written there."""
    found: dict[str, None] = {}
    for path in _files(role, features):
        for statement in json.loads(path.read_text("utf-8"))["Statement"]:
            found |= dict.fromkeys(_listed(statement["Resource"]))
    return list(found)


def roles() -> list[str]:
    """Names of the roles that have a policy."""
    return sorted(path.name.removesuffix(".trust.json") for path in FOLDER.glob("*.trust.json"))


def allowed_actions(role: str) -> list[str]:
    """The actions of a role's own document, each once."""
    statements = json.loads((FOLDER / f"{role}.json").read_text("utf-8"))["Statement"]
    return sorted({action for found in statements for action in _listed(found["Action"])})


def unused_actions(role: str) -> dict[str, str]:
    """Actions that the end-to-end runs do not use, and why they are allowed; a test holds the list to the runs."""
    reasons: dict[str, dict[str, str]] = json.loads((FOLDER / "unused.json").read_text("utf-8"))
    return reasons.get(role, {})


def managed_documents(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same statements in as many documents as a managed policy's limit asks for, in order.

    Raises:
        TerminalError: one statement alone is too long.
    """
    parts: list[list[Any]] = [[]]
    for found in document["Statement"]:
        if _length([found]) > MANAGED_POLICY_CHARACTERS - LONGER:
            raise TerminalError(
                f"The statement {found['Sid']!r} is too long for a policy. Give fewer model_names or input_prefixes; "
                "a pattern such as 'search-*' stands for many."
            )
        if _length([*parts[-1], found]) > MANAGED_POLICY_CHARACTERS - LONGER:
            parts.append([])
        parts[-1].append(found)
    return [_document(part) for part in parts]


def _files(role: str, features: Iterable[str]) -> list[Path]:
    optional = [FOLDER / "optional" / f"{role}.{feature}.json" for feature in features]
    return [FOLDER / f"{role}.json", *(path for path in optional if path.exists())]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _length(statements: Sequence[Any]) -> int:
    return len(TOKEN.sub(TOKEN_STANDS_FOR, json.dumps(statements, separators=(",", ":"))))


def _document(statements: Sequence[Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statements(path: Path, values: Mapping[str, str | Sequence[str]]) -> list[Any]:
    text = path.read_text("utf-8")
    if missing := {name for name in PLACEHOLDER.findall(text) if name not in values}:
        raise TerminalError(f"{path.name} has placeholders without a value: {', '.join(sorted(missing))}.")
    return [_filled(found, values) for found in json.loads(text)["Statement"]]


def _filled(found: Any, values: Mapping[str, str | Sequence[str]]) -> Any:
    if isinstance(found, dict):
        return {name: _filled(value, values) for name, value in found.items()}
    filled = [text for pattern in _listed(found) for text in texts(pattern, values)]
    return filled if isinstance(found, list) or len(filled) > 1 else filled[0]


def texts(pattern: str, values: Mapping[str, str | Sequence[str]]) -> Iterator[str]:
    """What a text with placeholders stands for, in the partition of AWS that the values name."""
    pattern = pattern.replace("arn:aws:", "arn:${Partition}:")
    names = dict.fromkeys(PLACEHOLDER.findall(pattern))
    choices = [[value] if isinstance(value := values[name], str) else value for name in names]
    for chosen in itertools.product(*choices):
        text = pattern
        for name, value in zip(names, chosen, strict=True):
            text = text.replace(f"${{{name}}}", value)
        yield text
