"""What can be followed where posts are shown: on the page of one, and above a list of some."""

from typing import Any
from uuid import UUID

from app.core.i18n import translate
from app.features.follows.targets import Thing, name_of
from app.features.posts.drafts import KINDS
from app.features.posts.feed import Filters
from app.models.follows import FollowTarget
from app.web.page import Page

Followable = tuple[FollowTarget, UUID | str, str]


def followable_in(page: Page, row: Any) -> list[Followable]:
    """Return what a post leads to: who speaks (unless that is the reader), where, about what."""
    found: list[Followable] = []
    if row.author_id and not row.author_has_left and row.author_id != page.actor.person_id:
        found.append((FollowTarget.PERSON, row.author_id, row.author_name))
    if row.company_slug:
        found.append((FollowTarget.COMPANY, row.company_id, row.company_name))
    if row.group_id:
        found.append((FollowTarget.GROUP, row.group_id, row.group_name))
    if row.place_id:
        found.append((FollowTarget.PLACE, row.place_id, row.place_name))
    found.append((FollowTarget.KIND, row.kind, translate(KINDS[row.kind].plural)))
    return found + [(FollowTarget.TAG, tag, f"#{tag}") for tag in row.tags]


def followable_of(filters: Filters, place: str) -> list[Followable]:
    """Return what a list of posts is narrowed to; ``place`` is how the reader called it."""
    found: list[Followable] = []
    if filters.kind:
        found.append((FollowTarget.KIND, filters.kind, translate(KINDS[filters.kind].plural)))
    if filters.place_id and place:
        found.append((FollowTarget.PLACE, filters.place_id, place))
    if filters.sector:
        sector = Thing(FollowTarget.SECTOR, filters.sector)
        found.append((sector.target, sector.key, name_of(sector)))
    if filters.tag:
        found.append((FollowTarget.TAG, filters.tag, f"#{filters.tag}"))
    return found
