"""Following and unfollowing."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import FieldError, Invalid, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.text import Line
from app.features.companies import policy as companies_policy
from app.features.companies.policy import stubs_are_public
from app.features.groups import policy as groups_policy
from app.features.people import policy as people_policy
from app.features.places.lookup import find_place
from app.models.companies import Company
from app.models.follows import Follow, FollowTarget
from app.models.groups import Group
from app.models.people import Person
from app.models.places import Place
from app.reference.tables import topics

label(
    {
        FollowTarget.PERSON: N_("Person"),
        FollowTarget.COMPANY: N_("Unternehmen"),
        FollowTarget.GROUP: N_("Gruppe"),
        FollowTarget.PLACE: N_("Ort"),
        FollowTarget.TOPIC: N_("Thema"),
    }
)

Followable = Literal[
    FollowTarget.PERSON,
    FollowTarget.COMPANY,
    FollowTarget.GROUP,
    FollowTarget.PLACE,
    FollowTarget.TOPIC,
]


class FollowDraft(BaseModel):
    """What is followed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"target": "place", "key": "45527 Hattingen"}]},
    )

    target: Annotated[Followable, Asked(N_("Art"), widget="hidden")]
    key: Annotated[
        str,
        Line(120),
        Asked(
            N_("Ort oder Postleitzahl"),
            hint=N_("Wir melden Ihnen neue Gruppen in diesem Ort."),
        ),
    ]


class Followed(Event):
    name: ClassVar[str] = "follow.followed"
    follow_id: UUID
    person_id: UUID


class Unfollowed(Event):
    name: ClassVar[str] = "follow.unfollowed"
    follow_id: UUID
    person_id: UUID


async def follow(session: Session, actor: Actor, draft: FollowDraft) -> Follow:
    """Follow something the actor can see. Following twice changes nothing.

    ``key`` is the id of a person, company, group or place (places also by name or postcode), or
    the code of a topic. Refuses what is unknown or invisible, both in the same way.
    """
    if actor.person_id is None:
        raise SignInRequired
    key = await _key(session, actor, draft)
    made = await session.scalar(
        insert(Follow)
        .values(id=new_id(), person_id=actor.person_id, target=draft.target, key=key)
        .on_conflict_do_nothing()
        .returning(Follow.id)
    )
    if made:
        emit(session, Followed(follow_id=made, person_id=actor.person_id))
    return (
        await session.scalars(
            select(Follow).where(
                Follow.person_id == actor.person_id,
                Follow.target == draft.target,
                Follow.key == key,
            )
        )
    ).one()


async def unfollow(session: Session, actor: Actor, follow_id: UUID) -> None:
    """Follow something no more."""
    if actor.person_id is None:
        raise SignInRequired
    known = await session.scalar(
        select(Follow).where(Follow.id == follow_id, Follow.person_id == actor.person_id)
    )
    if known is None:
        raise NotFound
    await session.delete(known)
    emit(session, Unfollowed(follow_id=follow_id, person_id=actor.person_id))
    await session.flush()


async def _key(session: Session, actor: Actor, draft: FollowDraft) -> str:
    if draft.target == FollowTarget.TOPIC:
        if draft.key not in topics():
            raise _unknown()
        return draft.key
    found = _as_id(draft.key)
    if draft.target == FollowTarget.PLACE:
        if found is None:
            return str((await find_place(session, draft.key, field="key")).id)
        visible: Select[Any] = select(Place.id).where(Place.id == found)
    elif draft.target == FollowTarget.PERSON:
        visible = select(Person.id).where(Person.id == found, people_policy.visible_to(actor))
    elif draft.target == FollowTarget.COMPANY:
        visible = select(Company.id).where(
            Company.id == found, companies_policy.visible_to(actor, stubs=stubs_are_public())
        )
    else:
        visible = select(Group.id).where(Group.id == found, groups_policy.visible_to(actor))
    if found is None or await session.scalar(visible) is None:
        raise _unknown()
    return str(found)


def _unknown() -> Invalid:
    text = N_("Das gibt es hier nicht, oder es ist nicht für Sie sichtbar.")
    return Invalid(FieldError(("key",), "unknown_key", text))


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
