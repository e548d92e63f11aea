"""When sessions and tokens were last used: noted in memory, written now and then.

Reading a page must not write; losing half a minute of this in a crash harms nobody.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update

from app.core.db import Sessions, transaction
from app.models.accounts import AccessToken, SignedInSession


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
