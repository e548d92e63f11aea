"""Pages for groups: the directory, one group, founding and changing it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.drafts import Narrowing
from app.core.errors import Invalid
from app.core.i18n import N_
from app.core.paging import Paging
from app.core.text import Line
from app.edge.deps import Reads, Tx
from app.edge.forms import PROSE_FORM_BYTES
from app.features.feed.sector_groups import talking_of
from app.features.follows.followed import follow_of
from app.features.groups.changing import GroupChange, archive_group, edit_group, reopen_group
from app.features.groups.directory import GroupFilter, GroupOrder, list_groups
from app.features.groups.founding import GroupDraft, found_group
from app.features.groups.policy import Act
from app.features.groups.reading import GroupPage, group_page, run_by
from app.features.posts.feed import Filters, list_posts
from app.models.follows import FollowTarget
from app.models.groups import Admission
from app.reference.codes import SectorFilter
from app.reference.topics import topic_choices, topic_titles
from app.web.agenda import next_dates
from app.web.feed_links import FeedLink, feed_links
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import cards_of

router = PageRouter(prefix="/groups")
_OF_FEEDS = ("q", "topic", "sector", "place")


class GroupSearch(Narrowing):
    """The filters of the directory, as its form sends them: empty fields and all."""

    q: Annotated[str, Line(80, 0), Asked(N_("Name oder Suchbegriffe"))] = ""
    topic: Annotated[
        Annotated[str, Line(40)] | None,
        Asked(N_("Thema"), widget="select", choices=topic_choices),
    ] = None
    sector: SectorFilter = None
    place: Annotated[str, Line(120, 0), Asked(N_("Ort oder Postleitzahl"))] = ""
    mine: Annotated[bool, Asked(N_("Nur meine Gruppen"))] = False
    order: Annotated[GroupOrder, Asked(N_("Reihenfolge"))] = GroupOrder.NAME
    cursor: Annotated[str, Field(max_length=2_000), Asked("", widget="hidden")] = ""


async def _topic(page: Page, reads: Reads, code: str | None) -> dict[str, Any] | None:
    """Return the topic whose groups are asked for, with the reader's follow."""
    if code is None or not (titles := topic_titles([code])):
        return None
    follow_id = await follow_of(reads, page.actor, FollowTarget.TOPIC, code)
    return {"code": code, "title": titles[0], "follow_id": follow_id}


def _titled(groups: list[Any]) -> list[Any]:
    return [(group, topic_titles(group.topics)) for group in groups]


@router.get("")
async def directory(
    page: CurrentPage, reads: Reads, asked: Annotated[GroupSearch, Query()]
) -> Response:
    """Show the directory of groups."""
    form = page.filters(GroupSearch, asked)
    wanted = GroupFilter(q=asked.q, topic=asked.topic, place=asked.place or None, mine=asked.mine)
    paging = Paging(cursor=asked.cursor or None)
    status = 200
    try:
        found = await list_groups(
            reads, page.actor, wanted, paging, order=asked.order, among=talking_of(asked.sector)
        )
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
        found, status = None, 422
    return await page.render(
        "groups/directory.html",
        status=status,
        form=form,
        asked=asked,
        topic=await _topic(page, reads, asked.topic),
        feeds=feed_links("groups", [(one, getattr(asked, one)) for one in _OF_FEEDS]),
        active=sum(bool(getattr(asked, one)) for one in (*_OF_FEEDS, "mine")),
        groups=_titled(found.items) if found else [],
        next=found.next if found else None,
    )


@router.get("/new")
async def ask_to_found(page: CurrentPage) -> Response:
    """Show the form that founds a group."""
    page.require(page.actor.is_signed_in)
    return await page.render("groups/new.html", form=page.blank(GroupDraft))


@router.post("/new", max_body_size=PROSE_FORM_BYTES)
async def found(page: CurrentPage, tx: Tx) -> Response:
    """Found a group."""
    draft = await page.form(GroupDraft, "groups/new.html")
    group = await found_group(tx, page.actor, draft)
    return page.go(f"/groups/{group.slug}", "group.founded")


@router.get("/{slug}")
async def show(
    slug: str,
    page: CurrentPage,
    reads: Reads,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Show one group."""
    group = await group_page(reads, page.actor, slug)
    if group.slug != slug:
        return page.go(f"/groups/{group.slug}")
    posts = await list_posts(reads, page.actor, Filters(group_id=group.id), Paging(cursor=cursor))
    return await page.render(
        "groups/show.html",
        group=group,
        topics=topic_titles(group.topics),
        can={act.value for act in group.viewer_can},
        runners=await run_by(reads, group),
        follow_id=await follow_of(reads, page.actor, FollowTarget.GROUP, group.id),
        agenda=await next_dates(
            reads, page.actor, f"/events?group={group.id}", Filters(group_id=group.id)
        ),
        cards=cards_of(posts.items),
        feeds=_feeds(group),
        next=posts.next,
        cursor=cursor,
    )


def _feeds(group: GroupPage) -> list[FeedLink]:
    """Return the feeds of a group that everybody may read; others would be empty."""
    is_open = group.admission == Admission.OPEN
    return feed_links("posts", [("group", group.id)]) if is_open else []


@router.get("/{slug}/edit")
async def ask_to_edit(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show the form that changes a group."""
    group = await group_page(reads, page.actor, slug)
    page.require(Act.EDIT in group.viewer_can)
    values = {
        name: getattr(group, name)
        for name in ("name", "summary", "description", "admission", "charter", "topics")
    } | {"places": [place.name for place in group.places]}
    form = page.blank(GroupDraft, values, version=group.version)
    return await page.render("groups/edit.html", form=form, group=group)


@router.post("/{group_id}/edit", max_body_size=PROSE_FORM_BYTES)
async def edit(group_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Change a group."""
    group = await group_page(reads, page.actor, group_id)
    draft = await page.form(GroupDraft, "groups/edit.html", group=group)
    change = GroupChange.model_validate(draft.model_dump())
    changed = await edit_group(tx, page.actor, group_id, change, expected=await page.version())
    return page.go(f"/groups/{changed.slug}", "group.edited")


@router.post("/{group_id}/archive")
async def archive(group_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Put a group aside."""
    group = await archive_group(tx, page.actor, group_id, expected=await page.version())
    return page.go(f"/groups/{group.slug}", "group.archived")


@router.post("/{group_id}/reopen")
async def reopen(group_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take a group up again."""
    group = await reopen_group(tx, page.actor, group_id, expected=await page.version())
    return page.go(f"/groups/{group.slug}", "group.reopened")
