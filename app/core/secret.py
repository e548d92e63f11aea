"""The secrets of this instance: one signs what it hands out, others seal what it keeps."""

import os
from functools import cache
from pathlib import Path

from app.core.ids import new_secret
from app.core.settings import settings, words_of


@cache
def signing_key() -> str:
    """Return the secret: from the settings, else made once and kept in ``var/secret``."""
    if configured := settings().secret:
        return configured.get_secret_value()
    return _kept(settings().var_dir / "secret")


def sealing_secrets() -> tuple[str, ...]:
    """Return the secrets of the keys that seal, newest first: from the settings, else a file."""
    if configured := settings().sealing_keys:
        return words_of(configured.get_secret_value())
    return words_of(_kept(settings().var_dir / "sealing_keys"))


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
