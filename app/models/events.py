"""What happened: the audit trail, and the source of every notification and webhook."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Row


class EventRecord(Row):
    """A fact that was recorded with the change that made it true: its name, and its ids."""

    __tablename__ = "events"

    name: Mapped[str] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]]
