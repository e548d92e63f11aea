"""Numbers about places and sectors, as they are told, and how often whose posts were shown."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Statistics(Base):
    """The numbers about one subject; what is too small to be told is not even here.

    ``subject`` is ``region``, ``place:`` with an id, or ``sector:`` with its code (``2008:25``).
    A figure is measure, item (empty for a total), and a number or why there is none.
    """

    __tablename__ = "statistics"

    subject: Mapped[str] = mapped_column(primary_key=True)
    counted_at: Mapped[datetime]
    figures: Mapped[list[list[Any]]] = mapped_column(JSONB)


class Surface(StrEnum):
    """Where posts appear before others, and where people and organisations do."""

    LIST = "list"
    FEED = "feed"
    SEARCH = "search"
    DIGEST = "digest"
    MATCH = "match"
    STANDING = "standing"  # how many posts were there to be shown
    DIRECTORY = "directory"  # people and organisations themselves
    FOUND = "found"  # the same among hits
    SUGGESTED = "suggested"  # posts, while somebody is typing
    NAMED = "named"  # people and organisations, while somebody is typing
    MEMBERS = "members"  # how many people and organisations were there


class Appearance(Base):
    """How often one type of member, or its posts, appeared on a day; never who, or before whom.

    ``author`` is the form of the company that is shown or for which a post speaks, ``person``
    without one, and ``concealed`` where nobody is told.
    """

    __tablename__ = "appearances"

    day: Mapped[date] = mapped_column(primary_key=True)
    surface: Mapped[Surface] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column(BigInteger)
