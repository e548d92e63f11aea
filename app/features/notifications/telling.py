"""Telling several people the same thing, each once, and each in the way they wish."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, not_, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.ids import new_id
from app.core.listening import announce
from app.core.mailing import send_letters
from app.core.settings import settings
from app.features.notifications.letters import Addressee, Told, posting_of
from app.features.notifications.pushing import push
from app.features.notifications.supplements import supplements_of
from app.features.notifications.wishes import chosen_by, wishes_of
from app.features.notifications.wording import Matter, Message, Wording
from app.models.accounts import Account
from app.models.notifications import Channel, GroupVolume, Notification, QuietHours
from app.models.people import Person

AT_ONCE: Final = 1_000  # people in one statement


async def tell(
    session: Session,
    wording: Wording,
    people: Iterable[UUID],
    *,
    params: Mapping[str, Any],
    path: str,
    dedup_key: str,
    matter: Matter | None = None,
) -> None:
    """Tell people something, here and by mail, as often as each of them wishes.

    Whoever has been told under the same ``dedup_key`` is not told again. People without an open
    account are left out. Without a ``matter`` it stands for itself. What is told at once is mailed
    at once; of what becomes one line, more that comes soon after is kept for one mail.
    """
    message = Message(wording, params, path, dedup_key, matter or Matter(dedup_key))
    everybody = sorted(set(people))
    if everybody and wording.several:  # two at a time would not see what the other folds
        lock = func.pg_advisory_xact_lock(func.hashtextextended(message.matter.key, 0))
        await session.execute(select(lock))
    for start in range(0, len(everybody), AT_ONCE):
        await _tell_some(session, message, everybody[start : start + AT_ONCE])


async def _tell_some(session: Session, message: Message, people: list[UUID]) -> None:
    now = clock.now()
    readers = await _readers(session, message, people, now)
    due = {reader.id: _due(message, reader, now) for reader in readers.values()}
    rows = [_row(message, reader, due[reader.id], now) for reader in readers.values()]
    if not rows:
        return
    found = await session.execute(
        insert(Notification)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["person_id", "dedup_key"])
        .returning(Notification.id, Notification.person_id)
    )
    told = {row.person_id: row.id for row in found}
    if message.wording.several:
        await _fold(session, message, list(told.values()), list(told))
    mailed = [
        (_addressee(readers[person_id]), _told(message, notification_id))
        for person_id, notification_id in told.items()
        if due[person_id][Channel.MAIL] == now
    ]
    extra = await supplements_of(session, mailed)
    await send_letters(session, [posting_of(to, one, extra.get(one.id)) for to, one in mailed])
    await announce(session, readers)
    await push(session, [one for one in told if due[one][Channel.PUSH] == now], message)


async def _readers(
    session: Session, message: Message, people: list[UUID], now: datetime
) -> dict[UUID, Any]:
    """Return those who have an open account, with their wishes for this topic and group."""
    columns: list[Any] = [
        Person.id,
        Person.name,
        Account.email,
        Account.locale,
        QuietHours.begins,
        QuietHours.ends,
        GroupVolume.volume,
        chosen_by(Person.id, message.wording.topic.key).label("chosen"),
        _last_mailed(message, now).label("last_mailed"),
    ]
    of_group = and_(
        GroupVolume.person_id == Person.id, GroupVolume.group_id == message.matter.group_id
    )
    found = await session.execute(
        select(*columns)
        .join(Account, Account.id == Person.account_id)
        .outerjoin(QuietHours, QuietHours.person_id == Person.id)
        .outerjoin(GroupVolume, of_group)
        .where(Person.id.in_(people), Account.closed_at.is_(None))
        .order_by(Person.id)
    )
    return {row.id: row for row in found}


def _last_mailed(message: Message, now: datetime) -> ColumnElement[Any]:
    """Select when a reader was last mailed of the same, if that is so short ago that more waits."""
    if not message.wording.several:
        return null()
    return (
        select(func.max(Notification.mailed_at))
        .where(
            Notification.person_id == Person.id,
            Notification.type == message.wording.type,
            Notification.matter == message.matter.key,
            Notification.mailed_at > now - _between_mails(),
        )
        .scalar_subquery()
    )


def _between_mails() -> timedelta:
    return timedelta(minutes=settings().notifications.gather_minutes)


def _due(message: Message, reader: Any, now: datetime) -> dict[Channel, datetime | None]:
    """Return when the reader is to hear of it by which channel; None for never."""
    wishes, topic = wishes_of(reader), message.wording.topic
    due = {one: wishes.due(wishes.frequency(topic, one), now) for one in Channel}
    if reader.last_mailed:
        mail, until = wishes.frequency(topic, Channel.MAIL), reader.last_mailed + _between_mails()
        due[Channel.MAIL] = wishes.due(mail, now, not_before=until)
    return due


def _row(
    message: Message, reader: Any, due: Mapping[Channel, datetime | None], now: datetime
) -> dict[str, Any]:
    """Return what to write; what leaves now is not due any more."""
    mail, push_ = (None if due[one] == now else due[one] for one in (Channel.MAIL, Channel.PUSH))
    return {
        "id": new_id(),
        "person_id": reader.id,
        "type": message.wording.type,
        "params": dict(message.params),
        "path": message.path,
        "dedup_key": message.dedup_key,
        "matter": message.matter.key,
        "post_id": message.matter.post_id,
        "group_id": message.matter.group_id,
        "in_inbox": due[Channel.INBOX] is not None,
        "mail_due_at": mail,
        "mailed_at": now if due[Channel.MAIL] == now else None,
        "push_due_at": push_,
    }


async def _fold(
    session: Session, message: Message, new: Sequence[UUID], people: Sequence[UUID]
) -> None:
    """Let what is new stand for what is unread of the same matter, and count it."""
    older = (
        update(Notification)
        .where(
            Notification.person_id.in_(people),
            Notification.type == message.wording.type,
            Notification.matter == message.matter.key,
            Notification.read_at.is_(None),
            Notification.in_inbox,
            not_(Notification.is_folded),
            Notification.id.not_in(new),
        )
        .values(is_folded=True)
        .returning(Notification.person_id, Notification.count)
        .cte("older")
    )
    await session.execute(
        update(Notification)
        .where(
            Notification.id.in_(new),
            Notification.in_inbox,
            Notification.person_id == older.c.person_id,
        )
        .values(
            count=Notification.count + older.c.count,
            path=literal(message.matter.path or message.path),
        )
        .execution_options(synchronize_session=False)
    )


def _addressee(reader: Any) -> Addressee:
    return Addressee(reader.id, reader.name, reader.email, reader.locale)


def _told(message: Message, notification_id: UUID) -> Told:
    return Told(
        id=notification_id,
        type=message.wording.type,
        params=message.params,
        path=message.path,
        matter=message.matter.key,
        group_id=message.matter.group_id,
        dedup_key=message.dedup_key,
    )
