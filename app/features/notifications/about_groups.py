"""What group events tell whom."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.groups.admission import (
    MemberAdmitted,
    MemberBanned,
    MemberRemoved,
    PersonInvited,
    RequestRefused,
)
from app.features.groups.changing import CharterChanged
from app.features.groups.founding import GroupFounded
from app.features.groups.membership import JoinRequested
from app.features.groups.policy import INSIDE, KNOWING, RUNNING
from app.features.groups.standings import StandingChanged
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording
from app.features.places.region import places_around
from app.models.follows import Follow, FollowTarget
from app.models.groups import Admission, Group, GroupPlace, Membership, Standing
from app.models.people import Person
from app.models.places import Place

REQUESTED = Wording(
    "group.join_requested",
    topics.JOIN_REQUESTS,
    N_("%(person)s möchte der Gruppe „%(group)s“ beitreten."),
    several=N_("%(count)s Personen möchten der Gruppe „%(group)s“ beitreten."),
    each="person",
)
ADMITTED = Wording(
    "group.admitted", topics.MEMBERSHIPS, N_("Sie sind in die Gruppe „%(group)s“ aufgenommen.")
)
REFUSED = Wording(
    "group.refused",
    topics.MEMBERSHIPS,
    N_("Ihre Anfrage an die Gruppe „%(group)s“ wurde abgelehnt."),
)
REFUSED_WHY = Wording(
    "group.refused_why",
    topics.MEMBERSHIPS,
    N_("Ihre Anfrage an die Gruppe „%(group)s“ wurde abgelehnt. Begründung: %(reason)s"),
)
BANNED = Wording(
    "group.banned", topics.MEMBERSHIPS, N_("Sie sind aus der Gruppe „%(group)s“ ausgeschlossen.")
)
BANNED_WHY = Wording(
    "group.banned_why",
    topics.MEMBERSHIPS,
    N_("Sie sind aus der Gruppe „%(group)s“ ausgeschlossen. Begründung: %(reason)s"),
)
REMOVED = Wording(
    "group.removed",
    topics.MEMBERSHIPS,
    N_("Ihre Mitgliedschaft in der Gruppe „%(group)s“ wurde beendet."),
)
INVITED = Wording(
    "group.invited", topics.MEMBERSHIPS, N_("%(person)s lädt Sie in die Gruppe „%(group)s“ ein.")
)
MODERATES = Wording(
    "group.moderates", topics.MEMBERSHIPS, N_("Sie moderieren jetzt die Gruppe „%(group)s“.")
)
OWNS = Wording(
    "group.owns",
    topics.MEMBERSHIPS,
    N_("Sie haben jetzt die Inhaberschaft der Gruppe „%(group)s“."),
)
FOUNDED = Wording("group.founded", topics.NEW_GROUPS, N_("Neue Gruppe: „%(group)s“. %(summary)s"))
CHARTER = Wording(
    "group.charter_changed",
    topics.CHARTERS,
    N_("Die Gruppe „%(group)s“ hat eine neue Gruppenordnung."),
)


async def _group(session: Session, group_id: UUID) -> Group | None:
    return await session.get(Group, group_id)


async def _named(session: Session, person_id: UUID) -> str:
    return await session.scalar(select(Person.name).where(Person.id == person_id)) or ""


async def _membership(session: Session, event: Any) -> Membership | None:
    found: Membership | None = await session.scalar(
        select(Membership).where(
            Membership.group_id == event.group_id, Membership.person_id == event.person_id
        )
    )
    return found


async def _members(
    session: Session, group_id: UUID, standings: frozenset[Standing], *, but: UUID
) -> list[UUID]:
    found = await session.scalars(
        select(Membership.person_id).where(
            Membership.group_id == group_id,
            Membership.standing.in_(standings),
            Membership.person_id != but,
        )
    )
    return list(found)


@on(JoinRequested)
async def ask_those_who_decide(session: Session, event: JoinRequested) -> None:
    """Tell owners and moderators that somebody asks to join, while they still do."""
    group, asker = await _group(session, event.group_id), await _membership(session, event)
    if group is None or asker is None or asker.standing != Standing.REQUESTED:
        return
    await tell(
        session,
        REQUESTED,
        await _members(session, group.id, RUNNING, but=event.person_id),
        params={"person": await _named(session, event.person_id), "group": group.name},
        path=f"/groups/{group.slug}/members?show=requested",
        dedup_key=f"{REQUESTED.type}:{asker.id}:{asker.since.isoformat()}",
        matter=Matter(f"group:{group.id}", group_id=group.id),
    )


async def _tell_person(
    session: Session, event: Any, wording: Wording, *, knew: bool, **params: str
) -> None:
    """Tell the person an event is about; of a hidden group only who ``knew`` of it."""
    group = await _group(session, event.group_id)
    if group is None or (group.admission == Admission.HIDDEN and not knew):
        return
    membership = await _membership(session, event)
    since = membership.since.isoformat() if membership else "gone"
    hidden = group.admission == Admission.HIDDEN and (
        membership is None or membership.standing not in KNOWING
    )
    await tell(
        session,
        wording,
        [event.person_id],
        params={"group": group.name, **params},
        path="/groups" if hidden else f"/groups/{group.slug}",
        dedup_key=f"{wording.type}:{group.id}:{since}",
        matter=Matter(f"group:{group.id}"),
    )


@on(MemberAdmitted)
async def welcome(session: Session, event: MemberAdmitted) -> None:
    """Tell somebody that they are admitted."""
    await _tell_person(session, event, ADMITTED, knew=True)


@on(RequestRefused)
async def tell_refused(session: Session, event: RequestRefused) -> None:
    """Tell somebody that they are refused, and why."""
    await _tell_reason(session, event, REFUSED, REFUSED_WHY, knew=False)


@on(MemberBanned)
async def tell_banned(session: Session, event: MemberBanned) -> None:
    """Tell somebody that they are banned, and why."""
    await _tell_reason(session, event, BANNED, BANNED_WHY, knew=event.standing in KNOWING)


async def _tell_reason(
    session: Session, event: Any, plain: Wording, reasoned: Wording, *, knew: bool
) -> None:
    membership = await _membership(session, event)
    if membership and membership.reason:
        await _tell_person(session, event, reasoned, knew=knew, reason=membership.reason)
    else:
        await _tell_person(session, event, plain, knew=knew)


@on(MemberRemoved)
async def tell_removed(session: Session, event: MemberRemoved) -> None:
    """Tell somebody that they are no longer a member; an invitation taken back is not told."""
    if event.standing in INSIDE:
        await _tell_person(session, event, REMOVED, knew=True)


@on(PersonInvited)
async def tell_invited(session: Session, event: PersonInvited) -> None:
    """Tell somebody that they are invited, while they still are."""
    membership = await _membership(session, event)
    if membership and membership.standing == Standing.INVITED:
        person = await _named(session, event.by_id)
        await _tell_person(session, event, INVITED, knew=True, person=person)


@on(StandingChanged)
async def tell_standing(session: Session, event: StandingChanged) -> None:
    """Tell somebody that they moderate or own a group now, unless they named themselves."""
    wording = {Standing.MODERATOR: MODERATES, Standing.OWNER: OWNS}.get(event.standing)
    if wording and event.by_id != event.person_id:
        await _tell_person(session, event, wording, knew=True)


@on(CharterChanged)
async def tell_members(session: Session, event: CharterChanged) -> None:
    """Tell every member of another charter, but for who wrote it."""
    group = await _group(session, event.group_id)
    if group:
        await tell(
            session,
            CHARTER,
            await _members(session, group.id, INSIDE, but=event.person_id),
            params={"group": group.name},
            path=f"/groups/{group.slug}",
            dedup_key=f"{CHARTER.type}:{group.id}:{event.charter_version}",
            matter=Matter(f"group:{group.id}", group_id=group.id),
        )


@on(GroupFounded)
async def announce(session: Session, event: GroupFounded) -> None:
    """Tell those who follow its topics or places of a new group that everybody may see."""
    group = await _group(session, event.group_id)
    if group is None or group.admission == Admission.HIDDEN or group.archived_at:
        return
    wishes: list[ColumnElement[bool]] = [
        and_(Follow.target == FollowTarget.TOPIC, Follow.key.in_(group.topics)),
        and_(Follow.target == FollowTarget.PERSON, Follow.key == str(event.person_id)),
    ]
    places = await session.scalars(
        select(GroupPlace.place_id).where(GroupPlace.group_id == group.id)
    )
    wishes += [
        and_(
            Follow.target == FollowTarget.PLACE,
            Follow.key.in_(
                select(cast(Place.id, Text())).where(Place.id.in_(places_around(place_id)))
            ),
        )
        for place_id in places
    ]
    followers = await session.scalars(
        select(Follow.person_id).where(or_(*wishes), Follow.person_id != event.person_id).distinct()
    )
    await tell(
        session,
        FOUNDED,
        followers,
        params={"group": group.name, "summary": group.summary},
        path=f"/groups/{group.slug}",
        dedup_key=f"{FOUNDED.type}:{group.id}",
        matter=Matter(f"group:{group.id}", group_id=group.id),
    )
