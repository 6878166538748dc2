"""A zip whose bytes depend on nothing but the names and the contents of its files."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can tell."""
MODE = 0o100644


def write_zip(archive: Path, files: Mapping[str, Path]) -> None:
    """Write the files sorted by name, with one time and one mode for all, stored as they are.

    Compression would make the bytes depend on the zlib of the machine; the archive is below 2 MB without.
    """
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = 3  # Unix, whatever builds it
            entry.external_attr = MODE << 16
            out.writestr(entry, files[name].read_bytes())
