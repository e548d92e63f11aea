"""A person's profile: reading it, and keeping one's own."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, Text, Uuid, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.addresses import EmailAddress
from app.core.asking import Asked, label
from app.core.drafts import Partial, changes_of
from app.core.errors import Forbidden, NotFound, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.core.slugs import rename
from app.core.text import Line, Name, Phone, Prose, Url, render_markdown, sort_key
from app.features.people import policy
from app.features.places.lookup import find_place
from app.models.companies import Company, CompanyState, Contact, Staff
from app.models.people import Person, Visibility
from app.models.places import Place
from app.reference import tables
from app.reference.codes import Language, choices_of
from app.reference.topics import Topic, topic_choices

label(
    {
        Visibility.NOBODY: N_("niemand"),
        Visibility.SIGNED_IN: N_("nur Angemeldete"),
        Visibility.PUBLIC: N_("öffentlich"),
    }
)

_ABOUT = N_("Über Sie")
_CONTACT = N_("Kontaktdaten")
_VISIBLE = N_("Sichtbar für")


class ProfileChanged(Event):
    name: ClassVar[str] = "person.profile_changed"
    person_id: UUID


class PersonDraft(BaseModel):
    """What a person says of themselves."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Name(120), Asked(N_("Name"), autocomplete="name", group=_ABOUT)]
    headline: Annotated[
        str,
        Line(160, 0),
        Asked(N_("In einem Satz"), N_("Womit kann man zu Ihnen kommen?"), group=_ABOUT),
    ] = ""
    function: Annotated[
        str,
        Line(120, 0),
        Asked(
            N_("Funktion"),
            N_("Zum Beispiel: Geschäftsführung, Ausbildung, Versand."),
            autocomplete="organization-title",
            group=_ABOUT,
        ),
    ] = ""
    about: Annotated[
        str, Prose(5_000, 0), Asked(N_("Mehr über Sie"), widget="markdown", group=_ABOUT)
    ] = ""
    place: Annotated[
        Annotated[str, Line(120, 0)] | None,
        Asked(
            N_("Ort"),
            N_("Postleitzahl oder Name, zum Beispiel 45527 oder Hattingen."),
            autocomplete="postal-code",
            group=_ABOUT,
        ),
    ] = None
    topics: Annotated[
        list[Topic],
        Field(max_length=11),
        Asked(N_("Themen, zu denen Sie helfen können"), choices=topic_choices, group=_ABOUT),
    ] = []
    languages: Annotated[
        list[Language],
        Field(max_length=10),
        Asked(N_("Sprachen"), choices=choices_of(tables.languages), group=_ABOUT),
    ] = []
    phone: Annotated[
        Phone | None, Asked(N_("Telefon"), widget="tel", autocomplete="tel", group=_CONTACT)
    ] = None
    phone_visibility: Annotated[Visibility, Asked(_VISIBLE, group=_CONTACT)] = Visibility.SIGNED_IN
    contact_email: Annotated[
        EmailAddress | None,
        Asked(
            N_("E-Mail für Kontakte"),
            N_("Die Adresse, mit der Sie sich anmelden, zeigen wir nie."),
            widget="email",
            autocomplete="email",
            group=_CONTACT,
        ),
    ] = None
    contact_email_visibility: Annotated[Visibility, Asked(_VISIBLE, group=_CONTACT)] = (
        Visibility.SIGNED_IN
    )
    website: Annotated[
        Url | None, Asked(N_("Internetseite"), widget="url", autocomplete="url", group=_CONTACT)
    ] = None
    website_visibility: Annotated[Visibility, Asked(_VISIBLE, group=_CONTACT)] = Visibility.PUBLIC
    found_by_search_engines: Annotated[
        bool, Asked(N_("Suchmaschinen dürfen mein Profil zeigen"), group=_CONTACT)
    ] = False
    accepts_messages: Annotated[
        bool,
        Asked(N_("Auch wer mich nicht kennt, darf mir schreiben"), group=_CONTACT),
    ] = True
    is_minor: Annotated[
        bool,
        Asked(
            N_("Ich bin unter 18"),
            N_(
                "Dann schreibt Ihnen niemand Nachrichten, außer zu Ihren Bewerbungen und Anfragen. "
                "Andere erfahren das nicht."
            ),
            group=_CONTACT,
        ),
    ] = False


class PersonChanges(Partial, PersonDraft):
    """What changes in a person's profile."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A profile as one reader sees it."""

    person: Any  # the columns that everybody sees
    phone: str | None
    contact_email: str | None
    website: str | None
    positions: list[Any]
    responsibilities: list[Any]
    viewer_can: frozenset[policy.Act]

    @property
    def present(self) -> list[Any]:
        """The places on a staff that the person holds now."""
        return [position for position in self.positions if position.ended_at is None]


@prepared
def _person(*, by_slug: bool) -> Select[Any]:
    key = Person.slug == bound("slug", Text()) if by_slug else Person.id == bound("id", Uuid())
    columns: list[Any] = [
        column
        for column in Person.__table__.columns
        if column.key not in {"account_id", "sort_name", "created_at"}
    ]
    return (
        select(*columns, Place.name.label("place"))
        .outerjoin(Place, Place.id == Person.place_id)
        .where(key)
    )


@prepared
def _positions() -> Select[Any]:
    """Where a person works, and worked: places that are shown, in companies that are public."""
    columns: list[Any] = [
        Company.id,
        Company.slug,
        Company.name,
        Company.state,
        Staff.role,
        Staff.function,
        Staff.ended_at,
    ]
    return (
        select(*columns)
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Staff.person_id == bound("person_id", Uuid()),
            Staff.is_shown,
            Company.state != CompanyState.STUB,
            or_(Staff.ended_at.is_not(None), Company.state == CompanyState.ACTIVE),
        )
        .order_by(Staff.ended_at.desc().nulls_first(), Company.sort_name, Staff.id)
        .limit(50)
    )


@prepared
def _responsibilities() -> Select[Any]:
    columns: list[Any] = [
        Contact.topic,
        Place.name.label("place"),
        Company.name.label("company"),
        Company.slug.label("company_slug"),
    ]
    return (
        select(*columns)
        .join(Company, Company.id == Contact.company_id)
        .outerjoin(Place, Place.id == Contact.place_id)
        .where(
            Contact.person_id == bound("person_id", Uuid()),
            Company.state == CompanyState.ACTIVE,
        )
        .order_by(Contact.topic, Place.sort_name, Company.sort_name, Contact.id)
        .limit(100)
    )


async def find_person(
    reader: Reader, actor: Actor, *, slug: str | None = None, person_id: UUID | None = None
) -> PersonView:
    """Return a profile as ``actor`` sees it, by slug or by id; NotFound for who has left."""
    row = await reader.first(_person(by_slug=slug is not None), {"slug": slug, "id": person_id})
    if row is None or row.left_at is not None:
        raise NotFound
    viewer_can = policy.acts(actor, row.id, left=False)
    own = policy.Act.EDIT in viewer_can
    params = {"person_id": row.id}
    return PersonView(
        person=row,
        phone=policy.contact_datum(row.phone, row.phone_visibility, actor, own=own),
        contact_email=policy.contact_datum(
            row.contact_email, row.contact_email_visibility, actor, own=own
        ),
        website=policy.contact_datum(row.website, row.website_visibility, actor, own=own),
        positions=await reader.all(_positions(), params),
        responsibilities=await reader.all(_responsibilities(), params),
        viewer_can=viewer_can,
    )


async def edit_profile(
    session: Session, actor: Actor, draft: PersonDraft, *, expected: int | None = None
) -> Person:
    """Change one's own profile; with ``PersonChanges`` only what is given.

    A new name brings a new address, the old one redirects. Refuses an ``expected`` version that
    is no longer the present one, and a place that is not known.
    """
    if actor.person_id is None:
        raise SignInRequired
    person = await session.get(Person, actor.person_id, with_for_update=True)
    if person is None or person.left_at is not None:
        raise NotFound
    if policy.Act.EDIT not in policy.acts(actor, person.id, left=False):
        raise Forbidden
    if expected is not None and expected != person.version:
        raise Stale
    changes = changes_of(draft)
    if "place" in changes:
        place = changes.pop("place")
        person.place_id = (await find_place(session, place)).id if place else None
    if "name" in changes and changes["name"] != person.name:
        await rename(session, "person", person, changes["name"])
        person.sort_name = sort_key(changes["name"])
    if "about" in changes:
        person.about_html = render_markdown(changes["about"])
    for name, value in changes.items():
        setattr(person, name, value)
    emit(session, ProfileChanged(person_id=person.id))
    await session.flush()
    return person
