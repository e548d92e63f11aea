"""Answers kept so that the same request, sent again, has no second effect."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.sealed import SealedBytes


class KeptAnswer(Base):
    """The answer to a request that named a key; written in the transaction of its effect."""

    __tablename__ = "kept_answers"

    subject: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None] = mapped_column(default=None)
    headers: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    body: Mapped[bytes] = mapped_column(SealedBytes, default=b"")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True, init=False)
