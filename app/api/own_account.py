"""JSON endpoints for one's own account."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request

from app.api.contract import (
    ContractRouter,
    ExpectedVersion,
    MailedOut,
    Out,
    mailed,
    operation,
    tagged,
)
from app.core.errors import Stale
from app.core.i18n import Locale
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.accounts import account, email_change, passwords
from app.features.accounts.account import AccountChange, Closing, SoleOwner
from app.features.accounts.email_change import EmailChange, EmailConfirmation
from app.features.accounts.passwords import PasswordChange
from app.features.accounts.policy import SessionRequired, TokenInvalid
from app.models.accounts import Account

router = ContractRouter(prefix="/me/account", tags=["accounts"])


class AccountOut(Out):
    """A login; nobody but its owner sees it."""

    id: UUID
    email: str
    locale: Locale
    is_operator: bool
    created_at: datetime


class OwnAccountOut(AccountOut):
    person_id: UUID
    person_slug: str
    name: str


@router.get(
    "",
    response_model=OwnAccountOut,
    summary="Read your account",
    **operation(session_only=True, refuses=(SessionRequired,)),
)
async def read(request: Request, reads: Reads, actor: CurrentActor) -> Any:
    """Return your login and the person as which others see you."""
    found = await account.read_account(reads, actor)
    tagged(request, found.version)
    return found


@router.patch(
    "",
    response_model=AccountOut,
    summary="Change your account",
    **operation(session_only=True, refuses=(SessionRequired, Stale), has_body=True),
)
async def change(
    change: AccountChange, expected: ExpectedVersion, tx: Tx, actor: CurrentActor
) -> Account:
    """Choose the language of pages and mails."""
    return await account.change_account(tx, actor, change, expected=expected)


@router.post(
    "/email-change",
    status_code=202,
    response_model=MailedOut,
    summary="Ask for another e-mail address",
    **operation(session_only=True, refuses=(SessionRequired,), has_body=True),
)
async def ask_for_email_change(change: EmailChange, tx: Tx, actor: CurrentActor) -> dict[str, str]:
    """Have a link mailed to the new address. The answer is the same for known addresses."""
    await email_change.request_email_change(tx, actor, change)
    return mailed()


@router.post(
    "/email-change/confirmation",
    status_code=204,
    summary="Confirm the new e-mail address",
    **operation(refuses=(TokenInvalid,), has_body=True),
)
async def confirm_email_change(
    confirmation: EmailConfirmation, tx: Tx, actor: CurrentActor
) -> None:
    """Move the account of a mailed link; other sessions end. Works without being signed in."""
    await email_change.change_email(tx, actor, confirmation)


@router.put(
    "/password",
    status_code=204,
    summary="Change your password",
    **operation(session_only=True, refuses=(SessionRequired,), has_body=True),
)
async def change_password(change: PasswordChange, tx: Tx, actor: CurrentActor) -> None:
    """Replace the password; all other sessions end."""
    await passwords.change_password(tx, actor, change)


@router.delete(
    "",
    status_code=204,
    summary="Close your account",
    **operation(session_only=True, refuses=(SessionRequired, SoleOwner), has_body=True),
)
async def close(closing: Closing, tx: Tx, actor: CurrentActor) -> None:
    """Close your account for good; what you wrote stays, by a former member."""
    await account.close_account(tx, actor, closing)
