"""Changing a group: its texts, its charter, who is admitted; putting it aside and back."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.events import Event, emit
from app.core.slugs import rename
from app.core.text import plain_text, render_markdown, sort_key
from app.features.groups.founding import (
    MAX_SUMMARY,
    Admitting,
    Charter,
    Description,
    GroupName,
    PlaceNames,
    Summary,
    Topics,
    keep_charter,
    place_group,
    slug_for,
)
from app.features.groups.loading import hold_for
from app.features.groups.policy import Act
from app.models.groups import Admission, Group, GroupPlace
from app.models.people import OldSlug

_KEPT = Field(None, description="Missing or null: stays as it is.")


class GroupChange(BaseModel):
    """What is to be changed; whatever is missing stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"summary": "Neue Wege im Werkverkehr."}]},
    )

    name: Annotated[GroupName | None, _KEPT] = None
    summary: Annotated[Summary | None, _KEPT] = None
    description: Annotated[Description | None, _KEPT] = None
    admission: Annotated[Admitting | None, _KEPT] = None
    charter: Annotated[Charter | None, _KEPT] = None
    topics: Annotated[Topics | None, _KEPT] = None
    places: Annotated[PlaceNames | None, _KEPT] = None


class GroupEdited(Event):
    name: ClassVar[str] = "group.edited"
    group_id: UUID
    person_id: UUID


class CharterChanged(Event):
    name: ClassVar[str] = "group.charter_changed"
    group_id: UUID
    person_id: UUID
    charter_version: int


class GroupArchivedEvent(Event):
    name: ClassVar[str] = "group.archived"
    group_id: UUID
    person_id: UUID


class GroupReopened(Event):
    name: ClassVar[str] = "group.reopened"
    group_id: UUID
    person_id: UUID


async def edit_group(
    session: Session,
    actor: Actor,
    group_id: UUID,
    change: GroupChange,
    *,
    expected: int | None = None,
) -> Group:
    """Change a group as its owner.

    Another charter gets the next version; members stay, and are told. A renamed group moves to
    another address and the old one redirects; a group that becomes hidden leaves none behind.
    Changing nothing is no event. Refuses others than owners, and an ``expected`` version that is
    no longer the present one.
    """
    held = await hold_for(session, actor, group_id, Act.EDIT, expected=expected)
    group = held.group
    before = group.version
    await _move(session, group, change)
    if change.summary is not None or change.description is not None:
        _describe(group, change)
    if change.topics is not None and change.topics != group.topics:
        group.topics = list(dict.fromkeys(change.topics))
    if change.places is not None:
        await session.execute(delete(GroupPlace).where(GroupPlace.group_id == group.id))
        await place_group(session, group.id, change.places)
        group.updated_at = clock.now()
    rewritten = change.charter is not None and change.charter != group.charter
    if change.charter is not None and rewritten:
        group.charter, group.charter_html = change.charter, render_markdown(change.charter)
        group.charter_version += 1
        keep_charter(session, group)
    await session.flush()
    ids = {"group_id": group.id, "person_id": actor.person_id}
    if group.version != before:
        emit(session, GroupEdited.model_validate(ids))
    if rewritten:
        emit(
            session,
            CharterChanged.model_validate(ids | {"charter_version": group.charter_version}),
        )
    return group


async def archive_group(
    session: Session, actor: Actor, group_id: UUID, *, expected: int | None = None
) -> Group:
    """Put a group aside as its owner: it can be read, and nothing else. Twice changes nothing."""
    group = (await hold_for(session, actor, group_id, Act.EDIT, expected=expected)).group
    if group.archived_at is None:
        group.archived_at = clock.now()
        emit(session, GroupArchivedEvent.model_validate(_by(group, actor)))
        await session.flush()
    return group


async def reopen_group(
    session: Session, actor: Actor, group_id: UUID, *, expected: int | None = None
) -> Group:
    """Take an archived group up again as its owner. Twice changes nothing."""
    group = (await hold_for(session, actor, group_id, Act.EDIT, expected=expected)).group
    if group.archived_at is not None:
        group.archived_at = None
        emit(session, GroupReopened.model_validate(_by(group, actor)))
        await session.flush()
    return group


def _by(group: Group, actor: Actor) -> dict[str, UUID | None]:
    return {"group_id": group.id, "person_id": actor.person_id}


def _describe(group: Group, change: GroupChange) -> None:
    if change.description is not None and change.description != group.description:
        group.description = change.description
        group.description_html = render_markdown(change.description)
    if change.summary is not None:
        summary = change.summary or plain_text(group.description, MAX_SUMMARY)
        if summary != group.summary:
            group.summary = summary


async def _move(session: Session, group: Group, change: GroupChange) -> None:
    """Rename a group, or change whom it admits; either may take it to another address.

    Old addresses of a hidden group do not redirect: they are free for others at once.
    """
    admission, name = change.admission or group.admission, change.name or group.name
    hides = Admission.HIDDEN in {admission, group.admission} and admission != group.admission
    if hides or (name != group.name and admission == Admission.HIDDEN):
        await session.execute(
            delete(OldSlug).where(OldSlug.kind == "group", OldSlug.target_id == group.id)
        )
        group.slug = await slug_for(session, name, admission)
    elif name != group.name:
        await rename(session, "group", group, name)
    group.name, group.sort_name, group.admission = name, sort_key(name), admission
