"""The words of a post by which it is found: what everybody may read of it, and nothing else.

Who wrote it is not among them. A concealed post would tell, and the others would be found by how
well known their author is instead of by what they say.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core.actor import ANONYMOUS
from app.core.asking import Asked, label_of
from app.core.i18n import DEFAULT_LOCALE, LOCALES, translate
from app.core.text import plain_text
from app.features.posts import policy
from app.features.posts.disclosing import disclosed
from app.features.posts.drafts import KINDS, restored
from app.features.wording.documents import Weight, Words
from app.models.groups import Admission, Group
from app.models.places import Place
from app.models.posts import Audience, Post
from app.reference.sectors import WZ_2008, section_of

_SECTION = ("wz2008_section", "wz2008_sections")
_DIVISION = ("wz2008_division", "wz2008_divisions")


_place, _town, _district = aliased(Place), aliased(Place), aliased(Place)


def placed(query: Select[Any], place_id: Any) -> Select[Any]:
    """Add where something is, by the names of the place, its town and its district."""
    return (
        query.add_columns(
            _place.name.label("place"), _town.name.label("town"), _district.name.label("district")
        )
        .outerjoin(_place, _place.id == place_id)
        .outerjoin(_town, _town.id == _place.parent_id)
        .outerjoin(_district, _district.id == _town.parent_id)
    )


def places_of(row: Any) -> list[str]:
    """Return the names that ``placed`` added."""
    return [name for name in (row.place, row.town, row.district) if name]


def stands_open() -> ColumnElement[bool]:
    """Whether everybody may read a post, by its own row and that of its group."""
    is_open = or_(Post.group_id.is_(None), Group.admission == Admission.OPEN)
    return and_(Post.audience == Audience.PUBLIC, is_open)


def readable_posts() -> Select[Any]:
    """Select what everybody may read of the posts that readers meet."""
    columns: list[Any] = [
        Post.id, Post.version, Post.kind, Post.title, Post.body, Post.tags, Post.reference,
        Post.group_id, Post.place_id, Post.published_at, disclosed(ANONYMOUS).label("details"),
        stands_open().label("is_public"),
    ]  # fmt: skip
    query = select(*columns).outerjoin(Group, Group.id == Post.group_id)
    return placed(query, Post.place_id).where(policy.current())


def words_of(row: Any) -> Words:
    """Return the words of a row of ``readable_posts``."""
    kind = KINDS[row.kind]
    named = {translate(text, one) for text in (kind.label, kind.plural) for one in LOCALES}
    words = Words().add(row.title, Weight.NAME).add(row.reference, Weight.NAME)
    words.add_all([*sorted(named), *row.tags, *places_of(row)], Weight.HEADING)
    words.add(plain_text(row.body), Weight.TEXT)
    return words.add_all(_facts(row.kind, row.details), Weight.FACTS)


async def words_now(session: Session, post_id: UUID) -> str:
    """Return the words of a post as they are now, as PostgreSQL writes them; none if it is gone."""
    row = (await session.execute(readable_posts().where(Post.id == post_id))).first()
    return words_of(row).vector if row else ""


def sectors_of(details: dict[str, Any]) -> list[str]:
    """Return the sections of WZ 2008 that details name, themselves or by a division."""
    sections = [code for name in _SECTION for code in _listed(details.get(name))]
    divisions = [code for name in _DIVISION for code in _listed(details.get(name))]
    found = {*sections, *(section_of(code, WZ_2008) for code in divisions)}
    return sorted(filter(None, found))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _facts(kind: str, details: dict[str, Any]) -> Iterator[str]:
    """Yield what details say in words, in German."""
    known = restored(kind, details)
    for name, info in type(known).model_fields.items():
        asked = next((one for one in info.metadata if isinstance(one, Asked)), None)
        if asked is None or asked.widget == "hidden":
            continue
        for value in _several(getattr(known, name)):
            if value is True:
                yield translate(asked.label, DEFAULT_LOCALE)
            elif isinstance(value, StrEnum):
                yield translate(label_of(value), DEFAULT_LOCALE)
            elif isinstance(value, str):
                choices = dict(asked.choices(DEFAULT_LOCALE)) if asked.choices else {}
                yield choices.get(value, value)


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
