"""JSON endpoints for conversations, and for blocking."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import (
    PREFIX,
    ContractRouter,
    Listing,
    Out,
    Paged,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.api.inquiry_shapes import MessageOut, NamedOut, message_shape
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.i18n import translate
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.messages.blocking import (
    NotContactable,
    block_person,
    list_blocked,
    unblock_person,
)
from app.features.messages.conversing import (
    AnswerAwaited,
    AnswerDraft,
    ConversationDraft,
    OneAddressee,
    answer_request,
    read_conversation_now,
    write_in_conversation,
    write_to,
)
from app.features.messages.inbox import (
    ConversationFilters,
    ConversationView,
    list_conversations,
    messages_in,
    read_conversation,
)
from app.features.messages.policy import Act
from app.features.messages.reading import read_message
from app.features.messages.threads import MessageDraft
from app.features.posts.reading import FORMER_MEMBER
from app.models.messages import ConversationState, Side

router = ContractRouter(tags=["messages"])
_WRITING = (NotFound, NotContactable, AnswerAwaited)


class ConversationQuery(ConversationFilters, PageParams):
    """Which conversations, and which part of the list."""


class ConversationOut(Out):
    """A conversation between two people, or between a person and a company's inbox."""

    id: UUID
    side: Side = Field(description="Yours: `opener` if you began it.")
    person: NamedOut | None = Field(description="The other side, where it is a person.")
    company: NamedOut | None = Field(description="The company, on whichever side it is.")
    state: ConversationState
    unread: int = Field(description="Messages of the other side that you have not read.")
    is_blocked: bool = Field(description="Whether you have blocked the person.")
    last_message_at: datetime
    created_at: datetime
    version: int
    viewer_can: list[Act]


class BlockQuery(BaseModel):
    """For whom somebody is blocked."""

    model_config = ConfigDict(extra="forbid")

    company_id: UUID | None = Field(None, description="The company; you yourself by default.")


class BlockOut(Out):
    """Somebody of whom you, or a company of yours, want to hear nothing."""

    person: NamedOut
    company: NamedOut | None
    created_at: datetime


def _shape(view: ConversationView) -> dict[str, Any]:
    row, other = view.row, view.other
    name = translate(FORMER_MEMBER) if other.name is None else other.name
    named = {"id": other.id, "name": name, "slug": other.slug}
    company = None
    if row.company_id:
        company = {"id": row.company_id, "name": row.company_name, "slug": row.company_slug}
    plain = ("id", "unread", "is_blocked", "last_message_at", "created_at", "version")
    return {
        **{name: getattr(row, name) for name in plain},
        "side": view.side,
        "person": None if other.is_company else named,
        "company": company,
        "state": view.state,
        "viewer_can": sorted(view.acts),
    }


async def _answer(
    request: Request, reader: Reader, actor: Actor, conversation_id: UUID
) -> dict[str, Any]:
    view = await read_conversation(reader, actor, conversation_id)
    tagged(request, view.row.version)
    return _shape(view)


@router.get(
    "/conversations",
    response_model=Listing[ConversationOut],
    summary="List your conversations",
    **operation(scope="messages:read", refuses=(BadCursor,)),
)
async def own(
    query: Annotated[ConversationQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List yours and those of companies you speak for, latest first."""
    page = await list_conversations(reader, actor, query, query.paging)
    return listing(page.map(_shape), request, response)


@router.post(
    "/conversations",
    status_code=201,
    response_model=ConversationOut,
    summary="Write to a person or a company",
    **operation(scope="messages:write", refuses=(*_WRITING, OneAddressee), has_body=True),
)
async def begin(
    draft: ConversationDraft, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Write into the conversation that there is, or begin one.

    A stranger's first message to a person is a request, which may be accepted or not.
    """
    conversation = await write_to(tx, actor, draft)
    response.headers["Location"] = f"{PREFIX}/conversations/{conversation.id}"
    return await _answer(request, SessionReader(tx), actor, conversation.id)


@router.get(
    "/conversations/{conversation_id}",
    response_model=ConversationOut,
    summary="Read a conversation",
    **operation(scope="messages:read", refuses=(NotFound,)),
)
async def read(conversation_id: UUID, reader: Reads, actor: CurrentActor, request: Request) -> Any:
    """Read who it is with, and how it stands."""
    return await _answer(request, reader, actor, conversation_id)


@router.get(
    "/conversations/{conversation_id}/messages",
    response_model=Listing[MessageOut],
    summary="List the messages of a conversation",
    **operation(scope="messages:read", refuses=(NotFound, BadCursor)),
)
async def messages(
    conversation_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List them, latest first."""
    view = await read_conversation(reader, actor, conversation_id)
    page = await messages_in(reader, view, paged.paging)
    return listing(page.map(message_shape), request, response)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    response_model=MessageOut,
    summary="Write in a conversation",
    **operation(scope="messages:write", refuses=_WRITING, has_body=True),
)
async def write(
    conversation_id: UUID, draft: MessageDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Write to the other side; an answer to a first message accepts it."""
    message = await write_in_conversation(tx, actor, conversation_id, draft)
    response.headers["Location"] = f"{PREFIX}/conversations/{conversation_id}/messages"
    return message_shape(await read_message(SessionReader(tx), message.thread_id, message.id))


@router.put(
    "/conversations/{conversation_id}/state",
    response_model=ConversationOut,
    summary="Accept or refuse a first message",
    **operation(scope="messages:write", refuses=(NotFound, Forbidden), has_body=True),
)
async def answer(
    conversation_id: UUID, draft: AnswerDraft, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Who is refused does not learn of it. Twice changes nothing."""
    await answer_request(tx, actor, conversation_id, draft)
    return await _answer(request, SessionReader(tx), actor, conversation_id)


@router.put(
    "/conversations/{conversation_id}/read",
    response_model=ConversationOut,
    summary="Mark a conversation as read",
    **operation(scope="messages:write", refuses=(NotFound,)),
)
async def mark_read(conversation_id: UUID, tx: Tx, actor: CurrentActor, request: Request) -> Any:
    """Say that you have read everything; the other side does not learn of it."""
    await read_conversation_now(tx, actor, conversation_id)
    return await _answer(request, SessionReader(tx), actor, conversation_id)


@router.get(
    "/blocks",
    response_model=Listing[BlockOut],
    summary="List whom you have blocked",
    **operation(scope="messages:read", refuses=(BadCursor,)),
)
async def blocked(
    paged: Paged, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """List whom you and the companies you speak for have blocked, the latest first."""
    page = await list_blocked(reader, actor, paged.paging)
    return listing(page.map(_block), request, response)


def _block(row: Any) -> dict[str, Any]:
    gone = row.slug is None
    company = None
    if row.company_id:
        company = {"id": row.company_id, "name": row.company_name, "slug": None}
    return {
        "person": {
            "id": row.person_id,
            "name": translate(FORMER_MEMBER) if gone else row.name,
            "slug": row.slug,
        },
        "company": company,
        "created_at": row.created_at,
    }


@router.put(
    "/blocks/{person_id}",
    status_code=204,
    summary="Block a person",
    **operation(scope="messages:write", refuses=(NotFound, Forbidden)),
)
async def block(
    person_id: UUID, query: Annotated[BlockQuery, Query()], tx: Tx, actor: CurrentActor
) -> None:
    """Hear no more of them; what they send is refused. Twice changes nothing."""
    await block_person(tx, actor, person_id, query.company_id)


@router.delete(
    "/blocks/{person_id}",
    status_code=204,
    summary="Let a person write again",
    **operation(scope="messages:write", refuses=(NotFound, Forbidden)),
)
async def unblock(
    person_id: UUID, query: Annotated[BlockQuery, Query()], tx: Tx, actor: CurrentActor
) -> None:
    """Take a block back. Twice changes nothing."""
    await unblock_person(tx, actor, person_id, query.company_id)
