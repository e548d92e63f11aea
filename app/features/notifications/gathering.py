"""Sending what was kept for later: digests in the morning, and what waited for a while.

That is for quiet hours to end, or for more of the same matter to come.

A tick finds out for whom something is due and has it sent in batches. A batch is one transaction:
it takes what is due, asks again who may still see it, and writes the mails, so that each thing is
told once, also when a worker dies in between.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    case,
    exists,
    literal_column,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.events import Event, emit, every, on
from app.core.mailing import Posting, send_letters
from app.features.appearances.noting import add_told
from app.features.groups import policy as groups_policy
from app.features.notifications.letters import Addressee, Told, digest_of, posting_of
from app.features.notifications.news import take_news
from app.features.notifications.pushing import push_due
from app.features.notifications.standing import still_stands
from app.features.notifications.supplements import Mailed, supplements_of
from app.features.notifications.topics import NEW_GROUPS
from app.features.notifications.wishes import Wishes
from app.features.notifications.wording import WORDINGS
from app.features.posts import policy as posts_policy
from app.models.accounts import Account
from app.models.groups import Group
from app.models.notifications import (
    Channel,
    FollowNews,
    GroupVolume,
    Notification,
    NotificationSetting,
)
from app.models.people import Person
from app.models.posts import Post
from app.models.searches import Frequency
from app.models.statistics import Surface

PEOPLE: Final = 200  # in one batch
# In SQL, whoever is told at hand. A column of the mapped table would be taken for a table of its
# own in the nested questions of policies.
_READER: Final = Actor(person_id=literal_column("notifications.person_id", Uuid()))  # type: ignore[arg-type]


class MailsDue(Event):
    """There is something from before a moment to mail to some people."""

    name: ClassVar[str] = "notification.mails_due"
    person_ids: tuple[UUID, ...]
    before: datetime


@every("* * * * *")
async def announce_due(session: Session) -> None:
    """Announce everybody for whom a mail is due, and send the pushes that are.

    What the worker missed while it was away is sent when it is back.
    """
    now = clock.now()
    due = union(
        select(Notification.person_id).where(Notification.mail_due_at <= now),
        select(FollowNews.person_id).where(FollowNews.due_at <= now),
    ).subquery()
    people = (await session.scalars(select(due.c.person_id).order_by(due.c.person_id))).all()
    for start in range(0, len(people), PEOPLE):
        emit(session, MailsDue(person_ids=tuple(people[start : start + PEOPLE]), before=now))
    await push_due(session, now)


@on(MailsDue)
async def send_due(session: Session, event: MailsDue) -> None:
    """Mail what is due to some people; a second run finds nothing due.

    What has been read or taken back meanwhile, or may not be seen any more, is not told.
    """
    rows = (await session.execute(_due(event))).all()
    taken = update(Notification).where(Notification.id.in_([row.id for row in rows]))
    await session.execute(taken.values(mail_due_at=None))
    news = await take_news(session, event.person_ids, event.before)
    chosen, volumes = await _wishes(session, event.person_ids)
    mailed: list[Mailed] = []
    digests: list[Posting] = []
    shown: list[UUID] = []
    due = {person_id: list(found) for person_id, found in groupby(rows, lambda row: row.person_id)}
    for person_id in sorted(due.keys() | news.keys()):
        lines = [row for row in due.get(person_id, ()) if row.is_visible and row.read_at is None]
        new = news.get(person_id)
        shown += [row.post_id for row in lines if row.post_id]
        shown += [post.id for post in new.posts.newest] if new else []
        at_once, gathered = _parted(lines, chosen[person_id], volumes[person_id])
        mailed += [(_addressee(lines[0]), told) for told in at_once]
        if gathered or new:
            digests.append(digest_of(_addressee(new or lines[0]), gathered, new))
    await add_told(session, Surface.DIGEST, shown)
    own_mails = Notification.id.in_([told.id for _, told in mailed])
    await session.execute(update(Notification).where(own_mails).values(mailed_at=clock.now()))
    extra = await supplements_of(session, mailed)
    own = [posting_of(to, told, extra.get(told.id)) for to, told in mailed]
    await send_letters(session, [*own, *digests])


def _due(event: MailsDue) -> Select[Any]:
    columns: list[Any] = [
        Notification.id,
        Notification.type,
        Notification.params,
        Notification.path,
        Notification.matter,
        Notification.group_id,
        Notification.post_id,
        Notification.dedup_key,
        Notification.read_at,
        Person.id.label("person_id"),
        Person.name,
        Account.email,
        Account.locale,
        and_(_is_visible(), still_stands()).label("is_visible"),
    ]
    return (
        select(*columns)
        .join(Person, Person.id == Notification.person_id)
        .join(Account, Account.id == Person.account_id)
        .where(
            Notification.person_id.in_(event.person_ids),
            Notification.mail_due_at <= event.before,
            Account.closed_at.is_(None),
        )
        .order_by(Notification.person_id, Notification.created_at, Notification.id)
        .with_for_update(of=Notification, skip_locked=True)
    )


def _is_visible() -> ColumnElement[bool]:
    """Whether who was told may still see the post, or else the group, that it is about."""
    post = exists().where(Post.id == Notification.post_id, posts_policy.visible_to(_READER))
    open_to = case(
        (
            Notification.type.in_(
                [one.type for one in WORDINGS.values() if one.topic is NEW_GROUPS]
            ),
            groups_policy.visible_to(_READER),
        ),
        else_=groups_policy.readable_to(_READER),
    )
    group = exists().where(Group.id == Notification.group_id, open_to)
    return case(
        (Notification.post_id.is_not(None), post),
        (Notification.group_id.is_not(None), group),
        else_=True,
    )


Chosen = Mapping[str, Mapping[str, str]]


async def _wishes(
    session: Session, people: Sequence[UUID]
) -> tuple[Mapping[UUID, Chosen], Mapping[UUID, Mapping[UUID, Any]]]:
    """Return what people chose for the mails of each topic, and how loud their groups are."""
    chosen: dict[UUID, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in await session.execute(
        select(
            NotificationSetting.person_id, NotificationSetting.topic, NotificationSetting.frequency
        ).where(
            NotificationSetting.person_id.in_(people), NotificationSetting.channel == Channel.MAIL
        )
    ):
        chosen[row.person_id][row.topic] = {Channel.MAIL: row.frequency}
    volumes: dict[UUID, dict[UUID, Any]] = defaultdict(dict)
    for heard in await session.scalars(
        select(GroupVolume).where(GroupVolume.person_id.in_(people))
    ):
        volumes[heard.person_id][heard.group_id] = heard.volume
    return chosen, volumes


def _parted(
    rows: Sequence[Any], chosen: Chosen, volumes: Mapping[UUID, Any]
) -> tuple[list[Told], list[Told]]:
    """Return what to mail to one person: what has a mail of its own, and what shares one."""
    at_once: list[Told] = []
    gathered: list[Told] = []
    for row, told in _lines(rows):
        topic = WORDINGS[row.type].topic
        wishes = Wishes(chosen.get(topic.key, {}), volumes.get(row.group_id))
        frequency = wishes.frequency(topic, Channel.MAIL)
        if frequency in {Frequency.DAILY, Frequency.WEEKLY}:
            gathered.append(told)
        elif frequency == Frequency.AT_ONCE:
            at_once.append(told)
    return at_once, gathered


def _lines(rows: Iterable[Any]) -> Iterator[tuple[Any, Told]]:
    """Return one line for each matter, with the newest for all; the matters in their order."""
    lines: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        alone = not WORDINGS[row.type].several
        lines[row.type, str(row.id) if alone else row.matter].append(row)
    for same in lines.values():
        row = same[-1]
        yield (
            row,
            Told(
                id=row.id,
                type=row.type,
                params=row.params,
                path=row.path,
                matter=row.matter,
                group_id=row.group_id,
                dedup_key=row.dedup_key,
                count=len(same),
                each=_names(same) if len(same) > 1 else (),
            ),
        )


def _names(same: Sequence[Any]) -> Sequence[str]:
    name = WORDINGS[same[0].type].each
    return [row.params[name] for row in same] if name else []


def _addressee(row: Any) -> Addressee:
    return Addressee(row.person_id, row.name, row.email, row.locale)
