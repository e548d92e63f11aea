"""Purchasing pools: posts for which many order together."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row


class Pool(Base):
    """How far the pool of a post has come: when its threshold was first reached, when it closed."""

    __tablename__ = "pools"

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    reached_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class PoolShare(Row):
    """With how much a person, or with ``company_id`` a company, takes part in a pool.

    The quantity is in the unit of the post. A company has one share, whoever joined for it.
    """

    __tablename__ = "pool_shares"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_pool_shares_first", "post_id", "created_at", "id"),
        Index("ix_pool_shares_person", "person_id"),
        Index("ix_pool_shares_company", "company_id"),
        Index(
            "uq_pool_shares_person",
            "post_id",
            "person_id",
            unique=True,
            postgresql_where=text("company_id IS NULL"),
        ),
        Index(
            "uq_pool_shares_of_company",
            "post_id",
            "company_id",
            unique=True,
            postgresql_where=text("company_id IS NOT NULL"),
        ),
    )

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"), default=None)
    quantity: Mapped[float] = mapped_column(Numeric(14, 3, asdecimal=False))
