"""Which documents a reader may be shown: those whose thing they may see, asked of the thing."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, select, true

from app.core.actor import Actor
from app.features.companies import policy as companies_policy
from app.features.groups import policy as groups_policy
from app.features.people import policy as people_policy
from app.features.posts import policy as posts_policy
from app.models.companies import Company
from app.models.groups import Group
from app.models.people import Person
from app.models.posts import Post, Reply
from app.models.search import Thing


def _is_one(*where: ColumnElement[bool]) -> Any:
    """Whether there is such a row: looked up for each document that is shown.

    EXISTS would be read as "is among all of these", which PostgreSQL may collect from end to end.
    """
    return select(true()).where(*where).scalar_subquery()


def seen_by(actor: Actor, found: Any) -> ColumnElement[bool]:
    """Keep documents (columns ``thing`` and ``id`` of ``found``) of what ``actor`` may see.

    It is asked of the thing as it is now, by the policy of its feature, so that a document that
    is behind shows nothing.
    """
    met = and_(posts_policy.current(), posts_policy.stands_open_to(actor))
    stubs = companies_policy.stubs_are_public()
    is_seen: dict[Thing, ColumnElement[bool]] = {
        Thing.POST: _is_one(Post.id == found.id, met),
        Thing.REPLY: _is_one(
            Reply.id == found.id, Reply.withdrawn_at.is_(None), Post.id == Reply.post_id, met
        ),
        Thing.COMPANY: _is_one(
            Company.id == found.id, companies_policy.visible_to(actor, stubs=stubs)
        ),
        Thing.PERSON: _is_one(Person.id == found.id, people_policy.visible_to(actor)),
        Thing.GROUP: _is_one(
            Group.id == found.id, Group.archived_at.is_(None), groups_policy.visible_to(actor)
        ),
        Thing.PLACE: true(),
    }
    return case(*((found.thing == thing, seen) for thing, seen in is_seen.items()), else_=false())
