"""Licences of what is installed, as the packages declare them."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

from local import PROJECT
from local.supply_chain import ENVIRONMENTS

if TYPE_CHECKING:
    from importlib.metadata import PackageMetadata

_CLASSIFIER = "License :: "
LONGEST_NAME = 100
"""Some packages put the whole text of their licence where its name belongs."""


def installed_licences() -> dict[str, list[dict[str, Any]]]:
    """CycloneDX `licenses` by normalised package name, for every environment that is there."""
    folders = [
        str(folder) for name in ENVIRONMENTS for folder in (PROJECT / name / "lib").glob("python*/site-packages")
    ]
    return {
        normalised(found.metadata["Name"]): licences
        for found in distributions(path=folders)
        if (licences := licences_of(found.metadata))
    }


def licences_of(metadata: PackageMetadata) -> list[dict[str, Any]]:
    """Its expression, else its classifiers, else the name that it gives; empty if it declares none."""
    if expressions := metadata.get_all("License-Expression"):
        return [{"expression": expressions[0], "acknowledgement": "declared"}]
    names = [it.rpartition(" :: ")[2] for it in metadata.get_all("Classifier") or () if it.startswith(_CLASSIFIER)]
    name = (metadata.get_all("License") or [""])[0].strip()
    if not names and 0 < len(name) <= LONGEST_NAME:
        names = [name]
    return [{"license": {"name": name, "acknowledgement": "declared"}} for name in names]


def normalised(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
