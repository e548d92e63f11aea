"""``kontor reseal``: sealing everything under the newest key."""

from app.commands.running import carry_out_in_parts, output
from app.core.db import transaction
from app.core.i18n import N_, translate
from app.core.resealing import Key, reseal_rows, sealed_tables
from app.runtime import Runtime


def reseal() -> None:
    """Seal anew what is not sealed under the newest key, and say how much that was."""
    rows, files = carry_out_in_parts(_reseal)
    said = N_("Neu versiegelt: %(rows)s Einträge, %(files)s Dateien.")
    output.print(translate(said, rows=rows, files=files))


async def _reseal(runtime: Runtime) -> tuple[int, int]:
    rows = 0
    for table in sealed_tables():
        after: Key | None = None
        while True:
            async with transaction(runtime.sessions) as session:
                number, after = await reseal_rows(session, table, after)
            if after is None:
                break
            rows += number
    files = [await runtime.storage.reseal(digest) for digest in await runtime.storage.digests()]
    return rows, sum(files)
