"""Folders for embedded servers.

Not pytest's own: whenever another run of pytest begins, it shuts ``/tmp/pytest-of-…`` for other
accounts, and for root PostgreSQL runs as one of those.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def new_folder() -> Iterator[Callable[[], Path]]:
    """Return what makes a fresh folder, gone after the run."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="kontor-start-")))
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def var_dir(new_folder) -> Path:
    return new_folder()
