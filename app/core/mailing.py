"""Sending mail: written in the transaction of its cause, delivered by a job, tried again.

A mail server may be away for longer than a job is tried. Its mails are queued again for some days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

import structlog
from sqlalchemy import Text, cast, column, exists, select, table
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, Lane, emit, every, on
from app.core.i18n import Locale, as_locale, translate
from app.core.ids import new_id
from app.core.letters import Letter, Stationery, letter_of
from app.core.mail import Mail, Mailbox, MailRejected, Smtp, Spool, Transport, compose
from app.core.settings import Settings, settings
from app.models.mails import OutgoingMail

KEPT_TRYING: Final = timedelta(days=7)
_AT_ONCE: Final = 1_000  # mails queued again by one tick
_JOBS: Final = table(
    "procrastinate_jobs", column("queue_name"), column("status"), column("args", JSONB())
)
_log = structlog.get_logger()


class MailQueued(Event):
    name: ClassVar[str] = "mail.queued"
    mail_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A letter to one address. With a ``dedup_key`` it is sent once, however often it is posted.

    ``headers`` are those that ``core.mail`` leaves open, such as ``List-Unsubscribe``.
    """

    to: str
    subject: str
    letter: Letter
    locale: Locale
    dedup_key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


async def send_letters(session: Session, postings: Sequence[Posting]) -> None:
    """Have letters sent once this transaction commits; all of them are written by one statement."""
    await _queue(
        session,
        [
            {
                "recipient": one.to,
                "subject": one.subject,
                "text": one.letter.as_text(),
                "letter": one.letter.model_dump(mode="json"),
                "headers": dict(one.headers),
                "locale": one.locale,
                "dedup_key": one.dedup_key,
            }
            for one in postings
        ],
    )


async def send_mail(
    session: Session,
    to: str,
    *,
    subject: str,
    text: str,
    locale: Locale,
    dedup_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    **params: object,
) -> None:
    """Have a mail sent once this transaction commits.

    ``subject`` and ``text`` are German texts with ``%(name)s`` places, said in ``locale``.
    With a ``dedup_key`` the mail is written once, however often the cause is handled. ``headers``
    are those that ``core.mail`` leaves open.
    """
    mail: dict[str, object] = {
        "recipient": to,
        "subject": translate(subject, locale, **params),
        "text": translate(text, locale, **params),
        "letter": None,
        "headers": dict(headers or {}),
        "locale": locale,
        "dedup_key": dedup_key,
    }
    await _queue(session, [mail])


async def _queue(session: Session, mails: list[dict[str, object]]) -> None:
    if not mails:
        return
    written = await session.scalars(
        insert(OutgoingMail)
        .values([{"id": new_id(), "failure": "", **mail} for mail in mails])
        .on_conflict_do_nothing(index_elements=["dedup_key"])
        .returning(OutgoingMail.id)
    )
    for mail_id in written:
        emit(session, MailQueued(mail_id=mail_id))


@on(MailQueued, lane=Lane.MAILS)
async def deliver_mail(session: Session, event: MailQueued) -> None:
    """Hand a mail to the mail server; a job that runs twice finds it sent.

    Mails have a lane of their own, so that a mail server which hangs delays nothing but mails.
    """
    mail = await session.get(OutgoingMail, event.mail_id, with_for_update=True)
    if mail is None or mail.sent_at or mail.failed_at:
        return
    letter = Letter.model_validate(mail.letter) if mail.letter else letter_of(mail.text)
    stationery: Stationery = session.info["stationery"]
    locale = as_locale(mail.locale)
    host = settings().mail_sender.partition("@")[2]
    sender = Mailbox(settings().mail_sender, settings().site.name)
    try:
        message = compose(
            Mail(
                to=mail.recipient,
                subject=mail.subject,
                text=mail.text,
                html=stationery.html(letter, subject=mail.subject, locale=locale),
                headers=mail.headers,
                message_id=f"{mail.id}@{host}",
                locale=locale,
                picture=letter.picture,
                enclosures=letter.enclosures,
            ),
            sender,
        )
        transport: Transport = session.info["transport"]
        await transport.deliver(message, sender=sender.address, recipient=mail.recipient)
    except MailRejected as rejection:
        mail.failed_at, mail.failure = clock.now(), str(rejection)
        return
    mail.sent_at = clock.now()
    mail.text, mail.letter = "", None  # it may hold a link that opens an account


@every("*/10 * * * *")
async def queue_again(session: Session) -> None:
    """Queue again what was not sent when its job was given up; after a week give the mail up, too.

    A mail for which a job waits or runs is left alone, so that there are never two.
    """
    under_way = exists().where(
        _JOBS.c.queue_name == Lane.MAILS.value,
        cast(_JOBS.c.status, Text).in_(["todo", "doing"]),
        _JOBS.c.args["payload"]["mail_id"].astext == cast(OutgoingMail.id, Text),
    )
    left = await session.scalars(
        select(OutgoingMail)
        .where(OutgoingMail.sent_at.is_(None), OutgoingMail.failed_at.is_(None), ~under_way)
        .order_by(OutgoingMail.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    now = clock.now()
    for mail in left:
        if mail.created_at < now - KEPT_TRYING:
            mail.failed_at, mail.failure = now, "not taken by the mail server for days"
            _log.error("mail.given_up", mail=str(mail.id), written_at=mail.created_at.isoformat())
        else:
            emit(session, MailQueued(mail_id=mail.id))
            _log.warning("mail.queued_again", mail=str(mail.id))


def transport_for(configured: Settings) -> Transport:
    """Return the way out: SMTP where a host is set, else files in ``var/mail/``."""
    if configured.smtp.host is None:
        return Spool(configured.var_dir / "mail")
    return Smtp(configured.smtp)
