"""JSON endpoints for contact about concealed posts: mediators, and releasing who one is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.inquiries.answering import InquiryStepNotPossible
from app.features.posts.access import PostGone
from app.features.posts.reading import read_post
from app.features.succession.mediating import (
    AlreadyDecided,
    CheckDraft,
    MediatorDraft,
    NotAMediator,
    NotUnderReference,
    check_request,
    choose_mediator,
    list_requests,
    mediator_of,
    read_request,
)
from app.features.succession.reading import ReleaseView, contact_of, read_release
from app.features.succession.releasing import (
    Act,
    AlreadySeen,
    NothingConcealed,
    ReleaseNotPossible,
    open_identities,
    release_identity,
    withdraw_release,
)
from app.models.inquiries import InquiryState
from app.models.messages import Side
from app.models.succession import DisclosureAct

router = ContractRouter(tags=["succession"])
_STEPS = (NotFound, NothingConcealed, ReleaseNotPossible)


class MediatorOut(Out):
    """An organisation that mediates."""

    id: UUID
    name: str
    slug: str


class ChosenOut(Out):
    mediator: MediatorOut | None = Field(description="Null where nobody mediates.")


class ReleaseStepOut(Out):
    side: Side
    act: DisclosureAct
    taken_at: datetime


class ReleaseOut(Out):
    """How far both sides have released who they are; no names stand here."""

    released_at: datetime | None = Field(description="When you released who you are.")
    other_released_at: datetime | None
    opened_at: datetime | None = Field(
        description="When one side looked; from then on nothing can be taken back."
    )
    mediator: MediatorOut | None
    checked_at: datetime | None = Field(description="When the mediator had looked at the request.")
    note: str | None = Field(description="What the mediator says; for who keeps the post only.")
    steps: list[ReleaseStepOut]
    viewer_can: list[Act]


class ContactOut(Out):
    """Who the other side is, and how to reach them."""

    person_id: UUID
    person_name: str
    person_slug: str
    person_email: str | None
    person_phone: str | None
    company_id: UUID | None = None
    company_name: str | None = None
    company_slug: str | None = None
    company_phone: str | None = None
    company_email: str | None = None
    street: str | None = None
    postcode: str | None = None
    town: str | None = None


class RequestOut(Out):
    """A request as its mediator sees it: neither of the two sides has a name."""

    id: UUID
    number: int
    post_id: UUID
    reference: str | None
    title: str
    state: InquiryState
    fields: dict[str, Any]
    text_html: str
    opened_at: datetime
    checked_at: datetime | None
    note: str | None


@router.get(
    "/posts/{post_id}/mediator",
    response_model=ChosenOut,
    summary="Read who mediates a post",
    **operation(scope="posts:read", public=True, refuses=(NotFound, PostGone)),
)
async def mediator(post_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read who sees requests about a post under its reference before its keeper does."""
    await read_post(reader, actor, post_id)
    return {"mediator": await mediator_of(reader, post_id)}


@router.put(
    "/posts/{post_id}/mediator",
    response_model=ChosenOut,
    summary="Choose who mediates a post",
    **operation(
        scope="posts:write",
        refuses=(NotFound, PostGone, Forbidden, NotUnderReference, NotAMediator),
        has_body=True,
    ),
)
async def choose(post_id: UUID, draft: MediatorDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Choose an organisation that mediates, or none. `/companies?mediates_successions=true`."""
    await choose_mediator(tx, actor, post_id, draft)
    return {"mediator": await mediator_of(SessionReader(tx), post_id)}


@router.get(
    "/mediation/requests",
    response_model=Listing[RequestOut],
    summary="List the requests that you mediate",
    **operation(scope="inquiries:read", refuses=(BadCursor,)),
)
async def requests(
    paged: Paged, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """List them for the companies that you speak for, latest first."""
    page = await list_requests(reader, actor, paged.paging)
    return listing(page, request, response)


@router.get(
    "/mediation/requests/{inquiry_id}",
    response_model=RequestOut,
    summary="Read a request that you mediate",
    **operation(scope="inquiries:read", refuses=(NotFound,)),
)
async def request_read(inquiry_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read what somebody who is interested says of themselves."""
    return await read_request(reader, actor, inquiry_id)


@router.put(
    "/mediation/requests/{inquiry_id}/check",
    response_model=RequestOut,
    summary="Say that you have looked at a request",
    **operation(scope="inquiries:write", refuses=(NotFound, AlreadyDecided), has_body=True),
)
async def check(inquiry_id: UUID, draft: CheckDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Say so to whoever keeps the post, and what you think of it."""
    await check_request(tx, actor, inquiry_id, draft)
    return await read_request(SessionReader(tx), actor, inquiry_id)


def _shape(view: ReleaseView) -> dict[str, Any]:
    row = view.row
    named = None
    if row.mediator_id:
        named = {"id": row.mediator_id, "name": row.mediator_name, "slug": row.mediator_slug}
    return {
        "released_at": view.here.mine,
        "other_released_at": view.here.theirs,
        "opened_at": view.here.opened,
        "mediator": named,
        "checked_at": row.checked_at,
        "note": row.note if view.inquiry.side == Side.KEEPER else None,
        "steps": view.steps,
        "viewer_can": sorted(view.acts),
    }


async def _answer(reader: Reader, actor: Actor, inquiry_id: UUID) -> dict[str, Any]:
    return _shape(await read_release(reader, actor, inquiry_id))


@router.get(
    "/inquiries/{inquiry_id}/release",
    response_model=ReleaseOut,
    summary="Read how far both sides have released who they are",
    **operation(scope="inquiries:read", refuses=(NotFound,)),
)
async def released(inquiry_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read when who released, took it back and looked; both sides read the same log."""
    return await _answer(reader, actor, inquiry_id)


@router.put(
    "/inquiries/{inquiry_id}/release",
    response_model=ReleaseOut,
    summary="Release who you are",
    **operation(scope="inquiries:write", refuses=(*_STEPS, InquiryStepNotPossible)),
)
async def release(inquiry_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Let the other side see who you are, once it has released the same. Twice changes nothing."""
    await release_identity(tx, actor, inquiry_id)
    return await _answer(SessionReader(tx), actor, inquiry_id)


@router.delete(
    "/inquiries/{inquiry_id}/release",
    status_code=204,
    summary="Take your release back",
    **operation(scope="inquiries:write", refuses=(NotFound, NothingConcealed, AlreadySeen)),
)
async def withdraw(inquiry_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take it back, as long as the other side has not looked. Twice changes nothing."""
    await withdraw_release(tx, actor, inquiry_id)


@router.post(
    "/inquiries/{inquiry_id}/contact",
    response_model=ContactOut,
    summary="Look at who the other side is",
    **operation(scope="inquiries:write", refuses=_STEPS),
)
async def look(inquiry_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Look, once both sides have released. From then on neither can take that back."""
    await open_identities(tx, actor, inquiry_id)
    return await contact_of(SessionReader(tx), actor, inquiry_id)


@router.get(
    "/inquiries/{inquiry_id}/contact",
    response_model=ContactOut,
    summary="Read who the other side is",
    **operation(scope="inquiries:read", refuses=(NotFound,)),
)
async def contact(inquiry_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read it once one side has looked; there is nothing here before."""
    return await contact_of(reader, actor, inquiry_id)
