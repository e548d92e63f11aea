"""Posts: columns that every kind shares here, the facts of one kind in ``details``."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Editable, Row


class PostStatus(StrEnum):
    """Where a post is in its life; readers meet it while it is active or reserved."""

    DRAFT = "draft"
    ACTIVE = "active"
    RESERVED = "reserved"
    DONE = "done"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    BLOCKED = "blocked"


class Conclusion(StrEnum):
    """How a post came to be done."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NO_LONGER_NEEDED = "no_longer_needed"
    OTHER = "other"


class Audience(StrEnum):
    """Who may read a post that stands in no group that says otherwise."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


class Post(Editable):
    """Anything published. It speaks for a person or, with ``company_id``, for a company.

    Who is behind a concealed post stands in ``ConcealedAuthor`` and nowhere else. ``due_at`` is
    when its matter comes due (a loading day, the start of a training), ``expires_at`` when it ends
    by itself, ``ended_at`` when it was done, expired, was withdrawn or blocked.
    """

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_newest", "published_at", "id"),
        Index("ix_posts_group_newest", "group_id", "published_at", "id"),
        Index("ix_posts_author_newest", "author_id", "published_at", "id"),
        Index("ix_posts_company_newest", "company_id", "published_at", "id"),
        Index("ix_posts_place_newest", "place_id", "published_at", "id"),
        Index("ix_posts_kind_newest", "kind", "published_at", "id"),
        Index("ix_posts_kind_due", "kind", "due_at", "id"),
        Index("ix_posts_tags", "tags", postgresql_using="gin"),
        Index(
            "ix_posts_details",
            "details",
            postgresql_using="gin",
            postgresql_ops={"details": "jsonb_path_ops"},
        ),
        Index("ix_posts_expires", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
        Index("ix_posts_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index(
            "uq_posts_external_id_of_person",
            "author_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL AND company_id IS NULL"),
        ),
        Index(
            "uq_posts_external_id_of_company",
            "company_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        CheckConstraint("is_concealed = (author_id IS NULL)", name="concealed_has_no_author"),
        CheckConstraint("NOT is_concealed OR company_id IS NULL", name="concealed_has_no_company"),
    )

    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    excerpt: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)
    is_concealed: Mapped[bool] = mapped_column(default=False, server_default=false())
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"), default=None)
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"), default=None)
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), default=None)
    reference: Mapped[str | None] = mapped_column(unique=True, default=None)
    external_id: Mapped[str | None] = mapped_column(default=None)
    audience: Mapped[Audience] = mapped_column(
        default=Audience.PUBLIC, server_default=Audience.PUBLIC
    )
    status: Mapped[PostStatus] = mapped_column(default=PostStatus.ACTIVE)
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None] = mapped_column(default=None)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    reminders: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    renewed_at: Mapped[datetime | None] = mapped_column(default=None)
    reserved_at: Mapped[datetime | None] = mapped_column(default=None)
    reservation_asked_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    conclusion: Mapped[Conclusion | None] = mapped_column(default=None)
    accepted_reply_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("replies.id", use_alter=True), default=None
    )


class ConcealedAuthor(Row):
    """Who is behind a concealed post. Read in ``features/posts/concealing.py`` only."""

    __tablename__ = "concealed_authors"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    company_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("companies.id"), default=None, index=True
    )


class Confirmation(Row):
    """A warning that was read and confirmed, so that a post could be published.

    ``person_id`` is None where the post is concealed: it was whoever is behind it.
    """

    __tablename__ = "confirmations"
    __table_args__ = (UniqueConstraint("post_id", "code"),)

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    code: Mapped[str]
    text: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("people.id"), default=None, index=True
    )


class ReferenceCounter(Base):
    """The last number given to a post under a prefix in a year."""

    __tablename__ = "reference_counters"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class PostRevision(Row):
    """A post as it read before an edit; who changed a concealed post is not kept."""

    __tablename__ = "post_revisions"
    __table_args__ = (UniqueConstraint("post_id", "number"),)

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    details: Mapped[dict[str, Any]]
    tags: Mapped[list[str]]
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)


class Reply(Editable):
    __tablename__ = "replies"
    __table_args__ = (
        Index("ix_replies_post", "post_id", "published_at", "id"),
        Index("ix_replies_author", "author_id", "published_at", "id"),
    )

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    body: Mapped[str]
    body_html: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"), default=None)
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class ReplyRevision(Row):
    """A reply as it read before an edit."""

    __tablename__ = "reply_revisions"
    __table_args__ = (UniqueConstraint("reply_id", "number"),)

    reply_id: Mapped[UUID] = mapped_column(ForeignKey("replies.id", ondelete="CASCADE"))
    number: Mapped[int]
    body: Mapped[str]


class Reaction(Row):
    """Somebody found a post or a reply helpful."""

    __tablename__ = "reactions"
    __table_args__ = (
        UniqueConstraint("person_id", "post_id"),
        UniqueConstraint("person_id", "reply_id"),
        CheckConstraint("num_nonnulls(post_id, reply_id) = 1", name="one_target"),
        Index("ix_reactions_post", "post_id", postgresql_where=text("post_id IS NOT NULL")),
        Index("ix_reactions_reply", "reply_id", postgresql_where=text("reply_id IS NOT NULL")),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    post_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), default=None
    )
    reply_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("replies.id", ondelete="CASCADE"), default=None
    )


class Bookmark(Row):
    __tablename__ = "bookmarks"
    __table_args__ = (
        UniqueConstraint("person_id", "post_id"),
        Index("ix_bookmarks_newest", "person_id", "created_at", "id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)


class Mention(Row):
    """A person or company named in a post or a reply."""

    __tablename__ = "mentions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(person_id, company_id) = 1", name="one_target"),
        Index("ix_mentions_post", "post_id"),
        Index("ix_mentions_person", "person_id"),
    )

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    reply_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("replies.id", ondelete="CASCADE"), default=None
    )
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"), default=None)


class Attachment(Base):
    """A picture or PDF that belongs to a post."""

    __tablename__ = "attachments"

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id"), primary_key=True, index=True)
    position: Mapped[int]
