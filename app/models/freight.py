"""Where lorries and loads go: what searches and matches of freight find their candidates by."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row

_CAPACITY, _REQUEST = text("is_capacity"), text("NOT is_capacity")


class FreightLane(Base):
    """The way of one freight post, on a grid of cells of about 28 km.

    ``cells`` of a capacity are all in which something may be loaded or unloaded on its way, those
    of a request the one where it is loaded. ``keys`` join each of them with each day on which
    that may be. A destination that is open has no coordinates and no ``to_cell``.
    """

    __tablename__ = "freight_lanes"
    __table_args__ = (
        Index("ix_freight_lanes_capacity_keys", "keys", postgresql_using="gin",
              postgresql_where=_CAPACITY),
        Index("ix_freight_lanes_capacity_cells", "cells", postgresql_using="gin",
              postgresql_where=_CAPACITY),
        Index("ix_freight_lanes_request_keys", "keys", postgresql_using="gin",
              postgresql_where=_REQUEST),
        Index("ix_freight_lanes_request_cells", "cells", postgresql_using="gin",
              postgresql_where=_REQUEST),
    )  # fmt: skip

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    is_capacity: Mapped[bool]
    from_latitude: Mapped[float] = mapped_column(Double)
    from_longitude: Mapped[float] = mapped_column(Double)
    to_latitude: Mapped[float | None] = mapped_column(Double, default=None)
    to_longitude: Mapped[float | None] = mapped_column(Double, default=None)
    to_cell: Mapped[int | None] = mapped_column(default=None)
    cells: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    loading_metres: Mapped[float] = mapped_column(Double)
    weight_kg: Mapped[int]


class PaperReminder(Base):
    """Who keeps a lorry was reminded, so many days ahead, that a paper of theirs ends."""

    __tablename__ = "paper_reminders"

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    paper: Mapped[str] = mapped_column(primary_key=True)
    valid_until: Mapped[date] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)


class FreightShare(Row):
    """What of a lorry was promised to a load; the capacity was reduced by it."""

    __tablename__ = "freight_shares"

    capacity_post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    request_post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), unique=True
    )
    loading_metres: Mapped[float] = mapped_column(Double)
    weight_kg: Mapped[int]
    taken_at: Mapped[datetime]
