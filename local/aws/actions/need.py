"""What AWS asks of a caller's policies before it does what is requested."""

from __future__ import annotations

from typing import NamedTuple


class Need(NamedTuple):
    """One action on one resource.

    Attributes:
        action: as policies name it, such as `s3:GetObject`.
        resource: an ARN, or `*` where an action knows none.
        context: condition keys that the request brings along, such as `s3:prefix`, with their values, sorted.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


def pass_role(role_arn: str | None, service: str) -> list[Need]:
    """What handing a role to a service takes; nothing where no role is handed over."""
    return [Need("iam:PassRole", role_arn, (("iam:PassedToService", service),))] if role_arn else []


def tag_context(tags: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The condition keys of tags that a request gives to what it makes."""
    return tuple(sorted((f"aws:RequestTag/{key}", value) for key, value in tags.items()))
