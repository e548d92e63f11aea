"""Who mediates a concealed post, and how the two sides of an inquiry release who they are."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row
from app.models.messages import Side
from app.models.sealed import SealedText


class Mediation(Row):
    """The organisation that whoever is behind a concealed post chose to look at requests first."""

    __tablename__ = "mediations"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), index=True)


class MediationCheck(Row):
    """A mediator has looked at a request, and says what it thinks of it."""

    __tablename__ = "mediation_checks"

    inquiry_id: Mapped[UUID] = mapped_column(
        ForeignKey("inquiries.id", ondelete="CASCADE"), unique=True
    )
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    note: Mapped[str] = mapped_column(SealedText)
    checked_at: Mapped[datetime]


class Disclosure(Editable):
    """How far the sides of an inquiry under aliases have released who they are.

    Each names its own time. ``opened_at`` is when one of them first looked at the other, which
    both must have released for; from then on neither release can be withdrawn.
    """

    __tablename__ = "disclosures"
    __table_args__ = (
        CheckConstraint(
            "opened_at IS NULL OR num_nonnulls(opener_released_at, keeper_released_at) = 2",
            name="opened_by_both",
        ),
    )

    inquiry_id: Mapped[UUID] = mapped_column(
        ForeignKey("inquiries.id", ondelete="CASCADE"), unique=True
    )
    opener_released_at: Mapped[datetime | None] = mapped_column(default=None)
    keeper_released_at: Mapped[datetime | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)


class DisclosureAct(StrEnum):
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"


class DisclosureStep(Row):
    """Who released, withdrew or looked, and when; both sides read this log."""

    __tablename__ = "disclosure_steps"
    __table_args__ = (Index("ix_disclosure_steps_inquiry", "inquiry_id", "taken_at", "id"),)

    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id", ondelete="CASCADE"))
    side: Mapped[Side]
    act: Mapped[DisclosureAct]
    taken_at: Mapped[datetime]
