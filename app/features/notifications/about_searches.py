"""Telling people what was found for the searches they keep: in the inbox and by one mail."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_, Locale, as_locale, translate
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.notifications.about_post_life import named
from app.features.notifications.telling import tell
from app.features.notifications.wording import Wording, in_words
from app.features.searches.due import DigestDue, take_due_hits
from app.features.searches.finding import HitsFound
from app.features.searches.stopping import MailingList, stop_key
from app.models.accounts import Account
from app.models.people import Person
from app.models.searches import Frequency

FOUND = Wording(
    "search.found",
    N_("Neuer Treffer für Ihren Suchauftrag „%(search)s“: „%(post)s“ (%(why)s)"),
    mail=False,
)
FOUND_SEVERAL = Wording(
    "search.found_several",
    N_("Es gibt %(count)s neue Treffer für Ihre Suchaufträge."),
    mail=False,
)
MOST: Final = 30  # hits written out in one mail
_TEXT = N_(
    "Guten Tag, %(name)s,\n\nfür Ihre Suchaufträge bei %(site)s haben wir gefunden:\n\n%(hits)s\n"
    "Ihre Suchaufträge ansehen und ändern: %(link)s\n"
    "Diese Mails abbestellen: %(stop)s\n"
)


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


async def _tell(session: Session, person_id: Any, frequency: Frequency, hits: list[Any]) -> None:
    if not hits:
        return
    first = hits[0]
    about = MailingList(person_id, frequency=frequency)
    if len({hit.search_id for hit in hits}) == 1:
        about = MailingList(person_id, search_id=first.search_id)
    if len(hits) == 1:
        wording, path = FOUND, f"/posts/{first.post_id}"
        params = {"search": first.label, "post": named(first), "why": first.reasons}
    else:
        wording, path = FOUND_SEVERAL, "/searches"
        params = {"count": str(len(hits))}
    if about.search_id and len(hits) > 1:
        path = f"/searches/{about.search_id}"
    key = f"{wording.type}:{first.id}"  # a hit is due once, so none is the first of two mails
    await tell(session, wording, [person_id], params=params, path=path, dedup_key=key)
    await _mail(session, about, wording, params, hits, key)


async def _mail(
    session: Session,
    about: MailingList,
    wording: Wording,
    params: dict[str, Any],
    hits: list[Any],
    key: str,
) -> None:
    reader = (
        await session.execute(
            select(Person.name, Account.email, Account.locale)
            .join(Account, Account.id == Person.account_id)
            .where(Person.id == about.person_id, Account.closed_at.is_(None))
        )
    ).first()
    if reader is None:
        return
    locale = as_locale(reader.locale)
    base_url = settings().base_url.rstrip("/")
    stop = f"{base_url}/searches/stop?key={stop_key(about)}"
    await send_mail(
        session,
        reader.email,
        subject="%(about)s",
        text=_TEXT,
        locale=locale,
        dedup_key=f"{key}:{about.person_id}",
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        about=translate(wording.text, locale, **in_words(params, locale)),
        name=reader.name,
        site=settings().site.name,
        hits=_written(hits, locale, base_url),
        link=f"{base_url}/searches",
        stop=stop,
    )


def _written(hits: Sequence[Any], locale: Locale, base_url: str) -> str:
    """Return the hits under their searches, as many as one mail bears."""
    lines = []
    for _, group in groupby(hits[:MOST], key=lambda hit: hit.search_id):
        found = list(group)
        lines.append(found[0].label)
        for hit in found:
            why = in_words({"why": hit.reasons}, locale)["why"]
            lines += [f"- {named(hit)} ({why})", f"  {base_url}/posts/{hit.post_id}"]
        lines.append("")
    if left := len(hits) - MOST:
        lines += (
            [translate(N_("und %(count)s weitere"), locale, count=left), ""] if left > 0 else []
        )
    return "\n".join(lines)
