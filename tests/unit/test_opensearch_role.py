"""The role that administrators create: one file, which documentation and tests share."""

from __future__ import annotations

import json
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROLE = json.loads((PROJECT / "infra" / "opensearch" / "role.json").read_text("utf-8"))
ACTIONS = [*ROLE["cluster_permissions"], *(it for part in ROLE["index_permissions"] for it in part["allowed_actions"])]


def test_role_names_actions_one_by_one() -> None:
    """But for the parts of a bulk and of a refresh, whose names end in what each shard does."""
    assert {name for name in ACTIONS if "*" in name} == {"indices:data/write/bulk*", "indices:admin/refresh*"}
    assert all(name.startswith(("cluster:", "indices:")) for name in ACTIONS)
    assert len(set(ROLE["cluster_permissions"])) == len(ROLE["cluster_permissions"])


def test_role_has_no_pattern_for_all_indices() -> None:
    patterns = [name for part in ROLE["index_permissions"] for name in part["index_patterns"]]

    assert patterns == ["articles*", "search-model-*"]


def test_documentation_tells_to_create_this_role() -> None:
    page = (PROJECT / "docs" / "security.md").read_text("utf-8")

    assert "infra/opensearch/role.json" in page
    assert "PUT _plugins/_security/api/roles/finetune_search_model " in page
    for pattern in ("`articles*`", "`search-model-*`"):
        assert pattern in page
