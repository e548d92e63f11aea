"""Who may tend an account: its owner, signed in; never a token."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import FieldError, Forbidden, Gone, Invalid, SignInRequired
from app.core.i18n import N_
from app.core.passwords import verify_password
from app.core.settings import settings
from app.models.accounts import Account


class SessionRequired(Forbidden):
    code: ClassVar[str] = "session_required"
    text: ClassVar[str] = N_(
        "Das Konto lässt sich nur nach einer Anmeldung verwalten, nicht mit einem "
        "Zugriffsschlüssel."
    )


class TokenInvalid(Gone):
    code: ClassVar[str] = "token_invalid"
    text: ClassVar[str] = N_(
        "Dieser Link gilt nicht mehr: Er ist abgelaufen, wurde schon benutzt oder durch einen "
        "neueren ersetzt."
    )


def owner_of_account(actor: Actor) -> UUID:
    """Return the account that ``actor`` may tend; a token is refused."""
    if actor.account_id is None:
        raise SignInRequired
    if actor.token_id is not None:
        raise SessionRequired
    return actor.account_id


async def own_account(session: Session, actor: Actor) -> Account:
    """Return the actor's account, locked until commit."""
    account = await session.scalar(
        select(Account)
        .where(Account.id == owner_of_account(actor), Account.closed_at.is_(None))
        .with_for_update()
    )
    if account is None:
        raise SignInRequired
    return account


async def check_own_password(account: Account, password: str, *, field: str = "password") -> None:
    """Refuse whoever does not know the account's password, though signed in."""
    verdict = await verify_password(password, account.password_hash, settings().hashing)
    if not verdict.ok:
        text = N_("Das Passwort stimmt nicht.")
        raise Invalid(FieldError((field,), "wrong_password", text))
