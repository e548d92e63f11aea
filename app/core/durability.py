"""A database that is set to forget what it has acknowledged is not worked with."""

from psycopg import AsyncConnection

_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")


class ForgetfulDatabase(Exception):  # noqa: N818 - a sentence for whoever runs the server
    """PostgreSQL would lose what it has acknowledged; the text says which setting is off."""

    def __init__(self, name: str) -> None:
        """Name the setting that is off."""
        super().__init__(
            f"PostgreSQL runs with {name} = off and would lose what it has acknowledged."
            f" Switch it on. Only where nothing need last, KONTOR_REQUIRE_DURABLE_DATABASE=false"
            " lets Kontor start."
        )


async def require_durable(dsn: str) -> None:
    """Refuse the database at ``dsn`` if what it has acknowledged may be lost in a crash."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        found = await connection.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name",
            [list(_SETTINGS)],
        )
        if row := await found.fetchone():
            raise ForgetfulDatabase(row[0])
