"""Telling several people the same thing, each once."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.i18n import N_, as_locale, translate
from app.core.ids import new_id
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.notifications.pushing import push
from app.features.notifications.wording import Message, Wording, in_words
from app.models.accounts import Account
from app.models.notifications import Notification
from app.models.people import Person

AT_ONCE: Final = 1_000  # people in one statement

_SUBJECT = "%(about)s"
_TEXT = N_(
    "Guten Tag, %(name)s,\n\n%(what)s\n\n%(link)s\n\n"
    "Sie erhalten diese Nachricht, weil Sie ein Konto bei %(site)s haben.\n"
)


async def tell(
    session: Session,
    wording: Wording,
    people: Iterable[UUID],
    *,
    params: Mapping[str, Any],
    path: str,
    dedup_key: str,
) -> None:
    """Tell people something, in their inbox and, if the wording says so, by mail and push.

    Whoever has been told under the same ``dedup_key`` is not told again. People without an open
    account are left out.
    """
    message = Message(wording, params, path, dedup_key)
    everybody = sorted(set(people))
    for start in range(0, len(everybody), AT_ONCE):
        await _tell_some(session, message, everybody[start : start + AT_ONCE])


async def _tell_some(session: Session, message: Message, people: list[UUID]) -> None:
    found = await session.execute(
        select(Person.id, Person.name, Account.email, Account.locale)
        .join(Account, Account.id == Person.account_id)
        .where(Person.id.in_(people), Account.closed_at.is_(None))
        .order_by(Person.id)
    )
    readers = {row.id: row for row in found}
    if not readers:
        return
    rows = [
        {
            "id": new_id(),
            "person_id": person_id,
            "type": message.wording.type,
            "params": dict(message.params),
            "path": message.path,
            "dedup_key": message.dedup_key,
        }
        for person_id in readers
    ]
    inserted = await session.scalars(
        insert(Notification)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["person_id", "dedup_key"])
        .returning(Notification.person_id)
    )
    told = inserted.all()
    if not message.wording.mail:
        return
    await push(session, told, message)
    for person_id in told:
        await _mail(session, message, readers[person_id])


async def _mail(session: Session, message: Message, reader: Any) -> None:
    locale = as_locale(reader.locale)
    params = in_words(message.params, locale)
    what = translate(message.wording.text, locale, **params)
    subject = translate(message.wording.subject, locale, **params) or what
    await send_mail(
        session,
        reader.email,
        subject=_SUBJECT,
        text=_TEXT,
        locale=locale,
        dedup_key=f"{message.dedup_key}:{reader.id}",
        what=what,
        about=subject,
        name=reader.name,
        link=f"{settings().base_url.rstrip('/')}{message.path}",
        site=settings().site.name,
    )
