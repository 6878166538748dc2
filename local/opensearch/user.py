"""Whom OpenSearch runs as: it refuses root, so root hands it to the user nobody."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from local import LocalError
from local.processes import User

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOBODY = "nobody"


def unprivileged_user() -> User | None:
    """The user nobody where we are root, else None: an ordinary user just runs it.

    Raises:
        LocalError: this system has no user nobody.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NOBODY)
    except KeyError as error:
        raise LocalError(
            "OpenSearch does not run as root, and this system has no user 'nobody' to run it as. "
            "Run this as an ordinary user."
        ) from error
    return User(entry.pw_uid, entry.pw_gid)


def passage(user: User | None, paths: Iterable[Path]) -> tuple[str, ...]:
    """What to put before a command so that the user reaches these paths; empty where he does anyway.

    Below a folder such as /root (mode 700) he does not. There the process is started as that user by `setpriv`, with
    one privilege of root left: to pass by the modes of files (CAP_DAC_OVERRIDE).

    Args:
        user: who the command shall run as; None for ourselves.
        paths: the folders and programs that it needs.

    Raises:
        LocalError: he does not reach one, and `setpriv` is missing or may not help.
    """
    closed = [path for path in paths if user and not _reaches(user, path)]
    if not closed or not user:
        return ()
    program = shutil.which("setpriv")
    prefix = (
        program or "setpriv",
        f"--reuid={user.uid}",
        f"--regid={user.gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )
    if program and _succeeds((*prefix, "test", "-x", str(closed[0]))):
        return prefix
    raise LocalError(
        f"OpenSearch does not run as root but as {NOBODY!r}, who cannot reach {closed[0]}, and `setpriv` "
        f"{'may not help here' if program else 'is not installed'}. Set LOCAL_DIR to a folder that everybody can "
        "enter, such as /var/tmp/finetuning (for a closed Java: JAVA_HOME), or run this as an ordinary user."
    )


def own(user: User | None, folders: Iterable[Path]) -> None:
    """Make folders, and give them with all they hold to the user."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        if user and folder.stat().st_uid != user.uid:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _reaches(user: User, path: Path) -> bool:
    return _succeeds(("test", "-x", str(path)), user)


def _succeeds(command: tuple[str, ...], user: User | None = None) -> bool:
    """The system itself answers: modes, access lists and mounts are its business."""
    identity: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    return subprocess.run(command, cwd="/", capture_output=True, check=False, **identity).returncode == 0
