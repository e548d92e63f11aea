"""What has come into the feeds of several people since some moment: for telling them by mail.

One statement for all of them, whose cost is that of the things they follow and of what is new there
as far as it is counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
)

from app.core.actor import Actor
from app.core.reads import Reader, bound, prepared
from app.features.companies.policy import stubs_are_public
from app.features.feed.reading import seen_by, unmuted
from app.features.feed.walking import written
from app.features.follows.followed import with_names
from app.models.feed import About, FeedEntry
from app.models.follows import Follow
from app.models.posts import Post

MOST_COUNTED: Final = 50  # of one thing: what is more is many
_MOMENT: Final = DateTime(timezone=True)
# In SQL, whose feed it is. Policies would take a column of a selected table for another table.
READER: Final = Actor(person_id=literal_column("reader.person_id", Uuid()))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class NewPosts:
    """The newest posts of one feed, newest first, and how many there are with the others.

    Rows have the post (``id``, ``kind``, ``title``, ``reference``, ``is_concealed``, ``due_at``,
    ``details``) and ``because``, the JSON of its reasons. The count is right up to
    ``MOST_COUNTED``.
    """

    newest: Sequence[Any]
    count: int


async def new_posts(
    reader: Reader,
    since: Mapping[UUID, datetime],
    *,
    until: datetime,
    kept: ColumnElement[bool],
    most: int,
) -> dict[UUID, NewPosts]:
    """Return what came into each feed from its moment on, by time alone, as its reader sees it.

    ``kept``, always the same, is asked of each ``FeedEntry`` and ``READER``. Who has nothing new is
    left out.
    """
    read = _newest(kept, stubs=stubs_are_public(), counted=MOST_COUNTED, most=most)
    params = {"people": list(since), "since": list(since.values()), "until": until}
    found = await reader.all(read, params)
    rows: dict[UUID, list[Any]] = {}
    for row in found:
        rows.setdefault(row.person_id, []).append(row)
    return {person_id: NewPosts(these, these[0].count) for person_id, these in rows.items()}


@prepared
def _newest(kept: ColumnElement[bool], *, stubs: bool, counted: int, most: int) -> Select[Any]:
    people, moments = bound("people", ARRAY(Uuid())), bound("since", ARRAY(_MOMENT))
    reader = (
        func.unnest(people, moments)
        .table_valued(column("person_id", Uuid()), column("since", _MOMENT))
        .render_derived(name="reader")
    )
    followed = with_names(Follow, READER, stubs=stubs).lateral("followed")
    entry = _entries_of(
        followed,
        [FeedEntry.at >= reader.c.since, FeedEntry.at < bound("until", _MOMENT), kept],
        counted,
    ).lateral("entry")
    reason = func.json_build_object(
        "target", followed.c.target, "key", followed.c.key, "name", followed.c.name,
        "slug", followed.c.slug,
    )  # fmt: skip
    items = (
        select(reader.c.person_id, entry.c.at, entry.c.post_id)
        .add_columns(func.json_agg(reason).label("because"))
        .select_from(reader)
        .join(followed, true())
        .join(entry, true())
        .group_by(reader.c.person_id, entry.c.at, entry.c.post_id)
        .subquery("items")
    )
    falling = [items.c.at.desc(), items.c.post_id.desc()]
    place = func.row_number().over(partition_by=items.c.person_id, order_by=falling)
    count = func.count().over(partition_by=items.c.person_id)
    placed = select(items, place.label("place"), count.label("count")).subquery("placed")
    columns: list[Any] = [
        placed.c.person_id,
        placed.c.because,
        placed.c.count,
        Post.id,
        Post.kind,
        Post.title,
        Post.reference,
        Post.is_concealed,
        Post.due_at,
        Post.details,
    ]
    return (
        select(*columns)
        .join(placed, placed.c.post_id == Post.id)
        .where(placed.c.place <= written(most))
        .order_by(placed.c.person_id, placed.c.place)
    )


def _entries_of(followed: Any, within: list[ColumnElement[bool]], counted: int) -> Any:
    """Select the newest entries of one thing, of posts that the reader sees.

    Each post is looked up by itself, as when a feed is read.
    """
    seen = (
        select(literal(value=True).label("is_seen"))
        .select_from(Post)
        .where(Post.id == FeedEntry.post_id, *seen_by(READER))
        .correlate(FeedEntry)
        .limit(written(1))
        .lateral("seen")
    )
    columns: list[Any] = [FeedEntry.at, FeedEntry.post_id]
    return (
        select(*columns)
        .join(seen, true())
        .where(
            FeedEntry.target == followed.c.target,
            FeedEntry.key == followed.c.key,
            FeedEntry.about == About.POST,
            unmuted(READER, FeedEntry.post_id),
            *within,
        )
        .order_by(FeedEntry.at.desc(), FeedEntry.post_id.desc())
        .limit(written(counted))
    )
