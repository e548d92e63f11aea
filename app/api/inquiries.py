"""JSON endpoints for inquiries."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.api.contract import (
    PREFIX,
    ContractRouter,
    ExpectedVersion,
    Listing,
    Paged,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.api.inquiry_shapes import (
    InquiryDetailOut,
    InquiryOut,
    MessageOut,
    addresses_shape,
    inquiry_shape,
    message_shape,
)
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.speaking import ImprintMissing
from app.features.deals.addresses import shared_addresses
from app.features.inquiries.answering import (
    InquiryStepNotPossible,
    move_inquiry,
    read_inquiry_now,
    write_in_inquiry,
)
from app.features.inquiries.asking import OwnPost, TakesNoInquiries, ask_about
from app.features.inquiries.drafts import AnyInquiryDraft, StateDraft
from app.features.inquiries.reading import (
    InquiryFilters,
    list_inquiries,
    list_inquiries_about,
    messages_of,
    read_inquiry,
    steps_of,
)
from app.features.messages.blocking import NotContactable
from app.features.messages.reading import read_message
from app.features.messages.threads import MessageDraft
from app.features.posts.access import PostGone
from app.features.posts.loads import LoadTaken, LorryGone, NoLongerFits

router = ContractRouter(tags=["inquiries"])


class InquiryQuery(InquiryFilters, PageParams):
    """Which inquiries, and which part of the list."""


async def _answer(
    request: Request, reader: Reader, actor: Actor, inquiry_id: UUID
) -> dict[str, Any]:
    view = await read_inquiry(reader, actor, inquiry_id)
    tagged(request, view.row.version)
    shared = await shared_addresses(reader, actor, inquiry_id)
    return {
        **inquiry_shape(view),
        "steps": await steps_of(reader, view),
        "addresses": [addresses_shape(one) for one in shared],
    }


@router.get(
    "/inquiries",
    response_model=Listing[InquiryOut],
    summary="List your inquiries",
    **operation(scope="inquiries:read", refuses=(BadCursor,)),
)
async def own(
    query: Annotated[InquiryQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List what you and the companies you speak for have asked and were asked, latest first."""
    page = await list_inquiries(reader, actor, query, query.paging)
    return listing(page.map(inquiry_shape), request, response)


@router.get(
    "/posts/{post_id}/inquiries",
    response_model=Listing[InquiryOut],
    summary="List the inquiries about a post of yours",
    **operation(scope="inquiries:read", refuses=(NotFound, BadCursor)),
)
async def about(
    post_id: UUID,
    query: Annotated[InquiryQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List them to those who keep the post; others find nothing here."""
    _, page = await list_inquiries_about(reader, actor, post_id, query, query.paging)
    return listing(page.map(inquiry_shape), request, response)


@router.post(
    "/posts/{post_id}/inquiries",
    status_code=201,
    response_model=InquiryDetailOut,
    summary="Ask about a post",
    **operation(
        scope="inquiries:write",
        refuses=(
            NotFound,
            PostGone,
            Forbidden,
            OwnPost,
            TakesNoInquiries,
            NotContactable,
            ImprintMissing,
        ),
        has_body=True,
    ),
)
async def ask(
    post_id: UUID,
    draft: AnyInquiryDraft,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Begin a private thread: apply, ask, offer, express interest.

    While nothing is decided there is one thread for each person or company: asking again answers
    with the first, status 200.
    """
    asked = await ask_about(tx, actor, post_id, draft)
    response.headers["Location"] = f"{PREFIX}/inquiries/{asked.inquiry.id}"
    if not asked.is_new:
        response.status_code = 200
    return await _answer(request, SessionReader(tx), actor, asked.inquiry.id)


@router.get(
    "/inquiries/{inquiry_id}",
    response_model=InquiryDetailOut,
    summary="Read an inquiry",
    **operation(scope="inquiries:read", refuses=(NotFound,)),
)
async def read(inquiry_id: UUID, reader: Reads, actor: CurrentActor, request: Request) -> Any:
    """Read an inquiry that you made or that came to you."""
    return await _answer(request, reader, actor, inquiry_id)


@router.get(
    "/inquiries/{inquiry_id}/messages",
    response_model=Listing[MessageOut],
    summary="List the messages of an inquiry",
    **operation(scope="inquiries:read", refuses=(NotFound, BadCursor)),
)
async def messages(
    inquiry_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List them, latest first."""
    view = await read_inquiry(reader, actor, inquiry_id)
    page = await messages_of(reader, view, paged.paging)
    return listing(page.map(message_shape), request, response)


@router.post(
    "/inquiries/{inquiry_id}/messages",
    status_code=201,
    response_model=MessageOut,
    summary="Write in an inquiry",
    **operation(scope="inquiries:write", refuses=(NotFound, InquiryStepNotPossible), has_body=True),
)
async def write(
    inquiry_id: UUID, draft: MessageDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Write to the other side. The first answer to an inquiry begins the talks."""
    message = await write_in_inquiry(tx, actor, inquiry_id, draft)
    response.headers["Location"] = f"{PREFIX}/inquiries/{inquiry_id}/messages"
    return message_shape(await read_message(SessionReader(tx), message.thread_id, message.id))


@router.put(
    "/inquiries/{inquiry_id}/state",
    response_model=InquiryDetailOut,
    summary="Bring an inquiry to another state",
    **operation(
        scope="inquiries:write",
        refuses=(NotFound, InquiryStepNotPossible, Stale, NoLongerFits, LoadTaken, LorryGone),
        has_body=True,
    ),
)
async def move(
    inquiry_id: UUID,
    draft: StateDraft,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Talk, accept, decline, close or withdraw, as `viewer_can` says. Twice changes nothing.

    Withdrawing deletes files and answers at once.
    """
    await move_inquiry(tx, actor, inquiry_id, draft, expected=expected)
    return await _answer(request, SessionReader(tx), actor, inquiry_id)


@router.put(
    "/inquiries/{inquiry_id}/read",
    response_model=InquiryDetailOut,
    summary="Mark an inquiry as read",
    **operation(scope="inquiries:write", refuses=(NotFound,)),
)
async def mark_read(inquiry_id: UUID, tx: Tx, actor: CurrentActor, request: Request) -> Any:
    """Say that you have read everything; who sent a new inquiry learns that it was seen."""
    await read_inquiry_now(tx, actor, inquiry_id)
    return await _answer(request, SessionReader(tx), actor, inquiry_id)
