"""JSON endpoints for accounts: signing up, signing in and out, and one's sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.api.contract import (
    PREFIX,
    ContractRouter,
    Listing,
    MailedOut,
    Out,
    Paged,
    listing,
    mailed,
    operation,
)
from app.core.errors import NotFound
from app.edge.deps import CurrentActor, CurrentCaller, Reads, Tx
from app.features.accounts import passwords, sessions
from app.features.accounts.passwords import ResetConfirmation, ResetDraft
from app.features.accounts.policy import SessionRequired, TokenInvalid
from app.features.accounts.sessions import (
    Entry,
    SignInBlocked,
    SignInDraft,
    WrongCredentials,
    open_session,
    sign_in,
)
from app.features.accounts.signing_up import (
    SignUpDraft,
    VerificationDraft,
    confirm_sign_up,
    sign_up,
)
from app.models.people import Person

router = ContractRouter(prefix="/accounts", tags=["accounts"])


class SessionOut(Out):
    id: UUID
    user_agent: str = Field(description="What the client called itself when it signed in.")
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime = Field(description="It ends then, or after 14 days without use.")
    is_present: bool = Field(description="Whether this request was sent in it.")


class EntryOut(SessionOut):
    """A new session, with the secret that is told only now."""

    account_id: UUID
    person_id: UUID
    secret: str | None = Field(
        description="The bearer token of this session. Null where an earlier answer is repeated."
    )


@router.post(
    "/sign-ups",
    status_code=202,
    response_model=MailedOut,
    summary="Ask for an account",
    **operation(has_body=True),
)
async def ask_for_account(
    draft: SignUpDraft, tx: Tx, actor: CurrentActor, caller: CurrentCaller
) -> dict[str, str]:
    """Have a link mailed that opens an account. The answer is the same for known addresses."""
    await sign_up(tx, actor, draft, address=caller.address)
    return mailed()


@router.post(
    "/verification",
    status_code=201,
    response_model=EntryOut,
    summary="Open the account of a mailed link",
    **operation(refuses=(TokenInvalid,), has_body=True),
)
async def verify(
    draft: VerificationDraft, tx: Tx, caller: CurrentCaller, response: Response
) -> dict[str, Any]:
    """Choose a password and be signed in."""
    account = await confirm_sign_up(tx, draft)
    return await _entered(tx, await open_session(tx, account.id, caller), response)


@router.post(
    "/sessions",
    status_code=201,
    response_model=EntryOut,
    summary="Sign in",
    **operation(refuses=(WrongCredentials, SignInBlocked), has_body=True),
)
async def enter(
    draft: SignInDraft, tx: Tx, caller: CurrentCaller, response: Response
) -> dict[str, Any]:
    """Get a session, whose secret is the bearer token of further requests."""
    return await _entered(tx, await sign_in(tx, draft, caller), response)


@router.post(
    "/password-resets",
    status_code=202,
    response_model=MailedOut,
    summary="Ask for a new password",
    **operation(has_body=True),
)
async def ask_for_password_reset(
    draft: ResetDraft, tx: Tx, caller: CurrentCaller
) -> dict[str, str]:
    """Have a link mailed, if there is an account. The answer is the same if there is none."""
    await passwords.request_password_reset(tx, draft, address=caller.address)
    return mailed()


@router.post(
    "/password-resets/confirmation",
    status_code=204,
    summary="Choose a new password behind a mailed link",
    **operation(refuses=(TokenInvalid,), has_body=True),
)
async def confirm_password_reset(confirmation: ResetConfirmation, tx: Tx) -> None:
    """Replace the password; every session of the account ends."""
    await passwords.reset_password(tx, confirmation)


@router.get(
    "/sessions",
    response_model=Listing[SessionOut],
    summary="List where you are signed in",
    **operation(session_only=True, refuses=(SessionRequired,)),
)
async def list_sessions(
    page: Paged, reads: Reads, actor: CurrentActor, request: Request, response: Response
) -> dict[str, Any]:
    """Return the newest first; those that ended are not listed."""
    return listing(await sessions.list_sessions(reads, actor, page.paging), request, response)


@router.get(
    "/sessions/{session_id}",
    response_model=SessionOut,
    summary="Read one of your sessions",
    **operation(session_only=True, refuses=(SessionRequired, NotFound)),
)
async def read_session(session_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """Return one of the places where you are signed in."""
    return await sessions.find_session(reads, actor, session_id)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End one of your sessions",
    **operation(session_only=True, refuses=(SessionRequired, NotFound)),
)
async def end_session(session_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Sign out, there or here."""
    await sessions.end_session(tx, actor, session_id)


@router.delete(
    "/sessions",
    status_code=204,
    summary="End all your other sessions",
    **operation(session_only=True, refuses=(SessionRequired,)),
)
async def end_other_sessions(tx: Tx, actor: CurrentActor) -> None:
    """Sign out everywhere but here."""
    await sessions.end_other_sessions(tx, actor)


async def _entered(tx: Session, entry: Entry, response: Response) -> dict[str, Any]:
    opened = entry.session
    response.headers["Location"] = f"{PREFIX}/accounts/sessions/{opened.id}"
    return {
        "id": opened.id,
        "user_agent": opened.user_agent,
        "created_at": opened.created_at,
        "last_used_at": opened.last_used_at,
        "expires_at": opened.expires_at,
        "is_present": True,
        "account_id": opened.account_id,
        "person_id": await tx.scalar(
            select(Person.id).where(Person.account_id == opened.account_id)
        ),
        "secret": entry.secret,
    }
