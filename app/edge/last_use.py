"""When sessions and tokens were last used: noted in memory, written now and then.

Reading a page must not write; losing half a minute of this in a crash harms nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import bindparam, update

from app.core.db import Sessions, transaction
from app.models.accounts import AccessToken, SignedInSession

EVERY_SECONDS = 30
_log = structlog.get_logger()


@dataclass(slots=True)
class LastUse:
    """What was used since the last writing, by id."""

    sessions: dict[UUID, datetime] = field(default_factory=dict)
    tokens: dict[UUID, datetime] = field(default_factory=dict)

    async def write(self, sessions: Sessions) -> None:
        """Write what was noted, and forget it."""
        noted = ((SignedInSession, self.sessions), (AccessToken, self.tokens))
        self.sessions, self.tokens = {}, {}
        if not any(used for _, used in noted):
            return
        async with transaction(sessions) as session:
            connection = await session.connection()
            for table, used in noted:
                if used:
                    await connection.execute(
                        update(table.__table__)  # type: ignore[arg-type]
                        .where(table.id == bindparam("row"))
                        .values(last_used_at=bindparam("at")),
                        [{"row": row, "at": at} for row, at in used.items()],
                    )


@asynccontextmanager
async def last_use_written(sessions: Sessions) -> AsyncIterator[LastUse]:
    """Yield the notebook; write it every half minute and at the end."""
    notes = LastUse()

    async def write_on() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await notes.write(sessions)
            except Exception:  # noqa: BLE001 - the next try may do, and nothing else must end
                _log.exception("last_use.not_written")

    writing = asyncio.create_task(write_on())
    yield notes
    writing.cancel()
    await notes.write(sessions)
