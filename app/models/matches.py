"""Posts that fit each other."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Row


class Match(Row):
    """An offer and a request that fit, as they were judged last.

    The row is made when the two are first found to fit, which is when both sides are told, and
    stays as long as both posts do: whoever was told once is not told again. ``is_current`` is
    false while they fit no more, or one of them is not open. ``reasons`` are texts with their
    params (``matching_rules.Reason``), the versions those on which the verdict stands.
    """

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("offer_post_id", "request_post_id"),
        Index("ix_matches_request_post_id", "request_post_id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("offer_post_id <> request_post_id", name="two_posts"),
    )

    offer_post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    request_post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    score: Mapped[int]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    offer_version: Mapped[int]
    request_version: Mapped[int]
    judged_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(default=True)
