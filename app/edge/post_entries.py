"""A post as an entry of a feed, and in calendars with the days that it names."""

from dataclasses import replace
from typing import Any

from app.core.i18n import translate
from app.edge.channels import Entry
from app.edge.post_words import facts_in, spoken
from app.features.events.calendar import EventDates
from app.features.posts.drafts import KINDS, restored


def post_entry(row: Any, dates: EventDates | None) -> Entry:
    """Return a card as an entry; ``dates`` are those of an event."""
    kind, details = KINDS[row.kind], restored(row.kind, row.details)
    names = spoken(row, left=row.author_has_left)
    facts = [": ".join(fact) for fact in facts_in(details, kind.on_card)]
    return Entry(
        id=str(row.id),
        title=row.title,
        path=f"/posts/{row.id}",
        published=row.published_at,
        updated=row.edited_at or row.published_at,
        text="\n".join([*facts, row.excerpt]).strip(),
        author=names.company or names.person,
        author_path=names.company_href or names.person_href,
        place=row.place_name,
        tags=[(row.kind, translate(kind.label)), *((tag, None) for tag in row.tags)],
        occasions=[replace(one, text=translate(one.text)) for one in kind.occasions(details)],
        dates=dates,
    )
