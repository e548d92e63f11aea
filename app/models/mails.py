"""Mails on their way: written with their cause, sent by a job, kept until they are old."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Row


class OutgoingMail(Row):
    __tablename__ = "outgoing_mails"

    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    headers: Mapped[dict[str, str]] = mapped_column(default_factory=dict, server_default="{}")
    locale: Mapped[str] = mapped_column(default="de")
    letter: Mapped[dict[str, Any] | None] = mapped_column(default=None)  # None: the text says all
    dedup_key: Mapped[str | None] = mapped_column(unique=True, default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    failed_at: Mapped[datetime | None] = mapped_column(default=None)
    failure: Mapped[str] = mapped_column(default="")


class IncomingMail(Row):
    """A mail that has come in: only by what it is known again, for some weeks."""

    __tablename__ = "incoming_mails"

    key: Mapped[bytes] = mapped_column(unique=True)
