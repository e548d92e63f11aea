"""How posts and replies look in the contract."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.contract import Out
from app.core.i18n import translate
from app.features.posts.drafts import AnyDetails, restored
from app.features.posts.policy import Act, ReplyAct
from app.features.posts.reading import FORMER_MEMBER, PostView, ReplyView
from app.models.media import MediumType
from app.models.posts import Audience, PostStatus


class PartyOut(Out):
    """A person, company or group that is named."""

    id: UUID | None = Field(description="Null for a person who has left.")
    name: str
    slug: str | None


class PlaceRefOut(Out):
    id: UUID
    name: str


class AttachmentOut(Out):
    id: UUID
    type: MediumType
    alt: str
    file_name: str
    size_bytes: int
    width: int | None
    height: int | None


class PostSummaryOut(Out):
    """A post as it stands in lists."""

    id: UUID
    kind: str
    title: str
    excerpt: str
    details: AnyDetails
    tags: list[str]
    reference: str | None = Field(description="What to name on the phone: `FRA-2027-00042`.")
    status: PostStatus
    audience: Audience
    author: PartyOut | None = Field(description="Null where it stands under its reference only.")
    company: PartyOut | None = Field(description="The company that the post speaks for.")
    group: PartyOut | None
    place: PlaceRefOut | None
    distance_km: float | None = Field(description="From the `place` of the query.")
    published_at: datetime
    edited_at: datetime | None
    due_at: datetime | None = Field(description="When its matter begins, loads or closes.")
    expires_at: datetime | None
    accepted_reply_id: UUID | None
    replies: int
    helpful: int = Field(description="How many found it helpful; it moves nothing in any list.")


class PostOut(PostSummaryOut):
    """A post with everything its page shows."""

    body: str = Field(description="Markdown.")
    body_html: str = Field(description="The same, as safe HTML.")
    attachments: list[AttachmentOut]
    version: int
    found_helpful: bool = Field(description="Whether you found it helpful.")
    is_bookmarked: bool = Field(description="Whether it is on your list.")
    latest_end: datetime | None = Field(
        description="Until when it can be renewed at most; for who keeps it, of kinds that end."
    )
    viewer_can: list[Act]


class ReplyOut(Out):
    """A reply; of a withdrawn one only its place is left."""

    id: UUID
    post_id: UUID
    body: str | None
    body_html: str | None
    author: PartyOut | None
    company: PartyOut | None
    published_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None
    helpful: int
    found_helpful: bool
    version: int
    viewer_can: list[ReplyAct]


def _party(row: Any, name: str) -> dict[str, Any] | None:
    key = getattr(row, f"{name}_id")
    if key is None:
        return None
    if getattr(row, f"{name}_has_left", False):
        return {"id": None, "name": translate(FORMER_MEMBER), "slug": None}
    return {"id": key, "name": getattr(row, f"{name}_name"), "slug": getattr(row, f"{name}_slug")}


def summary(row: Any) -> dict[str, Any]:
    """Return a card as the contract has it."""
    place = {"id": row.place_id, "name": row.place_name} if row.place_id else None
    plain = ("id", "kind", "title", "excerpt", "tags", "published_at", "edited_at", "expires_at",
             "accepted_reply_id", "replies", "helpful", "reference", "status", "audience",
             "due_at")  # fmt: skip
    away = getattr(row, "distance_km", None)
    return {
        **{name: getattr(row, name) for name in plain},
        "details": restored(row.kind, row.details),
        "author": _party(row, "author"),
        "company": _party(row, "company"),
        "group": _party(row, "group"),
        "place": place,
        "distance_km": None if away is None else round(away, 1),
    }


def post_shape(view: PostView) -> dict[str, Any]:
    """Return a post as the contract has it."""
    row = view.row
    plain = ("body", "body_html", "version", "found_helpful", "is_bookmarked")
    return {
        **summary(row),
        **{name: getattr(row, name) for name in plain},
        "attachments": row.attachments or [],
        "latest_end": view.latest_end,
        "viewer_can": sorted(view.acts),
    }


def reply_shape(view: ReplyView) -> dict[str, Any]:
    """Return a reply as the contract has it."""
    row = view.row
    gone = row.withdrawn_at is not None
    plain = ("id", "post_id", "published_at", "edited_at", "withdrawn_at", "version")
    return {
        **{name: getattr(row, name) for name in plain},
        "body": None if gone else row.body,
        "body_html": None if gone else row.body_html,
        "author": None if gone else _party(row, "author"),
        "company": None if gone else _party(row, "company"),
        "helpful": 0 if gone else row.helpful,
        "found_helpful": not gone and row.found_helpful,
        "viewer_can": sorted(view.acts),
    }
