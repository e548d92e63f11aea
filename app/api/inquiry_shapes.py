"""How inquiries, conversations and their messages look in the contract."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.contract import Out
from app.api.post_shapes import AttachmentOut
from app.core.i18n import translate
from app.features.deals.addresses import FIELDS
from app.features.inquiries.faces import Face, Named
from app.features.inquiries.policy import Act
from app.features.inquiries.reading import InquiryView
from app.features.posts.reading import FORMER_MEMBER
from app.models.inquiries import InquiryState
from app.models.messages import Side


class NamedOut(Out):
    """A person or a company that is named."""

    id: UUID | None = Field(description="Null for a person who has left.")
    name: str
    slug: str | None


class FaceOut(Out):
    """One side of an inquiry; under an alias there is neither a person nor a company."""

    name: str = Field(description="Of the company, the person, or the alias.")
    is_alias: bool
    person: NamedOut | None
    company: NamedOut | None


class AskedPostOut(Out):
    """The post that an inquiry is about, or that was put forward in it."""

    id: UUID
    kind: str
    title: str


class InquiryOut(Out):
    """An inquiry as it stands in lists."""

    id: UUID
    number: int = Field(description="Counts the inquiries about the post.")
    post: AskedPostOut
    offered_post: AskedPostOut | None
    side: Side = Field(description="Yours: `opener` if you asked, `keeper` if it came to you.")
    opener: FaceOut
    keeper: FaceOut
    state: InquiryState
    state_label: str = Field(description="What the kind calls the state, in your language.")
    fields: dict[str, Any] = Field(description="What was answered to the questions of the kind.")
    opened_at: datetime
    last_message_at: datetime
    ended_at: datetime | None
    files_deleted_at: datetime | None
    unread: int = Field(description="Messages of the other side that you have not read.")
    version: int
    viewer_can: list[Act]


class StepOut(Out):
    """When an inquiry came to a state, and by which side."""

    state: InquiryState
    side: Side
    taken_at: datetime


class AddressesOut(Out):
    """Where exactly a transport is loaded and unloaded, and who is there."""

    post_id: UUID
    loading_site: str
    loading_street: str
    loading_contact: str
    loading_phone: str
    unloading_site: str
    unloading_street: str
    unloading_contact: str
    unloading_phone: str


class InquiryDetailOut(InquiryOut):
    """An inquiry with its history."""

    steps: list[StepOut]
    addresses: list[AddressesOut] = Field(
        description="Of the post and of the one put forward; only while the inquiry is accepted."
    )


class MessageOut(Out):
    """A message of a private thread."""

    id: UUID
    side: Side
    author: NamedOut | None = Field(description="Null under an alias.")
    body: str = Field(description="Markdown.")
    body_html: str = Field(description="The same, as safe HTML.")
    files: list[AttachmentOut]
    sent_at: datetime


def _named(named: Named | None) -> dict[str, Any] | None:
    return {"id": named.id, "name": named.name, "slug": named.slug} if named else None


def _face(face: Face) -> dict[str, Any]:
    return {
        "name": face.name,
        "is_alias": face.is_alias,
        "person": _named(face.person),
        "company": _named(face.company),
    }


def inquiry_shape(view: InquiryView) -> dict[str, Any]:
    """Return an inquiry as the contract has it."""
    row = view.row
    offered = None
    if row.offered_id:
        offered = {"id": row.offered_id, "kind": row.offered_kind, "title": row.offered_title}
    plain = ("id", "number", "fields", "opened_at", "last_message_at", "ended_at",
             "files_deleted_at", "unread", "version", "state")  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "post": {"id": row.post_id, "kind": row.kind, "title": row.title},
        "offered_post": offered,
        "side": view.side,
        "opener": _face(view.faces.opener),
        "keeper": _face(view.faces.keeper),
        "state_label": view.state,
        "viewer_can": sorted(view.acts),
    }


def addresses_shape(row: Any) -> dict[str, Any]:
    """Return addresses as the contract has them."""
    return {"post_id": row.post_id, **{name: getattr(row, name) or "" for name in FIELDS}}


def message_shape(row: Any) -> dict[str, Any]:
    """Return a message as the contract has it."""
    author = None
    if row.author_id and row.author_has_left:
        author = {"id": None, "name": translate(FORMER_MEMBER), "slug": None}
    elif row.author_id:
        author = {"id": row.author_id, "name": row.author_name, "slug": row.author_slug}
    plain = ("id", "side", "body", "body_html", "sent_at")
    return {
        **{name: getattr(row, name) for name in plain},
        "author": author,
        "files": row.files or [],
    }
