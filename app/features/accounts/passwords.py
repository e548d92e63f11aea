"""Changing a password, and choosing a new one behind a mailed link."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.events import Event, emit, on
from app.core.i18n import N_, as_locale
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.accounts.choosing import NewPassword, TypedPassword, hash_of_new
from app.features.accounts.links import draw_secret, end_links, make_link, use_link
from app.features.accounts.policy import check_own_password, own_account
from app.features.accounts.sessions import end_sessions
from app.features.accounts.signing_up import MailToken
from app.models.accounts import Account, KnownDevice, LinkPurpose, PasswordResetRequest
from app.models.people import Person


class PasswordResetRequested(Event):
    name: ClassVar[str] = "account.password_reset_requested"
    request_id: UUID


class PasswordChanged(Event):
    name: ClassVar[str] = "account.password_changed"
    account_id: UUID


class ResetDraft(BaseModel):
    """Whose password is forgotten."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[
        EmailAddress, Asked(N_("E-Mail-Adresse"), widget="email", autocomplete="username")
    ]


class ResetConfirmation(BaseModel):
    """The secret of a mailed link, and the new password."""

    model_config = ConfigDict(extra="forbid")

    token: MailToken
    password: NewPassword


class PasswordChange(BaseModel):
    """The present password, and the new one."""

    model_config = ConfigDict(extra="forbid")

    old_password: Annotated[
        TypedPassword,
        Asked(N_("Bisheriges Passwort"), widget="password", autocomplete="current-password"),
    ]
    password: NewPassword


async def request_password_reset(session: Session, draft: ResetDraft, *, address: str) -> None:
    """Have a link mailed behind which a new password can be chosen, if there is an account.

    Whether there is one, the answer does not tell. Refused: more than three mails a day to one
    address.
    """
    key = canonical_email(draft.email)
    await limiter().hit("mail_from", address)
    await limiter().hit("mail_to", key)
    request = PasswordResetRequest(email_key=key)
    session.add(request)
    emit(session, PasswordResetRequested(request_id=request.id))


@on(PasswordResetRequested)
async def mail_password_reset(session: Session, event: PasswordResetRequested) -> None:
    """Mail the link to the address that the account has."""
    request = await session.get(PasswordResetRequest, event.request_id, with_for_update=True)
    if request is None:
        return
    await session.delete(request)
    account = await session.scalar(
        select(Account)
        .where(Account.email_key == request.email_key, Account.closed_at.is_(None))
        .with_for_update()
    )
    if account is None:
        return
    token = draw_secret(await make_link(session, account, LinkPurpose.RESET_PASSWORD))
    await send_mail(
        session,
        account.email,
        subject=N_("Neues Passwort für %(site)s"),
        text=_RESET,
        locale=as_locale(account.locale),
        site=settings().site.name,
        link=f"{settings().base_url.rstrip('/')}/reset-password/{token}",
    )


_RESET = N_(
    "Guten Tag,\n\n"
    "über diesen Link wählen Sie ein neues Passwort für %(site)s:\n\n"
    "%(link)s\n\n"
    "Der Link gilt 60 Minuten und nur einmal. Haben Sie ihn nicht angefordert, brauchen Sie "
    "nichts zu tun: Ihr Passwort bleibt, wie es ist.\n"
)


async def reset_password(session: Session, confirmation: ResetConfirmation) -> Account:
    """Choose a new password behind a mailed link; every session ends, and devices are forgotten.

    Refused: a link that is used, old or replaced, or made before e-mail or password changed.
    """
    account, _ = await use_link(session, confirmation.token, LinkPurpose.RESET_PASSWORD)
    await _change(session, account, confirmation.password)
    await end_sessions(session, account.id)
    await session.execute(delete(KnownDevice).where(KnownDevice.account_id == account.id))
    return account


async def change_password(session: Session, actor: Actor, change: PasswordChange) -> None:
    """Replace the password by who knows it; all other sessions end."""
    account = await own_account(session, actor)
    await limiter().hit("sign_in_to", f"account:{account.id}")
    await check_own_password(account, change.old_password, field="old_password")
    await _change(session, account, change.password)
    await end_sessions(session, account.id, but=actor.session_id)


async def _change(session: Session, account: Account, password: str) -> None:
    name = await session.scalar(select(Person.name).where(Person.account_id == account.id))
    context = (name or "", account.email.partition("@")[0])
    account.password_hash = await hash_of_new(password, context)
    account.password_version += 1
    await end_links(session, account)
    emit(session, PasswordChanged(account_id=account.id))
    await send_mail(
        session,
        account.email,
        subject=N_("Ihr Passwort für %(site)s wurde geändert"),
        text=_CHANGED,
        locale=as_locale(account.locale),
        site=settings().site.name,
        reset=f"{settings().base_url.rstrip('/')}/reset-password",
    )


_CHANGED = N_(
    "Guten Tag,\n\n"
    "das Passwort Ihres Kontos bei %(site)s wurde soeben geändert. Alle anderen Anmeldungen sind "
    "beendet.\n\n"
    "Waren Sie es nicht, wählen Sie bitte sofort ein neues: %(reset)s\n"
)
