"""Operators: a technical role, given on the command line only, and without a voice."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.addresses import canonical_email
from app.core.errors import NotFound
from app.core.events import Event, emit
from app.models.accounts import Account


class OperatorAdded(Event):
    name: ClassVar[str] = "account.operator_added"
    account_id: UUID


class OperatorRemoved(Event):
    name: ClassVar[str] = "account.operator_removed"
    account_id: UUID


async def add_operator(session: Session, email: str) -> Account:
    """Make the account with this address an operator; doing so twice changes nothing."""
    account = await _account_of(session, email)
    if not account.is_operator:
        account.is_operator = True
        emit(session, OperatorAdded(account_id=account.id))
    return account


async def remove_operator(session: Session, email: str) -> Account:
    """Take the role away again; doing so twice changes nothing."""
    account = await _account_of(session, email)
    if account.is_operator:
        account.is_operator = False
        emit(session, OperatorRemoved(account_id=account.id))
    return account


async def list_operators(session: Session) -> list[str]:
    """Return the addresses of all operators, in alphabetical order."""
    found = await session.scalars(
        select(Account.email).where(Account.is_operator).order_by(Account.email_key)
    )
    return list(found)


async def _account_of(session: Session, email: str) -> Account:
    account: Account | None = await session.scalar(
        select(Account)
        .where(Account.email_key == canonical_email(email), Account.closed_at.is_(None))
        .with_for_update()
    )
    if account is None:
        raise NotFound
    return account
