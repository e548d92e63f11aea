"""What a list shows of each hit, read from the things themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    false,
    func,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.actor import Actor
from app.core.german import stem, words_in
from app.core.paging import Page
from app.core.reads import Reader, bound, prepared
from app.core.text import plain_text
from app.features.appearances.noting import note_companies, note_people, note_posts
from app.features.people.policy import slug_seen
from app.features.places.distance import haversine_km
from app.features.wording.questions import Question
from app.models.companies import Company
from app.models.groups import Group
from app.models.occurrences import Occurrence, OccurrenceState
from app.models.people import Person
from app.models.places import Place
from app.models.posts import Post, Reply
from app.models.search import SearchDocument, Thing
from app.models.statistics import Surface
from app.reference.compounds import parts_of

_PIECE = re.compile(r"\w+|\W+")
_EXCERPT = 280  # characters, as of posts
_author, _voice, _around = aliased(Person), aliased(Company), aliased(Group)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. ``path`` is its page; a reply's leads into that of its post."""

    thing: Thing
    id: UUID
    title: str
    excerpt: str
    path: str
    said_at: datetime | None
    kind: str | None = None
    reference: str | None = None
    place: str | None = None
    post_id: UUID | None = None
    author: str | None = None
    company: str | None = None
    group: str | None = None
    points: int = 0
    distance_km: float | None = None
    next_at: datetime | None = None


def _next_date() -> ColumnElement[Any]:
    """Return when the next date of an event begins that is not over."""
    dates = select(func.min(Occurrence.starts_at)).where(
        Occurrence.post_id == SearchDocument.id,
        Occurrence.ends_at > func.now(),
        Occurrence.state != OccurrenceState.CANCELLED,
    )
    return dates.correlate(SearchDocument).scalar_subquery()


@prepared
def _shown() -> Select[Any]:
    is_reply = Reply.id.is_not(None)
    columns: list[Any] = [
        SearchDocument.id,
        SearchDocument.thing,
        Post.id.label("post_id"),
        Post.kind,
        Post.title,
        Post.excerpt,
        Post.reference,
        Reply.body.label("reply"),
        func.coalesce(Reply.published_at, Post.published_at).label("said_at"),
        case((_author.left_at.is_(None), _author.name)).label("author"),
        _author.id.label("author_id"),
        _voice.id.label("company_id"),
        func.coalesce(Post.is_concealed, false()).label("is_concealed"),
        _voice.name.label("voice"),
        _around.name.label("around"),
        Company.name.label("company"),
        Company.slug.label("company_slug"),
        Company.summary.label("company_summary"),
        Person.name.label("person"),
        slug_seen().label("person_slug"),
        Person.headline,
        Group.name.label("group"),
        Group.slug.label("group_slug"),
        Group.summary.label("group_summary"),
        Place.name.label("place"),
        Place.code.label("place_code"),
        Place.latitude,
        Place.longitude,
        case((Post.kind == "event", _next_date())).label("next_at"),
    ]
    about = SearchDocument.thing
    voice = case((is_reply, Reply.company_id), else_=Post.company_id)
    return (
        select(*columns)
        .select_from(SearchDocument)
        .outerjoin(Reply, and_(about == Thing.REPLY, Reply.id == SearchDocument.id))
        .outerjoin(Post, Post.id == func.coalesce(Reply.post_id, SearchDocument.id))
        .outerjoin(_author, _author.id == func.coalesce(Reply.author_id, Post.author_id))
        .outerjoin(_voice, _voice.id == voice)
        .outerjoin(_around, _around.id == Post.group_id)
        .outerjoin(Company, and_(about == Thing.COMPANY, Company.id == SearchDocument.id))
        .outerjoin(Person, and_(about == Thing.PERSON, Person.id == SearchDocument.id))
        .outerjoin(Group, and_(about == Thing.GROUP, Group.id == SearchDocument.id))
        .outerjoin(Place, Place.id == SearchDocument.place_id)
        .where(SearchDocument.id == any_(_ids()))
    )


def _ids() -> Any:
    return bound("ids", ARRAY(Uuid()))


async def show_hits(
    reader: Reader,
    actor: Actor,
    page: Page[Any],
    place: Any = None,
    *,
    as_suggestions: bool = False,
) -> Page[Hit]:
    """Return what is shown of hits that ``actor`` was found to be allowed to see.

    With a ``place``, it is said how far away from it they are. What is suggested is noted apart
    from what was searched for: somebody who types a name sees it once with every letter.
    """
    rows = await reader.all(_shown(), {"ids": [one.id for one in page.items]})
    of_posts, of_members = Surface.SEARCH, Surface.FOUND
    if as_suggestions:
        of_posts, of_members = Surface.SUGGESTED, Surface.NAMED
    note_posts(of_posts, actor, [row for row in rows if row.post_id])
    note_companies(of_members, [row.id for row in rows if row.thing == Thing.COMPANY])
    note_people(of_members, actor, [row.id for row in rows if row.thing == Thing.PERSON])
    shown = {row.id: row for row in rows}
    return Page(
        [_hit(shown[one.id], one.points, place) for one in page.items if one.id in shown],
        page.next,
    )


Marked = list[tuple[str, bool]]


def marked(text: str, question: Question) -> Marked:
    """Return a text in pieces, each with whether it is what was asked for."""
    asked = question.lexemes
    pieces: Marked = []
    for piece in _PIECE.findall(text):
        parts = [part for word in words_in(piece) for part in word]
        stems = {stem(one) for part in parts for one in (part, *parts_of(part))}
        is_hit = bool(stems & asked)
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + piece, is_hit)
        else:
            pieces.append((piece, is_hit))
    return pieces


@prepared
def _names() -> CompoundSelect[Any]:
    of_groups, of_places = (
        select(one.id.cast(Text()).label("id"), one.name.label("name")).where(
            one.id == any_(_ids())
        )
        for one in (Group, Place)
    )
    return union_all(of_groups, of_places)


async def names_of(reader: Reader, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of groups and places in which hits were counted, by id."""
    wanted = [UUID(one) for one in ids]
    if not wanted:
        return {}
    return {row.id: row.name for row in await reader.all(_names(), {"ids": wanted})}


def _away(row: Any, place: Any) -> float | None:
    """Return the distance between the place of a row and another, None where one is unknown."""
    if place is None or row.latitude is None or row.longitude is None:
        return None
    return haversine_km(row.latitude, row.longitude, place.latitude, place.longitude)


def _hit(row: Any, points: int, around: Any) -> Hit:
    match row.thing:
        case Thing.COMPANY:
            said: dict[str, Any] = {
                "title": row.company,
                "excerpt": row.company_summary,
                "path": f"/companies/{row.company_slug}",
            }
        case Thing.PERSON:
            path = f"/people/{row.person_slug}"
            said = {"title": row.person, "excerpt": row.headline, "path": path}
        case Thing.GROUP:
            path = f"/groups/{row.group_slug}"
            said = {"title": row.group, "excerpt": row.group_summary, "path": path}
        case Thing.PLACE:
            said = {"title": row.place, "excerpt": "", "path": f"/posts?place={row.place_code}"}
        case _:
            said = _of_post(row)
    place = None if row.thing == Thing.PLACE else row.place
    rest = {"place": place, "points": points, "distance_km": _away(row, around)}
    return Hit(**{"said_at": None, **said, **rest}, thing=row.thing, id=row.id)


def _of_post(row: Any) -> dict[str, Any]:
    is_reply = row.thing == Thing.REPLY
    path = f"/posts/{row.post_id}"
    return {
        "title": row.title,
        "excerpt": plain_text(row.reply, _EXCERPT) if is_reply else row.excerpt,
        "path": f"{path}#reply-{row.id}" if is_reply else path,
        "next_at": row.next_at,
        "said_at": row.said_at,
        "kind": row.kind,
        "reference": row.reference,
        "post_id": row.post_id,
        "author": row.author,
        "company": row.voice,
        "group": row.around,
    }
