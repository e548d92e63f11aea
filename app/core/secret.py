"""The secrets of this instance: one signs what it hands out, others seal what it keeps.

Each comes from the settings, or is made once and kept in ``var/``.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from app.core.ids import new_secret
from app.core.settings import settings, words_of


@cache
def signing_key() -> str:
    """Return the secret with which this instance signs what it hands out and takes back."""
    if configured := settings().secret:
        return configured.get_secret_value()
    return kept(settings().var_dir / "secret", new_secret)


def sealing_secrets() -> tuple[str, ...]:
    """Return the secrets of the keys that seal, newest first: from the settings, else a file."""
    if configured := settings().sealing_keys:
        return words_of(configured.get_secret_value())
    return words_of(kept(settings().var_dir / "sealing_keys", new_secret))


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the secret that is kept in a file; whoever asks first makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(make())
    try:
        path.hardlink_to(fresh)  # the first process wins; the others read what it wrote
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text()
