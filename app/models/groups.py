"""Topic groups and who belongs to them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Editable, Row


class Admission(StrEnum):
    OPEN = "open"
    ON_REQUEST = "on_request"
    HIDDEN = "hidden"


class Standing(StrEnum):
    REQUESTED = "requested"
    INVITED = "invited"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"
    REFUSED = "refused"
    BANNED = "banned"


class Group(Editable):
    __tablename__ = "groups"
    __table_args__ = (
        Index("ix_groups_sort_name", "sort_name", "id"),
        Index("ix_groups_topics", "topics", postgresql_using="gin"),
    )

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    description_html: Mapped[str] = mapped_column(default="")
    charter: Mapped[str] = mapped_column(default="")
    charter_html: Mapped[str] = mapped_column(default="")
    charter_version: Mapped[int] = mapped_column(default=1)
    admission: Mapped[Admission] = mapped_column(default=Admission.OPEN)
    topics: Mapped[list[str]] = mapped_column(default_factory=list)
    founded_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    archived_at: Mapped[datetime | None] = mapped_column(default=None)
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="group", lazy="raise_on_sql", init=False
    )


class CharterVersion(Row):
    """A charter as it once read: members accepted it in that version."""

    __tablename__ = "charter_versions"
    __table_args__ = (UniqueConstraint("group_id", "number"),)

    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    number: Mapped[int]
    charter: Mapped[str]


class GroupPlace(Base):
    __tablename__ = "group_places"

    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True
    )
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"), primary_key=True, index=True)


class Membership(Editable):
    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("group_id", "person_id"),
        Index("ix_memberships_person", "person_id", "standing"),
        Index("ix_memberships_standing", "group_id", "standing"),
    )

    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    standing: Mapped[Standing]
    since: Mapped[datetime]
    charter_version: Mapped[int | None] = mapped_column(default=None)
    request_text: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")  # why refused or banned; for the person itself
    group: Mapped[Group] = relationship(
        back_populates="memberships", lazy="raise_on_sql", init=False
    )


class GroupInvitation(Row):
    """An invitation sent by mail, for people with or without an account."""

    __tablename__ = "group_invitations"

    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    invited_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
