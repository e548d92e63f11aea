"""Links in mails that act on an account: used once, and only while nothing has changed.

A link is bound to the address and the password that the account had when it was made; asking
for another one of its kind replaces it.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import DateTime, LargeBinary, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.ids import fingerprint, new_secret
from app.core.reads import Described, Reader, bound, prepared
from app.features.accounts.policy import TokenInvalid
from app.models.accounts import Account, LinkPurpose, MailedLink

LASTS = timedelta(minutes=60)


async def make_link(
    session: Session, account: Account, purpose: LinkPurpose, payload: dict[str, Any] | None = None
) -> MailedLink:
    """Return a new link; older ones of its kind end.

    Nobody knows its secret. Whoever mails it draws one: see ``draw_secret``.
    """
    await end_links(session, account, purpose)
    link = MailedLink(
        account_id=account.id,
        purpose=purpose,
        token_hash=fingerprint(new_secret()),
        email_key=account.email_key,
        password_version=account.password_version,
        payload=payload or {},
        expires_at=clock.now() + LASTS,
    )
    session.add(link)
    return link


def draw_secret(link: MailedLink) -> str:
    """Return a secret by which ``link`` is used from now on, to be mailed at once."""
    secret = new_secret()
    link.token_hash = fingerprint(secret)
    return secret


async def end_links(session: Session, account: Account, *purposes: LinkPurpose) -> None:
    """End the unused links of an account: those of some kinds, or all."""
    unused = [MailedLink.account_id == account.id, MailedLink.used_at.is_(None)]
    if purposes:
        unused.append(MailedLink.purpose.in_(purposes))
    await session.execute(update(MailedLink).where(*unused).values(used_at=clock.now()))


@prepared
def _usable(purpose: LinkPurpose) -> Described:
    columns: tuple[Any, ...] = (Account.email, MailedLink.payload)
    return (
        select(*columns)
        .join(Account, Account.id == MailedLink.account_id)
        .where(
            MailedLink.token_hash == bound("token", LargeBinary()),
            MailedLink.expires_at > bound("now", DateTime(timezone=True)),
            *_unchanged(purpose),
        )
    )


def _unchanged(purpose: LinkPurpose) -> list[Any]:
    return [
        MailedLink.purpose == purpose,
        MailedLink.used_at.is_(None),
        MailedLink.email_key == Account.email_key,
        MailedLink.password_version == Account.password_version,
        Account.closed_at.is_(None),
    ]


async def usable_link(reader: Reader, token: str, purpose: LinkPurpose) -> Any:
    """Return email and payload of a link that can still be used; nothing changes."""
    given = {"token": fingerprint(token), "now": clock.now()}
    found = await reader.first(_usable(purpose), given)
    if found is None:
        raise TokenInvalid
    return found


async def use_link(
    session: Session, token: str, purpose: LinkPurpose
) -> tuple[Account, dict[str, Any]]:
    """Use a link up; return its account, locked until commit, and its payload."""
    account_id = await session.scalar(
        select(MailedLink.account_id).where(MailedLink.token_hash == fingerprint(token))
    )
    account = await session.get(Account, account_id, with_for_update=True) if account_id else None
    link = await session.scalar(
        select(MailedLink)
        .join(Account, Account.id == MailedLink.account_id)
        .where(
            MailedLink.token_hash == fingerprint(token),
            MailedLink.expires_at > clock.now(),
            *_unchanged(purpose),
        )
        .execution_options(populate_existing=True)
    )
    if account is None or link is None:
        raise TokenInvalid
    link.used_at = clock.now()
    return account, link.payload
