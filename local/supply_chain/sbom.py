"""Software bills of materials: CycloneDX, one for each requirement file, with hashes and declared licences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local import LocalError
from local.console import say, table
from local.stack import local_directory
from local.supply_chain import requirement_files
from local.supply_chain.licences import installed_licences, normalised
from local.supply_chain.tool import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "sbom"


def write_sboms() -> int:
    """Write `sbom/{file}.cdx.json` in the local folder for each requirement file, and say how complete they are.

    Raises:
        LocalError: cyclonedx-py refuses one.
    """
    folder = local_directory() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    licences = installed_licences()
    rows = []
    for path in requirement_files():
        bom = complete(generate(path), licences)
        target = folder / f"{path.stem}.cdx.json"
        target.write_text(json.dumps(bom, indent=1, sort_keys=True) + "\n", "utf-8")
        components = bom["components"]
        counts = (len(components), sum(map(has_hashes, components)), sum("licenses" in it for it in components))
        rows.append((target.name, *map(str, counts)))
    say(table(("bill of materials", "packages", "with hashes", "with licence"), rows))
    say(f"written to {folder}")
    return 0


def generate(path: Path) -> dict[str, Any]:
    """What cyclonedx-py makes of a requirement file.

    Raises:
        LocalError: it refuses the file.
    """
    done = run("cyclonedx-py", ["requirements", str(path), "--output-reproducible"])
    if done.returncode != 0:
        raise LocalError(f"cyclonedx-py refuses {path.name} (status {done.returncode}): {done.stderr.strip()[-500:]}")
    return dict(json.loads(done.stdout))


def complete(bom: dict[str, Any], licences: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The bill with licences, and without the descriptions, which repeat the requirement's lines and hashes."""
    components = []
    for component in bom.get("components", []):
        kept = {name: value for name, value in component.items() if name != "description"}
        if found := licences.get(normalised(component["name"])):
            kept["licenses"] = found
        components.append(kept)
    return {**bom, "components": components}


def has_hashes(component: Mapping[str, Any]) -> bool:
    """Whether a component says what its files' contents are."""
    return any(reference.get("hashes") for reference in component.get("externalReferences", ()))
