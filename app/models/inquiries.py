"""Inquiries: private threads that start at a post."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row
from app.models.messages import Side
from app.models.sealed import SealedJson


class InquiryState(StrEnum):
    """How far an inquiry has come."""

    SENT = "sent"
    SEEN = "seen"
    IN_TALKS = "in_talks"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Inquiry(Editable):
    """A person, or with ``company_id`` a company through a person, asks about a post.

    ``number`` counts the inquiries of a post. Of an inquiry that ``is_concealed`` each side sees
    the other under an alias only, until it has released who it is; with ``names_opener`` who asks
    is named all the same. ``ended_at`` is when it was declined, closed or withdrawn; the time that
    its files are kept runs from there.
    """

    __tablename__ = "inquiries"
    __table_args__ = (
        UniqueConstraint("post_id", "number"),
        Index("ix_inquiries_person", "person_id"),
        Index("ix_inquiries_company", "company_id"),
        Index("ix_inquiries_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index(
            "uq_inquiries_one_of_a_person",
            "post_id",
            "person_id",
            unique=True,
            postgresql_where=text("company_id IS NULL AND state IN ('sent', 'seen', 'in_talks')"),
        ),
        Index(
            "uq_inquiries_one_of_a_company",
            "post_id",
            "company_id",
            unique=True,
            postgresql_where=text(
                "company_id IS NOT NULL AND state IN ('sent', 'seen', 'in_talks')"
            ),
        ),
    )

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    thread_id: Mapped[UUID] = mapped_column(
        ForeignKey("threads.id", ondelete="CASCADE"), unique=True
    )
    number: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"), default=None)
    offered_post_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), default=None, index=True
    )
    fields: Mapped[dict[str, Any]] = mapped_column(SealedJson, default_factory=dict)
    state: Mapped[InquiryState] = mapped_column(default=InquiryState.SENT)
    is_concealed: Mapped[bool] = mapped_column(default=False)
    names_opener: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    files_deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class InquiryStep(Row):
    """When an inquiry came to a state, and by which side."""

    __tablename__ = "inquiry_steps"
    __table_args__ = (Index("ix_inquiry_steps_inquiry", "inquiry_id", "taken_at", "id"),)

    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id", ondelete="CASCADE"))
    state: Mapped[InquiryState]
    side: Mapped[Side]
    taken_at: Mapped[datetime]
