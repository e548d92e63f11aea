"""Where things are, as a tree of places, and what businesses do, as a tree of sectors."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row


class PlaceKind(StrEnum):
    """From the largest to the smallest; a place's parent is of an earlier kind."""

    COUNTRY = "country"
    STATE = "state"
    DISTRICT = "district"
    MUNICIPALITY = "municipality"
    POSTCODE = "postcode"


class Place(Row):
    """``code`` is the ISO code, the official municipality code (AGS), or the postcode.

    A municipality whose AGS nobody has supplied bears its ``shipped_key`` as code. That key
    stays when an operator's file brings the AGS, so that the shipped data still find the row.
    """

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("kind", "code"),
        UniqueConstraint("kind", "shipped_key"),
        Index("ix_places_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
        Index(
            "ix_places_name_prefix",
            "sort_name",
            postgresql_ops={"sort_name": "text_pattern_ops"},
        ),
        Index("ix_places_position", "latitude", "longitude"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    kind: Mapped[PlaceKind]
    code: Mapped[str]
    name: Mapped[str]
    sort_name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("places.id"), index=True, default=None
    )
    latitude: Mapped[float | None] = mapped_column(Double, default=None)
    longitude: Mapped[float | None] = mapped_column(Double, default=None)
    shipped_key: Mapped[str | None] = mapped_column(default=None)
    is_imported: Mapped[bool] = mapped_column(default=False)


class PostcodeMunicipality(Base):
    """A postcode area may cover several municipalities; its parent is the main one of these."""

    __tablename__ = "postcode_municipalities"

    postcode_id: Mapped[UUID] = mapped_column(
        ForeignKey("places.id", ondelete="CASCADE"), primary_key=True
    )
    municipality_id: Mapped[UUID] = mapped_column(
        ForeignKey("places.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TradeTaxRate(Base):
    """By how many per cent a municipality multiplies the trade tax (Hebesatz), and as of when."""

    __tablename__ = "trade_tax_rates"
    __table_args__ = (CheckConstraint("percent BETWEEN 200 AND 2000", name="percent"),)

    municipality_id: Mapped[UUID] = mapped_column(
        ForeignKey("places.id", ondelete="CASCADE"), primary_key=True
    )
    percent: Mapped[int]
    as_of: Mapped[date]


class Sector(Row):
    """A section (letter) or division (two digits) of WZ 2008 or WZ 2025."""

    __tablename__ = "sectors"
    __table_args__ = (
        UniqueConstraint("classification", "code"),
        CheckConstraint("classification IN (2008, 2025)", name="classification"),
    )

    classification: Mapped[int]
    code: Mapped[str]
    parent_code: Mapped[str | None]
    title_de: Mapped[str]
    title_en: Mapped[str]
