"""What one wishes to hear of, how often and when; only what differs from the usual is kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, Uuid, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import FieldError, Forbidden, Invalid, SignInRequired
from app.core.i18n import N_
from app.core.reads import Reader, SessionReader, bound, prepared
from app.features.groups.policy import INSIDE
from app.features.notifications.news import plan_news
from app.features.notifications.topics import TOPICS, Topic
from app.features.notifications.wishes import Quiet, Wishes, usual
from app.features.notifications.wording import WORDINGS
from app.models.groups import Group, Membership
from app.models.notifications import (
    Channel,
    GroupVolume,
    Notification,
    NotificationSetting,
    QuietHours,
    Volume,
)
from app.models.searches import Frequency

label(
    {
        Volume.LOUDER: N_("mehr: Neues sofort per E-Mail und auf Ihren Geräten"),
        Volume.QUIETER: N_("weniger: nur im Posteingang hier"),
        Volume.MUTED: N_("stumm: nichts aus dem Leben der Gruppe"),
    }
)


def _without_zone(value: time) -> time:
    if value.tzinfo is not None:
        code, text = "time_with_zone", N_("Bitte eine Uhrzeit ohne Zeitzone: 22:00.")
        raise PydanticCustomError(code, text)
    return value.replace(second=0, microsecond=0)


TimeOfDay = Annotated[
    time,
    AfterValidator(_without_zone),
    PlainSerializer(lambda value: value.isoformat(timespec="minutes"), return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["22:00"]}
    ),
]


class QuietDraft(BaseModel):
    """Hours in which nothing is sent, in local time; they may lie around midnight."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    begins: Annotated[TimeOfDay, Asked(N_("Nichts senden ab"))]
    ends: Annotated[TimeOfDay, Asked(N_("Wieder senden ab"))]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.begins == self.ends:
            code, text = "quiet_all_day", N_("Eine Ruhezeit rund um die Uhr ist nicht möglich.")
            raise PydanticCustomError(code, text)
        return self


class InboxWish(BaseModel):
    """How one wishes to be told of a topic that has mails of its own; missing: unchanged."""

    model_config = ConfigDict(extra="forbid")

    inbox: bool | None = Field(None, description="Shown in the inbox.")
    push: bool | None = Field(None, description="On devices: at once, or not at all.")


class TopicWish(InboxWish):
    """How one wishes to be told of a topic; missing: unchanged."""

    mail: Frequency | None = Field(
        None, description="`daily` and `weekly` gather it in a digest, which is always a mail."
    )


Gathered = Literal[Frequency.DAILY, Frequency.WEEKLY, Frequency.NEVER]


class DigestWish(BaseModel):
    """How often one wishes to read of a topic that stands in digests only; missing: unchanged."""

    model_config = ConfigDict(extra="forbid")

    mail: Gathered | None = Field(None, description="In a digest, which is always a mail.")


def _kind_of_wish(topic: Topic) -> type[BaseModel]:
    if topic.only_gathered:
        return DigestWish
    return InboxWish if topic.mail is None else TopicWish


_OF_TOPICS: dict[str, Any] = {
    topic.key: (_kind_of_wish(topic) | None, None) for topic in TOPICS.values()
}
TopicWishes: type[BaseModel] = create_model(
    "TopicWishes",
    __config__=ConfigDict(extra="forbid"),
    __doc__="What is wished of each topic; missing: unchanged.",
    **_OF_TOPICS,
)


class SettingsPatch(BaseModel):
    """What changes of somebody's wishes; whatever is missing stays."""

    model_config = ConfigDict(extra="forbid")

    topics: TopicWishes = Field(default_factory=TopicWishes)
    groups: Annotated[dict[UUID, Volume | None], Field(max_length=500)] = Field(
        default_factory=dict, description="By the id of each group; null: as usual."
    )
    quiet_hours: QuietDraft | None = Field(None, description="Null: none.")


@dataclass(frozen=True, slots=True)
class TopicState:
    """What holds for one topic now; ``mail`` is None where it is chosen elsewhere."""

    topic: Topic
    inbox: bool
    push: bool
    mail: Frequency | None

    @property
    def key(self) -> str:
        """Return the name of the topic."""
        return self.topic.key


@dataclass(frozen=True, slots=True)
class GroupState:
    """How much is told of one group that the reader belongs to."""

    id: UUID
    slug: str
    name: str
    volume: Volume | None


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """All wishes of one person, chosen or usual."""

    topics: Sequence[TopicState]
    groups: Sequence[GroupState]
    quiet_hours: Quiet | None


@prepared
def _chosen() -> Select[Any]:
    columns: list[Any] = [
        NotificationSetting.topic,
        NotificationSetting.channel,
        NotificationSetting.frequency,
    ]
    mine = bound("me", Uuid())
    return select(*columns).where(NotificationSetting.person_id == mine)


@prepared
def _groups() -> Select[Any]:
    mine: Any = bound("me", Uuid())
    columns: list[Any] = [Group.id, Group.slug, Group.name, GroupVolume.volume]
    volumes = and_(GroupVolume.group_id == Group.id, GroupVolume.person_id == mine)
    return (
        select(*columns)
        .join(Membership, Membership.group_id == Group.id)
        .outerjoin(GroupVolume, volumes)
        .where(Membership.person_id == mine, Membership.standing.in_(INSIDE))
        .order_by(Group.sort_name, Group.id)
    )


@prepared
def _quiet() -> Select[Any]:
    mine = bound("me", Uuid())
    columns: list[Any] = [QuietHours.begins, QuietHours.ends]
    return select(*columns).where(QuietHours.person_id == mine)


async def read_settings(reader: Reader, actor: Actor) -> OwnSettings:
    """Return what the actor hears of, how often and when."""
    if actor.person_id is None:
        raise SignInRequired
    me = {"me": actor.person_id}
    chosen = await _chosen_by(reader, actor.person_id)
    quiet = await reader.first(_quiet(), me)
    return OwnSettings(
        [_state(topic, chosen[topic.key]) for topic in TOPICS.values()],
        [GroupState(*row) for row in await reader.all(_groups(), me)],
        Quiet(quiet.begins, quiet.ends) if quiet else None,
    )


async def _chosen_by(reader: Reader, person_id: UUID) -> Mapping[str, dict[str, str]]:
    chosen: dict[str, dict[str, str]] = defaultdict(dict)
    for row in await reader.all(_chosen(), {"me": person_id}):
        chosen[row.topic][row.channel] = row.frequency
    return chosen


def _state(topic: Topic, chosen: Mapping[str, str]) -> TopicState:
    wishes = Wishes(chosen)
    mail = None if topic.mail is None else wishes.frequency(topic, Channel.MAIL)
    inbox, push = (
        wishes.frequency(topic, channel) != Frequency.NEVER
        for channel in (Channel.INBOX, Channel.PUSH)
    )
    return TopicState(topic, inbox, push, mail)


async def change_settings(session: Session, actor: Actor, patch: SettingsPatch) -> None:
    """Change wishes. What still waits to be mailed follows them."""
    if actor.person_id is None:
        raise SignInRequired
    if not actor.has_scope("notifications:write"):
        raise Forbidden
    await _keep_topics(session, actor.person_id, patch.topics)
    await _keep_groups(session, actor.person_id, patch.groups)
    if "quiet_hours" in patch.model_fields_set:
        await _keep_quiet(session, actor.person_id, patch.quiet_hours)
    await reschedule(session, actor.person_id)


async def _keep_topics(session: Session, person_id: UUID, wishes: BaseModel) -> None:
    kept, usually = [], []
    for key in wishes.model_fields_set:
        wish = getattr(wishes, key)
        for channel, frequency in _wished(wish) if wish else ():
            where = {"person_id": person_id, "topic": key, "channel": channel}
            if frequency == usual(TOPICS[key], channel):
                usually.append(where)
            else:
                kept.append({**where, "frequency": frequency})
    if usually:
        same = [
            and_(
                NotificationSetting.topic == one["topic"],
                NotificationSetting.channel == one["channel"],
            )
            for one in usually
        ]
        await session.execute(
            delete(NotificationSetting).where(
                NotificationSetting.person_id == person_id, or_(*same)
            )
        )
    if kept:
        written = insert(NotificationSetting).values(kept)
        await session.execute(
            written.on_conflict_do_update(
                index_elements=["person_id", "topic", "channel"],
                set_={"frequency": written.excluded.frequency},
            )
        )


def _wished(wish: BaseModel) -> list[tuple[Channel, Frequency]]:
    found: list[tuple[Channel, Frequency]] = []
    if isinstance(wish, InboxWish):
        found += [
            (channel, Frequency.AT_ONCE if is_wished else Frequency.NEVER)
            for channel, is_wished in ((Channel.INBOX, wish.inbox), (Channel.PUSH, wish.push))
            if is_wished is not None
        ]
    if isinstance(wish, TopicWish | DigestWish) and wish.mail is not None:
        found.append((Channel.MAIL, wish.mail))
    return found


async def _keep_groups(
    session: Session, person_id: UUID, volumes: Mapping[UUID, Volume | None]
) -> None:
    if not volumes:
        return
    mine = await session.scalars(
        select(Membership.group_id).where(
            Membership.person_id == person_id,
            Membership.standing.in_(INSIDE),
            Membership.group_id.in_(volumes),
        )
    )
    if set(mine) != set(volumes):
        code, text = "not_a_member", N_("Einer dieser Gruppen gehören Sie nicht an.")
        raise Invalid(FieldError(("groups",), code, text))
    await session.execute(
        delete(GroupVolume).where(
            GroupVolume.person_id == person_id, GroupVolume.group_id.in_(volumes)
        )
    )
    chosen = [
        {"person_id": person_id, "group_id": group_id, "volume": volume}
        for group_id, volume in volumes.items()
        if volume
    ]
    if chosen:
        await session.execute(insert(GroupVolume).values(chosen))


async def _keep_quiet(session: Session, person_id: UUID, hours: QuietDraft | None) -> None:
    await session.execute(delete(QuietHours).where(QuietHours.person_id == person_id))
    if hours:
        session.add(QuietHours(person_id=person_id, begins=hours.begins, ends=hours.ends))
        await session.flush()


async def reschedule(session: Session, person_id: UUID) -> None:
    """Have what waits to be sent go when the wishes that hold now say, or not at all."""
    reader = SessionReader(session)
    chosen = await _chosen_by(reader, person_id)
    row = await reader.first(_quiet(), {"me": person_id})
    quiet = Quiet(row.begins, row.ends) if row else None
    for channel, column in (
        (Channel.MAIL, Notification.mail_due_at),
        (Channel.PUSH, Notification.push_due_at),
    ):
        waiting = (Notification.person_id == person_id, column.is_not(None))
        moments = defaultdict(list)
        for type_, group_id, volume in await _about(session, *waiting):
            topic = WORDINGS[type_].topic
            wishes = Wishes(chosen[topic.key], volume, quiet)
            moments[wishes.due(wishes.frequency(topic, channel), clock.now())].append(
                and_(
                    Notification.type == type_,
                    Notification.group_id.is_not_distinct_from(group_id),
                )
            )
        for due, same in moments.items():
            change = update(Notification).where(*waiting, or_(*same))
            await session.execute(change.values({column.key: due}))
    await plan_news(session, [person_id])


async def _about(session: Session, *waiting: ColumnElement[bool]) -> Sequence[Any]:
    """Return of what types and groups something waits, and how loud these groups are."""
    volume = and_(
        GroupVolume.person_id == Notification.person_id,
        GroupVolume.group_id == Notification.group_id,
    )
    found = await session.execute(
        select(Notification.type, Notification.group_id, GroupVolume.volume)
        .distinct()
        .outerjoin(GroupVolume, volume)
        .where(*waiting)
    )
    return found.all()
