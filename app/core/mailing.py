"""Sending mail: written in the transaction of its cause, delivered by a job, tried again."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit, on
from app.core.i18n import Locale, as_locale, translate
from app.core.ids import new_id
from app.core.mail import Mail, Mailbox, MailRejected, Smtp, Spool, Transport, compose
from app.core.settings import Settings, settings
from app.models.mails import OutgoingMail


class MailQueued(Event):
    name: ClassVar[str] = "mail.queued"
    mail_id: UUID


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
    are those that ``core.mail`` leaves open, such as ``List-Unsubscribe``.
    """
    mail_id = new_id()
    written = await session.scalar(
        insert(OutgoingMail)
        .values(
            id=mail_id,
            recipient=to,
            subject=translate(subject, locale, **params),
            text=translate(text, locale, **params),
            failure="",
            headers=dict(headers or {}),
            locale=locale,
            dedup_key=dedup_key,
        )
        .on_conflict_do_nothing(index_elements=["dedup_key"])
        .returning(OutgoingMail.id)
    )
    if written:
        emit(session, MailQueued(mail_id=mail_id))


@on(MailQueued)
async def deliver_mail(session: Session, event: MailQueued) -> None:
    """Hand a mail to the mail server; a job that runs twice finds it sent."""
    mail = await session.get(OutgoingMail, event.mail_id, with_for_update=True)
    if mail is None or mail.sent_at or mail.failed_at:
        return
    host = settings().mail_sender.partition("@")[2]
    sender = Mailbox(settings().mail_sender, settings().site.name)
    try:
        message = compose(
            Mail(
                to=mail.recipient,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                headers=mail.headers,
                message_id=f"{mail.id}@{host}",
                locale=as_locale(mail.locale),
            ),
            sender,
        )
        transport: Transport = session.info["transport"]
        await transport.deliver(message, sender=sender.address, recipient=mail.recipient)
    except MailRejected as rejection:
        mail.failed_at, mail.failure = clock.now(), str(rejection)
        return
    mail.sent_at = clock.now()
    mail.text, mail.html = "", None  # it may hold a link that opens an account


def transport_for(configured: Settings) -> Transport:
    """Return the way out: SMTP where a host is set, else files in ``var/mail/``."""
    if configured.smtp.host is None:
        return Spool(configured.var_dir / "mail")
    return Smtp(configured.smtp)
