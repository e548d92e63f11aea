"""Posts as pages show them: cards, names, the facts of their kind, and what search engines read."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from starlette.responses import Response

from app.core import clock
from app.core.asking import label_of
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.core.text import plain_text
from app.edge.post_words import Names, facts_of, spoken
from app.edge.wording import number
from app.features.posts.drafts import KINDS, restored
from app.features.posts.feed import Filters, list_posts
from app.features.posts.kinds import Shown
from app.features.posts.reading import PostView, ReplyView
from app.models.places import PlaceKind
from app.models.posts import PostStatus
from app.web.environment import environment
from app.web.page import Page

LATEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Card:
    """One post in a list."""

    template: str
    href: str
    kind: str
    row: Any
    names: Names
    tags: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    state: str | None = None
    distance: str | None = None


@cache
def card_template(kind: str) -> str:
    """Return the template of a kind's card: its own, else the one of all; looked up once."""
    found = environment().select_template(
        [f"posts/kinds/{kind}.card.html", "posts/kinds/card.html"]
    )
    return str(found.name)


def names_of(row: Any) -> Names:
    """Return who speaks in a post or a reply that is read, with their picture."""
    if getattr(row, "is_concealed", False):  # replies are never concealed
        return spoken(row, left=False)
    left = row.author_has_left
    shown = row.company_logo_id if row.company_id else None if left else row.author_picture_id
    return replace(spoken(row, left=left), picture=f"/media/{shown}/256" if shown else None)


def cards_of(rows: list[Any]) -> list[Card]:
    """Return what ``posts/_list.html`` draws."""
    return [
        Card(
            template=card_template(row.kind),
            href=f"/posts/{row.id}",
            kind=translate(KINDS[row.kind].label),
            row=row,
            names=spoken(row, left=row.author_has_left),
            tags=tags_of(row),
            facts=facts_of(row.kind, row.details, KINDS[row.kind].on_card),
            state=state_of(row),
            distance=_away(row),
        )
        for row in rows
    ]


def state_of(row: Any) -> str | None:
    """Return where a post is in its life, in the words of its kind, or what is special today."""
    kind = KINDS[row.kind]
    if row.status == PostStatus.ACTIVE:
        today = clock.today(settings().zone)
        remark = kind.remark(restored(row.kind, row.details), today)
        return translate(remark) if remark else None
    if row.status == PostStatus.DONE and kind.done:
        return translate(kind.done)
    return translate(label_of(PostStatus(row.status)))


def _away(row: Any) -> str | None:
    away = getattr(row, "distance_km", None)
    if away is None:
        return None
    return translate(N_("%(km)s km entfernt"), km=number(round(away, 1)))


async def latest_cards(reader: Reader, page: Page, filters: Filters) -> list[Card]:
    """Return the cards of the newest few posts, for the page of a person or company."""
    part = await list_posts(reader, page.actor, filters, Paging(LATEST_SHOWN))
    return cards_of(part.items)


def unlisted(answer: Response, post: Any) -> Response:
    """Keep search engines from listing a post that stands under its reference only."""
    if post.is_concealed:
        answer.headers["X-Robots-Tag"] = "noindex, noarchive"
    return answer


def tags_of(row: Any) -> list[tuple[str, str]]:
    """Return the tags of a post with the lists they lead to."""
    return [(f"/posts?tag={tag}", tag) for tag in row.tags]


def structured(
    view: PostView, replies: list[ReplyView], accepted: ReplyView | None, base_url: str
) -> dict[str, Any]:
    """Return a post as schema.org has it, by the hook of its kind."""
    row = view.row
    shown = Shown(
        url=f"{base_url}/posts/{row.id}",
        title=row.title,
        text=plain_text(row.body),
        published_at=row.published_at.isoformat(),
        edited_at=row.edited_at.isoformat() if row.edited_at else None,
        author=_author(row, base_url),
        details=row.details,
        reference=row.reference,
        expires_at=row.expires_at.isoformat() if row.expires_at else None,
        last_day=_last_day(row.expires_at) if row.expires_at else None,
        html=row.body_html,
        date=row.next_date,
        place=_place(row) if row.place_name else None,
        replies=row.replies,
        accepted=_comment(accepted, base_url) if accepted else None,
        others=[
            _comment(one, base_url)
            for one in replies
            if one.row.withdrawn_at is None and one.row.id != row.accepted_reply_id
        ],
    )
    return {"@context": "https://schema.org", **KINDS[row.kind].structured(shown)}


def _last_day(end: datetime) -> str:
    """Return the last day before an end, in the zone of the region."""
    return (end - timedelta(microseconds=1)).astimezone(settings().zone).date().isoformat()


def _place(row: Any) -> dict[str, Any]:
    """Return where a post belongs as schema.org has it, as exactly as the post itself says."""
    is_postcode = row.place_kind == PlaceKind.POSTCODE
    address = {"@type": "PostalAddress", "addressCountry": "DE"}
    if is_postcode:
        town = row.place_town or row.place_name.removeprefix(row.place_code).strip()
        address |= {"postalCode": row.place_code, "addressLocality": town}
    elif row.place_kind == PlaceKind.MUNICIPALITY:
        address["addressLocality"] = row.place_name
    else:
        address["addressRegion"] = row.place_name
    said: dict[str, Any] = {"@type": "Place", "name": row.place_name, "address": address}
    if row.place_latitude is not None:
        point = {"latitude": row.place_latitude, "longitude": row.place_longitude}
        said["geo"] = {"@type": "GeoCoordinates", **point}
    return said


def _author(row: Any, base_url: str) -> dict[str, Any]:
    names = spoken(row, left=row.author_has_left)
    if names.company:
        return {
            "@type": "Organization",
            "name": names.company,
            "url": f"{base_url}{names.company_href}",
        }
    person = {"@type": "Person", "name": names.person}
    return {**person, "url": f"{base_url}{names.person_href}"} if names.person_href else person


def _comment(reply: ReplyView, base_url: str) -> dict[str, Any]:
    row = reply.row
    return {
        "text": plain_text(row.body),
        "url": f"{base_url}/posts/{row.post_id}#reply-{row.id}",
        "datePublished": row.published_at.isoformat(),
        "upvoteCount": row.helpful,
        "author": _author(row, base_url),
    }
