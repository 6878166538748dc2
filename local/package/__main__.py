"""`python -m local.package`: build the package in `.local/package`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from local import stack
from local.console import say, table
from local.package.archive import write_zip
from local.package.contents import dag_files, plugin_files
from local.package.manifest import manifest_of, write_manifest
from local.package.requirements import requirement_files

KIBIBYTE = 1024


def main() -> int:
    """Build it and say what is there."""
    parser = argparse.ArgumentParser(prog="python -m local.package", description=__doc__)
    parser.add_argument("--folder", type=Path, default=stack.local_directory() / "package", help="made anew")
    folder = parser.parse_args().folder
    build(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = [(path.relative_to(folder).as_posix(), f"{path.stat().st_size / KIBIBYTE:,.0f}") for path in files]
    say(f"{folder}:")
    say(table(("file", "KiB"), rows))
    say("docs/package.md says where each goes on MWAA, on Astronomer and elsewhere.")
    return 0


def build(folder: Path) -> None:
    """Build plugins.zip, the DAGs folder, the requirement files and the manifest in a folder, which is emptied before.

    The same sources give the same bytes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "dags").mkdir(parents=True)
    in_plugins = plugin_files()
    write_zip(folder / "plugins.zip", in_plugins)
    for name, source in dag_files().items():
        target = folder / "dags" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for name, text in requirement_files().items():
        (folder / name).write_text(text, "utf-8")
    write_manifest(folder, manifest_of(folder, in_plugins))


if __name__ == "__main__":
    sys.exit(main())
