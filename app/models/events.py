"""What happened: the audit trail, and the source of every notification and webhook."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Row


class EventRecord(Row):
    __tablename__ = "events"

    name: Mapped[str] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]]
