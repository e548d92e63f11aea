"""What each thing is found by: the words that everybody who may see it can read there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from app.core.asking import label_of
from app.core.i18n import LOCALES, translate
from app.core.settings import settings
from app.core.text import plain_text
from app.features.companies.policy import public_states, stubs_are_public
from app.features.places.region import region_places
from app.features.posts import policy as posts_policy
from app.features.posts.wording import (
    placed,
    places_of,
    readable_posts,
    sectors_of,
    stands_open,
    words_of,
)
from app.features.search.marking import marks_of
from app.features.wording.documents import VERSION, Weight, Words, name_key
from app.models.companies import Company, CompanySector, CompanyState, OrganisationForm, Site
from app.models.groups import Admission, Group, GroupPlace
from app.models.people import Person
from app.models.places import Place, PlaceKind, PostcodeMunicipality
from app.models.posts import Post, Reply
from app.models.search import Thing
from app.reference.sectors import WZ_2008, sector_label
from app.reference.topics import topic_titles

_NAMED: Final = (PlaceKind.MUNICIPALITY, PlaceKind.DISTRICT)  # that can be found themselves


@dataclass(frozen=True, slots=True)
class Described:
    """What a document says of a thing, but for its id and the versions it is made from."""

    name: str
    words: Words
    said_at: datetime
    kind: str | None = None
    group_id: UUID | None = None
    place_id: UUID | None = None
    sectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where the documents about one kind of thing come from.

    ``rows`` selects all that can be found at all: id, ``version``, whether everybody sees it
    (``is_public``), and what ``describe`` needs.
    """

    id: Any
    rows: Callable[[], Select[Any]]
    describe: Callable[[Any], Described]


def _said(*texts: str) -> list[str]:
    """Return texts in every language of the pages, each once."""
    return list(dict.fromkeys(translate(text, locale) for text in texts for locale in LOCALES))


def _of_post(row: Any) -> Described:
    return Described(
        row.title,
        words_of(row),
        row.published_at,
        row.kind,
        row.group_id,
        row.place_id,
        tuple(sectors_of(row.details)),
    )


def _replies() -> Select[Any]:
    columns: list[Any] = [
        Reply.id, Reply.version, Reply.body, Reply.published_at, Post.kind, Post.group_id,
        Post.place_id, stands_open().label("is_public"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Post, Post.id == Reply.post_id)
        .outerjoin(Group, Group.id == Post.group_id)
        .where(Reply.withdrawn_at.is_(None), posts_policy.current())
    )


def _of_reply(row: Any) -> Described:
    words = Words().add(plain_text(row.body), Weight.TEXT)
    return Described("", words, row.published_at, row.kind, row.group_id, row.place_id)


def _companies() -> Select[Any]:
    sectors = (
        select(func.array_agg(CompanySector.classification.concat(":").concat(CompanySector.code)))
        .where(CompanySector.company_id == Company.id)
        .correlate(Company)
    )
    sections = (
        select(func.array_agg(CompanySector.section))
        .where(CompanySector.company_id == Company.id, CompanySector.classification == WZ_2008)
        .correlate(Company)
    )
    towns = (
        select(func.array_agg(func.distinct(Site.town)))
        .where(Site.company_id == Company.id)
        .correlate(Company)
    )
    main = aliased(Site)
    columns: list[Any] = [
        Company.id, Company.version, Company.name, Company.summary, Company.description,
        Company.offers, Company.needs, Company.form, Company.trains_apprentices,
        Company.mediates_successions, Company.created_at, main.place_id,
        sectors.scalar_subquery().label("sectors"),
        sections.scalar_subquery().label("sections"), towns.scalar_subquery().label("towns"),
        Company.state.in_(public_states(stubs=stubs_are_public())).label("is_public"),
    ]  # fmt: skip
    query = select(*columns).outerjoin(main, and_(main.company_id == Company.id, main.is_main))
    return placed(query, main.place_id).where(Company.state != CompanyState.CLOSED)


def _of_company(row: Any) -> Described:
    known = [code.split(":") for code in row.sectors or ()]
    titles = filter(None, (sector_label(code, int(year)) for year, code in known))
    headings = [one for title in titles for one in (title.de, title.en)]
    headings += _said(label_of(OrganisationForm(row.form)))
    words = Words().add(row.name, Weight.NAME)
    words.add_all([*headings, *(row.towns or ()), *places_of(row)], Weight.HEADING)
    words.add_all([row.summary, *row.offers, *row.needs], Weight.TEXT)
    words.add(plain_text(row.description), Weight.TEXT)
    sections = tuple(sorted(set(row.sections or ())))
    return Described(row.name, words, row.created_at, place_id=row.place_id, sectors=sections)


def _people() -> Select[Any]:
    columns: list[Any] = [
        Person.id, Person.version, Person.name, Person.headline, Person.function, Person.about,
        Person.topics, Person.place_id, Person.created_at, true().label("is_public"),
    ]  # fmt: skip
    return placed(select(*columns), Person.place_id).where(Person.left_at.is_(None))


def _of_person(row: Any) -> Described:
    words = Words().add(row.name, Weight.NAME)
    topics = [title for locale in LOCALES for title in topic_titles(row.topics, locale)]
    words.add_all([row.headline, row.function, *topics, *places_of(row)], Weight.HEADING)
    words.add(plain_text(row.about), Weight.TEXT)
    return Described(row.name, words, row.created_at, place_id=row.place_id)


def _groups() -> Select[Any]:
    places = (
        select(func.array_agg(Place.name))
        .join(GroupPlace, GroupPlace.place_id == Place.id)
        .where(GroupPlace.group_id == Group.id)
        .correlate(Group)
    )
    first = (
        select(GroupPlace.place_id)
        .where(GroupPlace.group_id == Group.id)
        .order_by(GroupPlace.place_id)
        .limit(1)
        .correlate(Group)
    )
    columns: list[Any] = [
        Group.id, Group.version, Group.name, Group.summary, Group.description, Group.charter,
        Group.topics, Group.created_at, places.scalar_subquery().label("places"),
        first.scalar_subquery().label("place_id"),
        (Group.admission != Admission.HIDDEN).label("is_public"),
    ]  # fmt: skip
    return select(*columns).where(Group.archived_at.is_(None))


def _of_group(row: Any) -> Described:
    words = Words().add(row.name, Weight.NAME)
    topics = [title for locale in LOCALES for title in topic_titles(row.topics, locale)]
    words.add_all([*topics, *(row.places or ())], Weight.HEADING)
    words.add_all([row.summary, plain_text(row.description)], Weight.TEXT)
    words.add(plain_text(row.charter), Weight.FACTS)
    return Described(row.name, words, row.created_at, group_id=row.id, place_id=row.place_id)


def _places() -> Select[Any]:
    is_current = or_(
        Place.kind == PlaceKind.DISTRICT,
        exists().where(PostcodeMunicipality.municipality_id == Place.id),
    )
    here = region_places(settings().site.region)
    columns: list[Any] = [
        Place.id, Place.name, Place.created_at, literal(1).label("version"),
        true().label("is_public"),
    ]  # fmt: skip
    return select(*columns).where(Place.kind.in_(_NAMED), Place.id.in_(here), is_current)


def _of_place(row: Any) -> Described:
    words = Words().add(row.name, Weight.NAME)
    return Described(row.name, words, row.created_at, place_id=row.id)


SOURCES: Final = {
    Thing.POST: Source(Post.id, readable_posts, _of_post),
    Thing.REPLY: Source(Reply.id, _replies, _of_reply),
    Thing.COMPANY: Source(Company.id, _companies, _of_company),
    Thing.PERSON: Source(Person.id, _people, _of_person),
    Thing.GROUP: Source(Group.id, _groups, _of_group),
    Thing.PLACE: Source(Place.id, _places, _of_place),
}


def document_of(
    thing: Thing, row: Any, said: Described, areas: Iterable[UUID] = ()
) -> dict[str, Any]:
    """Return the document about the thing of ``row``, whose place lies in ``areas``."""
    return {
        "thing": thing,
        "id": row.id,
        "name_key": name_key(said.name),
        "words": said.words.vector,
        "kind": said.kind,
        "group_id": said.group_id,
        "place_id": said.place_id,
        "sectors": list(said.sectors),
        "marks": marks_of(
            thing,
            said.said_at,
            kind=said.kind,
            group_id=said.group_id,
            sectors=said.sectors,
            areas=areas,
        ),
        "said_at": said.said_at,
        "made_from": row.version,
        "made_by": VERSION,
    }
