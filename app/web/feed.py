"""The pages of the feed: what is new about what one follows, and why it is shown."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.drafts import Narrowing
from app.core.errors import Invalid
from app.core.i18n import N_, translate
from app.core.paging import MAX_LIMIT, Page as Part, Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.core.text import Line
from app.edge.deps import Reads, Tx
from app.edge.forms import Form, Option, read_form
from app.features.feed.muting import mute, unmute
from app.features.feed.position import ReadTo, mark_read
from app.features.feed.reading import Feed, FeedFilters, read_feed
from app.features.feed.reasons import because
from app.features.follows.followed import Wish, list_follows, wishes_about
from app.features.follows.targets import Thing
from app.features.posts.drafts import KINDS
from app.features.posts.feed import home_of
from app.features.posts.filtering import kind_choices
from app.features.posts.venues import groups_to_post_in
from app.models.feed import About
from app.models.follows import FollowTarget
from app.web.follow_buttons import Followable
from app.web.page import CurrentPage, Page, PageRouter, local_path
from app.web.post_cards import Card, cards_of

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]


class FeedForm(Narrowing):
    """What of the feed is shown."""

    kind: Annotated[
        Annotated[str, Line(40)] | None,
        Asked(N_("Art"), widget="select", choices=kind_choices),
    ] = None
    thing: Annotated[
        Annotated[str, Line(161)] | None, Asked(N_("Wem oder was ich folge"), widget="select")
    ] = None
    since: Annotated[date | None, Asked(N_("Seit"))] = None
    unread: Annotated[bool, Asked(N_("Nur Ungelesenes"))] = False

    @property
    def filters(self) -> FeedFilters:
        """Return what is asked for; a thing is its target and key."""
        target, _, key = (self.thing or "").partition(":")
        known = target in set(FollowTarget) and key
        midnight = datetime.combine(self.since, time(), settings().zone) if self.since else None
        return FeedFilters(
            kind=self.kind,
            thing=Thing(FollowTarget(target), key) if known else None,
            since=midnight.astimezone(UTC) if midnight else None,
            only_unread=self.unread,
        )


@dataclass(frozen=True, slots=True)
class Item:
    """A card in the feed, and the line that says why it is there."""

    card: Card
    because: str
    is_answer: bool
    is_last_read: bool


def _items(found: Feed) -> list[Item]:
    """Return the cards; above the first that has been read already stands how far one got."""
    items = found.page.items
    seen = next((n for n, one in enumerate(items) if not one.is_new), None)
    return [
        Item(card, because(one.because), one.row.about == About.ANSWER, n == seen)
        for n, (card, one) in enumerate(zip(cards_of([i.row for i in items]), items, strict=True))
    ]


@router.get("/feed")
async def show(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show what is new, how far it has been read, and why it is shown."""
    _ = page.me
    given = page.asked(FeedForm)
    form = page.filters(FeedForm, dict(given))
    await _offer_things(page, reader, form, str(given.get("thing") or ""))
    found = Feed(Part([]), None)
    try:
        asked = read_form(FeedForm, given)
        found = await read_feed(reader, page.actor, asked.filters, Paging(cursor=cursor))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
    active = sum(1 for value in given.values() if value)
    items = found.page.items
    newest = items[0] if items and not (cursor or active) else None
    return await page.render(
        "feed/show.html",
        status=422 if form.errors else 200,
        form=form,
        active=active,
        items=_items(found),
        next=found.page.next,
        cursor=cursor,
        newest=newest.row if newest and newest.is_new else None,
        wishes=[] if items or active else await _suggested(page, reader),
    )


async def _offer_things(page: Page, reader: Reader, form: Form, chosen: str) -> None:
    """Offer the newest things that are followed, and the groups the reader is in."""
    follows = await list_follows(reader, page.actor, Paging(MAX_LIMIT))
    groups = await groups_to_post_in(reader, page.actor)
    offered = {f"{FollowTarget.GROUP}:{one.id}": one.name for one in groups}
    offered |= {f"{one.target}:{one.key}": one.name for one in follows.items}
    form["thing"].options = [
        Option("", translate(N_("alles")), selected=not chosen),
        *(Option(value, name, selected=value == chosen) for value, name in offered.items()),
    ]


async def _suggested(page: Page, reader: Reader) -> list[Wish]:
    """Return what somebody might follow who follows nothing yet: their town, and all kinds."""
    home = await home_of(reader, page.actor)
    things: list[Followable] = [(FollowTarget.PLACE, home.id, home.name)] if home else []
    things += [(FollowTarget.KIND, key, translate(kind.plural)) for key, kind in KINDS.items()]
    return await wishes_about(reader, page.actor, things)


@router.post("/feed/position")
async def read_on(page: CurrentPage, tx: Tx) -> Response:
    """Keep how far the reader has got, from the button above the feed."""
    to = read_form(ReadTo, await page.request.form())
    await mark_read(tx, page.actor, to)
    return page.go("/feed", "feed.read")


class MuteForm(BaseModel):
    """What is muted, and the page from which the button was pressed."""

    model_config = ConfigDict(extra="forbid")

    target: FollowTarget
    key: Annotated[str, Line(120)]
    next: Annotated[str, Field(max_length=500)] = "/follows"


@router.post("/mutes")
async def add_mute(page: CurrentPage, tx: Tx) -> Response:
    """Keep something out of the feed."""
    wanted = read_form(MuteForm, await page.request.form())
    await mute(tx, page.actor, wanted.target, wanted.key)
    return page.go(local_path(wanted.next), "feed.muted")


@router.post("/mutes/remove")
async def remove_mute(page: CurrentPage, tx: Tx) -> Response:
    """Let something into the feed again."""
    wanted = read_form(MuteForm, await page.request.form())
    await unmute(tx, page.actor, wanted.target, wanted.key)
    return page.go(local_path(wanted.next), "feed.unmuted")
