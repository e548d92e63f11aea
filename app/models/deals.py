"""What belongs to a deal: the exact addresses of a transport, and ratings after it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row
from app.models.messages import Side


class StopAddresses(Base):
    """Where exactly a lorry or a load is loaded and unloaded, and who is there.

    Apart from the post, so that nothing which reads posts ever holds one. Read in
    ``features/deals/addresses.py`` only: by who keeps the post, and by their partner.
    """

    __tablename__ = "stop_addresses"

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    loading_site: Mapped[str] = mapped_column(default="")
    loading_street: Mapped[str] = mapped_column(default="")
    loading_contact: Mapped[str] = mapped_column(default="")
    loading_phone: Mapped[str] = mapped_column(default="")
    unloading_site: Mapped[str] = mapped_column(default="")
    unloading_street: Mapped[str] = mapped_column(default="")
    unloading_contact: Mapped[str] = mapped_column(default="")
    unloading_phone: Mapped[str] = mapped_column(default="")


class Deal(Row):
    """A transport that was agreed on in an inquiry, and how both sides rate each other.

    Each side rates the other from ``delivered_at`` until ``closes_at``. With ``closed_at``, when
    both have or the time is over, what they said is shown and nobody rates any more.
    """

    __tablename__ = "deals"
    __table_args__ = (
        Index("ix_deals_open", "delivered_at", postgresql_where=text("closed_at IS NULL")),
    )

    inquiry_id: Mapped[UUID] = mapped_column(
        ForeignKey("inquiries.id", ondelete="CASCADE"), unique=True
    )
    delivered_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    asked_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class Rating(Row):
    """What one side of a deal says of the other; of a company, or of a person on their own."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("deal_id", "side"),)

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"))
    side: Mapped[Side]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    rated_company_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("companies.id"), default=None, index=True
    )
    punctual: Mapped[bool]
    as_agreed: Mapped[bool]
    would_again: Mapped[bool]
    text: Mapped[str] = mapped_column(default="")
    reply: Mapped[str] = mapped_column(default="")
    replied_at: Mapped[datetime | None] = mapped_column(default=None)
