"""How each side of an inquiry appears to who reads it: under its name, or under an alias.

The only place that decides this. ``with_faces`` joins who is behind a side only where the reader
may know it, so that no row ever holds more; ``faces_of`` reads such a row. Of an inquiry about a
concealed post each side knows itself, and the other by an alias, until both have released who
they are and one of them has looked (features/succession). Some kinds name who asks.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.i18n import N_, translate
from app.features.inquiries.policy import opened_by
from app.features.posts.concealing import company_behind, person_behind
from app.features.posts.reading import FORMER_MEMBER
from app.models.companies import Company
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.people import Person
from app.models.posts import Post
from app.models.succession import Disclosure

_opener, _opener_company = aliased(Person), aliased(Company)
_keeper, _keeper_company = aliased(Person), aliased(Company)


@dataclass(frozen=True, slots=True)
class Named:
    """A person or a company by name; without id and slug where there is no profile any more."""

    name: str
    id: UUID | None = None
    slug: str | None = None
    picture_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """What a reader sees of one side; an alias has neither a person nor a company."""

    name: str
    person: Named | None = None
    company: Named | None = None

    @property
    def is_alias(self) -> bool:
        """Whether it is hidden who this is."""
        return self.person is None and self.company is None


@dataclass(frozen=True, slots=True)
class Faces:
    """Both sides as one reader sees them."""

    opener: Face
    keeper: Face

    def of(self, side: Side) -> Face:
        """Return the face of a side."""
        return self.opener if side == Side.OPENER else self.keeper


def shows_opener(actor: Actor) -> ColumnElement[bool]:
    """Whether a signed-in ``actor`` may know who opened an inquiry."""
    return or_(~Inquiry.is_concealed, Inquiry.names_opener, opened_by(actor), is_disclosed())


def is_disclosed() -> ColumnElement[bool]:
    """Whether both sides of an inquiry have released who they are, and one of them has looked."""
    return exists().where(Disclosure.inquiry_id == Inquiry.id, Disclosure.opened_at.is_not(None))


def with_faces(query: Select[Any], actor: Actor) -> Select[Any]:
    """Join to inquiries and their posts who is behind both sides, as far as ``actor`` may know.

    A concealed post names nobody itself; who is behind it is read only where it is disclosed.
    """
    columns: list[Any] = [Inquiry.number, Inquiry.is_concealed, Post.reference]
    for name, person, company in (
        ("opener", _opener, _opener_company),
        ("keeper", _keeper, _keeper_company),
    ):
        columns += [
            person.id.label(f"{name}_id"),
            person.name.label(f"{name}_name"),
            person.slug.label(f"{name}_slug"),
            person.picture_id.label(f"{name}_picture_id"),
            person.left_at.is_not(None).label(f"{name}_has_left"),
            company.id.label(f"{name}_company_id"),
            company.name.label(f"{name}_company_name"),
            company.slug.label(f"{name}_company_slug"),
            company.logo_id.label(f"{name}_company_logo_id"),
        ]
    shown = shows_opener(actor)
    keeper = case((~Inquiry.is_concealed, Post.author_id), (is_disclosed(), person_behind()))
    company_of_keeper = case(
        (~Inquiry.is_concealed, Post.company_id), (is_disclosed(), company_behind())
    )
    return (
        query.add_columns(*columns)
        .outerjoin(_opener, and_(_opener.id == Inquiry.person_id, shown))
        .outerjoin(_opener_company, and_(_opener_company.id == Inquiry.company_id, shown))
        .outerjoin(_keeper, _keeper.id == keeper)
        .outerjoin(_keeper_company, _keeper_company.id == company_of_keeper)
    )


def faces_of(row: Any) -> Faces:
    """Return both sides from a row of a query with faces, in the reader's language."""
    return Faces(
        opener=_face(row, "opener") or Face(opener_alias(row.number)),
        keeper=_face(row, "keeper") or Face(keeper_alias(row.reference)),
    )


def opener_alias(number: int) -> str:
    """Return what who asks is called on a concealed post."""
    return translate(N_("Interessent %(number)s"), number=number)


def keeper_alias(reference: str | None) -> str:
    """Return what who keeps a concealed post is called."""
    return translate(N_("Chiffre %(reference)s"), reference=reference or "").strip()


def _face(row: Any, side: str) -> Face | None:
    of = {
        name: getattr(row, f"{side}_{name}")
        for name in ("id", "name", "slug", "picture_id", "has_left")
    }
    if of["id"] is None:
        return None
    person = Named(of["name"], of["id"], of["slug"], of["picture_id"])
    if of["has_left"]:
        person = Named(translate(FORMER_MEMBER))
    company_id = getattr(row, f"{side}_company_id")
    if company_id is None:
        return Face(person.name, person)
    company = Named(
        getattr(row, f"{side}_company_name"),
        company_id,
        getattr(row, f"{side}_company_slug"),
        getattr(row, f"{side}_company_logo_id"),
    )
    return Face(company.name, person, company)
