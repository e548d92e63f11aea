"""Stopping the clock for whole tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

import pytest

from app.core import clock


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Stop the clock for whoever asks, whatever task they are in.

    What a fixture that is not asynchronous sets in its own context does not reach the one task in
    which all asynchronous tests run.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_set_to", ContextVar("clock_stopped_at", default=moment))
        yield
