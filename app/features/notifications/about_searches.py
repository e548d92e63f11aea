"""Telling people what was found for the searches they keep: in the inbox and by one mail."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_, Locale, as_locale, translate
from app.core.letters import Letter, Line, Section
from app.core.mailing import Posting, send_letters
from app.core.settings import settings
from app.features.appearances.noting import add_told
from app.features.notifications import topics
from app.features.notifications.letters import (
    GREETING,
    Addressee,
    address,
    list_id,
    small_print,
)
from app.features.notifications.telling import tell
from app.features.notifications.unsubscribing import Kind, MailingList, stop_headers
from app.features.notifications.wording import Wording, announced, in_words
from app.features.searches.due import DigestDue, take_due_hits
from app.features.searches.finding import HitsFound
from app.models.accounts import Account
from app.models.people import Person
from app.models.searches import Frequency
from app.models.statistics import Surface

FOUND = Wording(
    "search.found",
    topics.SEARCHES,
    N_("Neuer Treffer für Ihren Suchauftrag „%(search)s“: „%(post)s“ (%(why)s)"),
)
FOUND_SEVERAL = Wording(
    "search.found_several",
    topics.SEARCHES,
    N_("Es gibt %(count)s neue Treffer für Ihre Suchaufträge."),
)
MOST: Final = 30  # hits written out in one mail
_INTRODUCTION = N_("für Ihre Suchaufträge bei %(site)s haben wir gefunden:")
_CHANGE = N_("Suchaufträge ansehen und ändern")


@on(HitsFound)
async def tell_at_once(session: Session, event: HitsFound) -> None:
    """Tell a person of everything that is due at once; a second run finds nothing due."""
    hits = await take_due_hits(session, event.person_id, Frequency.AT_ONCE)
    await _tell(session, event.person_id, Frequency.AT_ONCE, hits)


@on(DigestDue)
async def tell_by_digest(session: Session, event: DigestDue) -> None:
    """Tell a person what was found since the last digest; where nothing was, nothing is said."""
    hits = await take_due_hits(session, event.person_id, event.frequency, before=event.before)
    await _tell(session, event.person_id, event.frequency, hits)


async def _tell(session: Session, person_id: UUID, frequency: Frequency, hits: list[Any]) -> None:
    if not hits:
        return
    await add_told(session, Surface.DIGEST, [hit.post_id for hit in hits])
    first = hits[0]
    about = MailingList(person_id, Kind.SEARCHES, frequency)
    if len({hit.search_id for hit in hits}) == 1:
        about = MailingList(person_id, Kind.SEARCH, str(first.search_id))
    if len(hits) == 1:
        wording, path = FOUND, f"/posts/{first.post_id}"
        params = {"search": first.label, "post": announced(first), "why": first.reasons}
    else:
        wording, path = FOUND_SEVERAL, "/searches"
        params = {"count": str(len(hits))}
    if about.kind == Kind.SEARCH and len(hits) > 1:
        path = f"/searches/{about.which}"
    key = f"{wording.type}:{first.id}"  # a hit is due once, so none is the first of two mails
    await tell(session, wording, [person_id], params=params, path=path, dedup_key=key)
    reader = (
        await session.execute(
            select(Person.id, Person.name, Account.email, Account.locale)
            .join(Account, Account.id == Person.account_id)
            .where(Person.id == person_id, Account.closed_at.is_(None))
        )
    ).first()
    if reader:
        subject = translate(
            wording.text, as_locale(reader.locale), **in_words(params, as_locale(reader.locale))
        )
        await send_letters(session, [_posting(Addressee(*reader), about, subject, hits, key)])


def _posting(
    to: Addressee, about: MailingList, subject: str, hits: Sequence[Any], key: str
) -> Posting:
    """Return the mail that tells of hits, under their searches, as many as one mail bears."""
    locale = to.language
    sections = [
        Section(heading=found[0].label, lines=[_line(hit, locale) for hit in found])
        for _, group in groupby(hits[:MOST], key=lambda hit: hit.search_id)
        for found in [list(group)]
    ]
    if (left := len(hits) - MOST) > 0:
        text = translate(N_("und %(count)s weitere"), locale, count=left)
        sections.append(Section(heading=text, lines=[]))
    return Posting(
        to=to.email,
        subject=subject,
        letter=Letter(
            paragraphs=[
                translate(GREETING, locale, name=to.name),
                translate(_INTRODUCTION, locale, site=settings().site.name),
            ],
            sections=sections,
            button=Line(text=translate(_CHANGE, locale), link=address("/searches")),
            small=small_print(about, locale),
        ),
        locale=locale,
        dedup_key=f"{key}:{to.person_id}",
        headers={**stop_headers(about), "List-Id": list_id("searches"), "Precedence": "bulk"},
    )


def _line(hit: Any, locale: Locale) -> Line:
    why = in_words({"why": hit.reasons}, locale)["why"]
    return Line(text=announced(hit), link=address(f"/posts/{hit.post_id}"), note=why)
