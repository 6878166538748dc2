"""The IAM policies of infra/policies, read and applied as AWS applies them, as far as they go."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).parents[1] / "infra" / "policies"
UNUSED = FOLDER / "unused.json"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Use:
    """An action that a role used, as the stand-in's recorder tells it."""

    role: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Use:
        return cls(fields["role"], fields["action"], fields["resource"], tuple(sorted(fields["context"].items())))


@dataclass(frozen=True)
class Statement:
    """One that allows, its placeholders filled in."""

    role: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]]

    def allows(self, use: Use, always: Mapping[str, str]) -> bool:
        """Whether it allows the use; `always` are condition keys that every request has."""
        return (
            use.action in self.actions
            and any(matches(pattern, use.resource) for pattern in self.resources)
            and all(holds(operator, keys, use, always) for operator, keys in self.condition.items())
        )


def roles() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json") if not path.stem.endswith(".trust") and path != UNUSED)


def statements_of(role: str, values: Mapping[str, Any]) -> list[Statement]:
    """The statements of a role's policy; a placeholder with several values makes several resources."""
    policy = json.loads((FOLDER / f"{role}.json").read_text("utf-8"))
    assert {found["Effect"] for found in policy["Statement"]} == {"Allow"}
    return [
        Statement(
            role,
            found["Sid"],
            tuple(listed(found["Action"])),
            tuple(filled(listed(found["Resource"]), values)),
            {
                operator: {key: list(filled(listed(wanted), values)) for key, wanted in keys.items()}
                for operator, keys in found.get("Condition", {}).items()
            },
        )
        for found in policy["Statement"]
    ]


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def filled(patterns: Sequence[str], values: Mapping[str, Any]) -> Iterator[str]:
    for pattern in patterns:
        names = dict.fromkeys(PLACEHOLDER.findall(pattern))
        choices = [[values[name]] if isinstance(values[name], str) else values[name] for name in names]
        for chosen in itertools.product(*choices):
            text = pattern
            for name, value in zip(names, chosen, strict=True):
                text = text.replace(f"${{{name}}}", value)
            yield text


def matches(pattern: str, value: str) -> bool:
    """As IAM matches: `*` is any text, `?` one character."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def holds(operator: str, keys: Mapping[str, list[str]], use: Use, always: Mapping[str, str]) -> bool:
    context = {**always, **dict(use.context)}
    name = operator.removesuffix("IfExists").removeprefix("ForAllValues:")
    test = {"StringEquals": str.__eq__, "StringLike": matches, "ArnLike": matches}[name]
    for key, wanted in keys.items():
        if key == "aws:TagKeys":
            given = [tag.removeprefix("aws:RequestTag/") for tag in context if tag.startswith("aws:RequestTag/")]
        else:
            given = [context[key]] if key in context else []
        may_lack = operator.endswith("IfExists") or operator.startswith("ForAllValues:")
        if not (given or may_lack) or not all(any(test(each, value) for each in wanted) for value in given):
            return False
    return True


def unused() -> dict[str, dict[str, str]]:
    """By role and action, why an action is allowed that the end-to-end runs do not use."""
    return dict(json.loads(UNUSED.read_text("utf-8")))
