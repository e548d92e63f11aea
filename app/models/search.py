"""What can be found: one document for each thing, made anew whenever the thing changes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Thing(StrEnum):
    """What a document is about."""

    POST = "post"
    REPLY = "reply"
    COMPANY = "company"
    PERSON = "person"
    GROUP = "group"
    PLACE = "place"


class SearchDocument(Base):
    """The words of a thing, and by what a search for it can be narrowed down.

    ``marks`` repeat that for the index, with the time, and the places that the place lies in.
    ``id`` is that of the thing, which is asked at every search whether the reader may see it: a
    document alone shows nothing. ``made_from`` is the version of the thing that it was made from,
    ``made_by`` the version of how words are made; where either is past, it is made anew.
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        # Without fastupdate, as a search would have to look through all that waits to be indexed.
        Index(
            "ix_search_documents_words_marks",
            "words",
            "marks",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index(
            "ix_search_documents_name",
            "name_key",
            postgresql_ops={"name_key": "text_pattern_ops"},
        ),
        Index(
            "ix_search_documents_name_trgm",
            "name_key",
            postgresql_using="gin",
            postgresql_ops={"name_key": "gin_trgm_ops"},
            postgresql_where=text("thing NOT IN ('post', 'reply')"),
        ),
        Index("ix_search_documents_thing", "thing", "said_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thing: Mapped[Thing]
    name_key: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)
    kind: Mapped[str | None] = mapped_column(default=None)
    group_id: Mapped[UUID | None] = mapped_column(default=None)
    place_id: Mapped[UUID | None] = mapped_column(default=None)
    sectors: Mapped[list[str]] = mapped_column(default_factory=list)
    marks: Mapped[list[str]]
    said_at: Mapped[datetime]
    made_from: Mapped[int]
    made_by: Mapped[int]


class SearchWord(Base):
    """A word that stands in a document for everybody, to be taken for one misspelt like it."""

    __tablename__ = "search_words"
    __table_args__ = (
        Index(
            "ix_search_words_trgm",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
