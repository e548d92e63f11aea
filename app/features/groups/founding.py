"""Founding a group: what is asked, in one form, and what comes of it."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import new_secret
from app.core.slugs import free_slug
from app.core.text import Line, Name, Prose, make_slug, plain_text, render_markdown, sort_key
from app.features.places.lookup import find_place
from app.models.groups import (
    Admission,
    CharterVersion,
    Group,
    GroupPlace,
    Membership,
    Standing,
)
from app.reference.topics import Topic, topic_choices

MAX_SUMMARY: Final = 200
_FALLBACK: Final = "gruppe"

label(
    {
        Admission.OPEN: N_("Offen: alle lesen mit, alle können beitreten"),
        Admission.ON_REQUEST: N_("Auf Anfrage: sichtbar, aber nur Mitglieder lesen mit"),
        Admission.HIDDEN: N_("Verborgen: nur für Eingeladene zu finden"),
    }
)

GroupName = Annotated[str, Name(80, 3), Asked(N_("Name der Gruppe"))]
Summary = Annotated[
    str,
    Line(MAX_SUMMARY, 0),
    Asked(
        N_("Worum es geht, in einem Satz"),
        hint=N_("Steht in Verzeichnissen. Ohne Angabe nehmen wir den Anfang der Beschreibung."),
    ),
]
Description = Annotated[str, Prose(5_000, 0), Asked(N_("Beschreibung"), widget="markdown", rows=6)]
Charter = Annotated[
    str,
    Prose(5_000, 0),
    Asked(
        N_("Gruppenordnung"),
        hint=N_("Regeln des Umgangs. Wer beitritt, stimmt ihnen zu."),
        widget="markdown",
        rows=6,
    ),
]
Admitting = Annotated[Admission, Asked(N_("Beitritt"), widget="radios")]
Topics = Annotated[list[Topic], Field(max_length=5), Asked(N_("Themen"), choices=topic_choices)]
PlaceNames = Annotated[
    list[Annotated[str, Line(120)]],
    Field(max_length=10),
    Asked(
        N_("Orte"),
        hint=N_("Postleitzahl oder Name, jeder Ort auf einer eigenen Zeile."),
        widget="lines",
        rows=3,
    ),
]


class GroupDraft(BaseModel):
    """What is asked when a group is founded."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Innovationskreis Mobilität",
                    "summary": "Neue Wege im Werkverkehr, gemeinsam erprobt.",
                    "description": "Für Betriebe, die ihren **Fuhrpark** umstellen.",
                    "charter": "- Wir sprechen offen und behalten Zahlen für uns.",
                    "admission": "on_request",
                    "topics": ["sites"],
                    "places": ["44793 Bochum"],
                }
            ]
        },
    )

    name: GroupName
    summary: Summary = ""
    description: Description = ""
    admission: Admitting = Admission.OPEN
    charter: Charter = ""
    topics: Topics = Field(default_factory=list)
    places: PlaceNames = Field(default_factory=list)


class GroupFounded(Event):
    name: ClassVar[str] = "group.founded"
    group_id: UUID
    person_id: UUID


async def found_group(session: Session, actor: Actor, draft: GroupDraft) -> Group:
    """Found a group; the founder becomes its owner and accepts its charter.

    Names need not be unique: the slug gets a number. Founding twice makes two groups. Refuses
    nobody, and places that are unknown or could be several.
    """
    if actor.person_id is None:
        raise SignInRequired
    group = Group(
        slug=await slug_for(session, draft.name, draft.admission),
        name=draft.name,
        sort_name=sort_key(draft.name),
        summary=draft.summary or plain_text(draft.description, MAX_SUMMARY),
        description=draft.description,
        description_html=render_markdown(draft.description),
        charter=draft.charter,
        charter_html=render_markdown(draft.charter),
        admission=draft.admission,
        topics=list(dict.fromkeys(draft.topics)),
        founded_by_id=actor.person_id,
    )
    group.created_at = clock.now()
    session.add(group)
    await session.flush()
    session.add(
        Membership(
            group_id=group.id,
            person_id=actor.person_id,
            standing=Standing.OWNER,
            since=clock.now(),
            charter_version=group.charter_version,
        )
    )
    keep_charter(session, group)
    await place_group(session, group.id, draft.places)
    emit(session, GroupFounded(group_id=group.id, person_id=actor.person_id))
    await session.flush()
    return group


def keep_charter(session: Session, group: Group) -> None:
    """Keep the charter's present wording: whoever accepts it accepts this version."""
    if group.charter:
        session.add(
            CharterVersion(group_id=group.id, number=group.charter_version, charter=group.charter)
        )


async def place_group(session: Session, group_id: UUID, names: Sequence[str]) -> None:
    """Add the places that ``names`` mean; raise Invalid about ``places`` where one is unclear."""
    found = {(await find_place(session, name, field="places")).id for name in names}
    session.add_all(GroupPlace(group_id=group_id, place_id=place_id) for place_id in found)


async def slug_for(session: Session, name: str, admission: Admission) -> str:
    """Return a free slug for a group of this name.

    A hidden group's slug ends at random: so it takes nothing from others, and nobody can learn
    from the number their own group gets whether there is a hidden one of the same name.
    """
    if admission == Admission.HIDDEN:
        ending = "".join(filter(str.isalnum, new_secret().lower()))[:12]
        return f"{make_slug(name, fallback=_FALLBACK)[:60].rstrip('-')}-{ending}"
    return await free_slug(session, "group", name, fallback=_FALLBACK)
