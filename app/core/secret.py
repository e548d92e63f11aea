"""The secret of this instance, with which it signs what it hands out and takes back."""

import os
from functools import cache
from pathlib import Path

from app.core.ids import new_secret
from app.core.settings import settings


@cache
def signing_key() -> str:
    """Return the secret: from the settings, else made once and kept in ``var/secret``."""
    if configured := settings().secret:
        return configured.get_secret_value()
    return _kept(settings().var_dir / "secret")


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(new_secret())
    try:
        path.hardlink_to(fresh)  # the first process wins; the others read what it wrote
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text()
