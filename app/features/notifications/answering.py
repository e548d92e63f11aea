"""Answers by mail: what somebody writes back to a notification becomes their reply or message.

An address answers one notification of one person. Who writes must use the address of that
person's account. Whatever cannot be taken is told to that address, and to no other, once and
seldom; programs get no answer at all. Nothing confidential is answered by mail: a signature or a
quotation would say who writes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import canonical_email
from app.core.db import attempt
from app.core.errors import Refusal, TooMany
from app.core.events import every
from app.core.i18n import N_, as_locale, translate
from app.core.ids import new_id
from app.core.incoming import Incoming, read_mail
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.inquiries.answering import write_in_inquiry
from app.features.messages.conversing import write_in_conversation
from app.features.messages.threads import MessageDraft
from app.features.notifications.letters import address
from app.features.notifications.reply_addresses import answered_by
from app.features.notifications.unsubscribing import STOP, StopKeyInvalid, list_of, unsubscribe
from app.features.notifications.wording import WORDINGS, AnsweredIn
from app.features.posts.replying import ReplyDraft, reply_to
from app.models.accounts import Account
from app.models.mails import IncomingMail
from app.models.notifications import Notification
from app.models.people import Person

KEPT: Final = timedelta(days=30)  # so long a mail that comes again is known


class Outcome(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"
    REFUSED = "refused"  # and its writer told why, if it could be
    IGNORED = "ignored"  # of a program, or to nobody
    KNOWN = "known"  # it has come before


@dataclass(frozen=True, slots=True)
class Target:
    """What a notification is answered with, and in what."""

    answer: Callable[[Session, Actor, UUID, str], Awaitable[Any]]
    id: UUID


async def take_mail(session: Session, raw: bytes) -> Outcome:
    """Do what a mail from outside asks for; the same mail again does nothing."""
    mail = read_mail(raw)
    written = await session.scalar(
        insert(IncomingMail)
        .values(id=new_id(), key=mail.key)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(IncomingMail.id)
    )
    if written is None:
        return Outcome.KNOWN
    if mail.is_automatic:
        return Outcome.IGNORED
    if f"{STOP}@{settings().inbound.domain}" in mail.recipients:
        return await _stop(session, mail)
    answered = next(filter(None, map(answered_by, mail.recipients)), None)
    return await _answer(session, mail, answered) if answered else Outcome.IGNORED


async def _stop(session: Session, mail: Incoming) -> Outcome:
    try:
        await unsubscribe(session, list_of(mail.subject.rpartition(" ")[2]))
    except StopKeyInvalid:
        return Outcome.IGNORED
    return Outcome.TAKEN


async def _answer(session: Session, mail: Incoming, notification_id: UUID) -> Outcome:
    row = (
        await session.execute(
            select(Notification, Account)
            .join(Person, Person.id == Notification.person_id)
            .join(Account, Account.id == Person.account_id)
            .where(Notification.id == notification_id, Account.closed_at.is_(None))
        )
    ).first()
    if row is None:
        return Outcome.IGNORED
    told, account = row.Notification, row.Account
    why = _objection(mail, account)
    target = target_of(told)
    if why is None and target is None:
        why = N_("Darauf lässt sich nicht per E-Mail antworten. Bitte antworten Sie auf der Seite.")
    if why is None and target:
        why = await _say(session, target, mail.text, _actor(told, account))
    if why:
        await _tell(session, account, told, why)
        return Outcome.REFUSED
    if mail.has_files:
        await _tell(session, account, told, _WITHOUT_FILES)
    return Outcome.TAKEN


def _objection(mail: Incoming, account: Account) -> str | None:
    """Say why a mail cannot be its account's (German)."""
    inbound = settings().inbound
    try:
        sender = canonical_email(mail.sender)
    except ValueError:
        sender = ""
    if sender != account.email_key:
        return N_("Sie kam nicht von der E-Mail-Adresse Ihres Kontos.")
    if inbound.authority and not mail.passed(inbound.authority):
        return N_("Es ließ sich nicht prüfen, dass sie von Ihrer E-Mail-Adresse kam.")
    if not mail.text:
        return N_("Wir haben darin keinen neuen Text gefunden.")
    return None


def _actor(told: Notification, account: Account) -> Actor:
    locale = as_locale(account.locale)
    return Actor(person_id=told.person_id, account_id=account.id, locale=locale)


async def _say(session: Session, target: Target, text: str, actor: Actor) -> str | None:
    """Write the answer; return why not, if it is refused (German)."""
    try:
        async with attempt(session):
            await target.answer(session, actor, target.id, text)
    except ValidationError:
        return N_("Sie ist zu lang.")
    except Refusal as refusal:
        return translate(refusal.text, actor.locale, **refusal.params)
    return None


async def _in_post(session: Session, actor: Actor, post_id: UUID, text: str) -> None:
    await reply_to(session, actor, post_id, ReplyDraft(body=text))


async def _in_conversation(session: Session, actor: Actor, at: UUID, text: str) -> None:
    await limiter().hit("message", f"account:{actor.account_id}")
    await write_in_conversation(session, actor, at, MessageDraft(text=text))


async def _in_inquiry(session: Session, actor: Actor, at: UUID, text: str) -> None:
    await limiter().hit("message", f"account:{actor.account_id}")
    await write_in_inquiry(session, actor, at, MessageDraft(text=text))


_IN: Final = {
    AnsweredIn.POST: _in_post,
    AnsweredIn.CONVERSATION: _in_conversation,
    AnsweredIn.INQUIRY: _in_inquiry,
}


def target_of(told: Notification) -> Target | None:
    """Return what a notification is answered with; None where it cannot be, or must not."""
    wording = WORDINGS.get(told.type)
    place = wording.answered_in if wording else None
    if place is None:
        return None
    if place == AnsweredIn.POST:
        return Target(_in_post, told.post_id) if told.post_id else None
    return Target(_IN[place], UUID(told.matter.rpartition(":")[2]))


_WITHOUT_FILES: Final = N_(
    "Ihre Antwort ist angekommen, aber ohne die Dateien: Die fügen Sie bitte auf der Seite an."
)
_NOT_TAKEN: Final = N_(
    "Guten Tag,\n\nzu Ihrer Antwort per E-Mail:\n\n%(why)s\n\n%(link)s\n\n"
    "Auf diese Nachricht können Sie nicht antworten.\n"
)


async def _tell(session: Session, account: Account, told: Notification, why: str) -> None:
    """Tell the owner of an account what became of a mail in their name, but seldom."""
    try:
        await limiter().hit("mail_to", f"answer:{account.email_key}")
    except TooMany:
        return
    locale = as_locale(account.locale)
    await send_mail(
        session,
        account.email,
        subject=N_("Ihre Antwort per E-Mail"),
        text=_NOT_TAKEN,
        locale=locale,
        why=translate(why, locale),
        link=address(told.path),
    )


@every("41 3 * * *")
async def forget_mails(session: Session) -> None:
    """Forget which mails have come, once they are old."""
    old = IncomingMail.created_at < clock.now() - KEPT
    await session.execute(delete(IncomingMail).where(old))
