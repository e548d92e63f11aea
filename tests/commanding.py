"""Commands as an administrator gives them, carried out in this process."""

import os
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from typer.testing import CliRunner, Result

from app.cli import kontor
from app.core.settings import settings


def carried_out(database: str, *arguments: object) -> Result:
    """Carry out ``kontor …`` on a database, in a thread: a command runs a loop of its own."""
    told = [str(argument) for argument in arguments]
    with patch.dict(os.environ, KONTOR_DATABASE_URL=database), ThreadPoolExecutor(1) as thread:
        settings.cache_clear()
        try:
            result = thread.submit(CliRunner().invoke, kontor, told).result()
        finally:
            settings.cache_clear()
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result
