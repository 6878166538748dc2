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


def passage(user: User | None, folder: Path, program: Path) -> tuple[str, ...]:
    """What to put before a command so that the user reaches its folder and program; empty where he does anyway.

    Below a folder such as /root (mode 700) he does not. There the process is started as that user by `setpriv`, with
    one privilege of root left: to pass by the modes of files (CAP_DAC_OVERRIDE).

    Args:
        user: who the command shall run as; None for ourselves.
        folder: the command's files lie in it.
        program: what is run.

    Raises:
        LocalError: he does not reach one, and `setpriv` is missing or may not help.
    """
    check = ("test", "-x", str(folder), "-a", "-x", str(program))
    if not user or _succeeds(check, user):
        return ()
    setpriv = shutil.which("setpriv")
    prefix = (
        setpriv or "setpriv",
        f"--reuid={user.uid}",
        f"--regid={user.gid}",
        "--clear-groups",
        # Else access(2), by which Java looks whether files exist, does not count the privilege.
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )
    if setpriv and _succeeds((*prefix, *check)):
        return prefix
    raise LocalError(
        f"OpenSearch does not run as root but as {NOBODY!r}, who cannot reach {folder} or {program}, and `setpriv` "
        f"{'may not help here' if setpriv else 'is not installed'}. Set LOCAL_DIR to a folder that everybody can "
        "enter, such as /var/tmp/finetuning (for a closed Java: JAVA_HOME), or run this as an ordinary user."
    )


def own(user: User | None, folders: Iterable[Path]) -> None:
    """Make folders, and give them with all they hold to the user."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        if user and folder.stat().st_uid != user.uid:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _succeeds(command: tuple[str, ...], user: User | None = None) -> bool:
    """The system itself answers: modes, access lists and mounts are its business."""
    identity: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    return subprocess.run(command, cwd="/", capture_output=True, check=False, **identity).returncode == 0
