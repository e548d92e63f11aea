"""Stopping mails by a key from a mail, without signing in (RFC 8058), each list by itself."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final
from urllib.parse import quote
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Gone
from app.core.i18n import N_
from app.core.reads import SessionReader
from app.core.secret import signing_key
from app.core.settings import settings
from app.features.notifications.preferences import (
    SettingsPatch,
    change_settings,
    read_settings,
)
from app.features.notifications.topics import TOPICS
from app.features.searches.stopping import SearchList, searches_of, stop_mails
from app.models.notifications import Volume
from app.models.searches import Frequency

STOP: Final = "stop"  # the address to which mail programs write, where mail comes in
VALID_FOR: Final = timedelta(days=400)


class StopKeyInvalid(Gone):
    code: ClassVar[str] = "stop_key_invalid"
    text: ClassVar[str] = N_(
        "Dieser Verweis gilt nicht mehr. Bitte melden Sie sich an, um einzustellen, wovon Sie "
        "erfahren."
    )


class Kind(StrEnum):
    """What a mail belongs to."""

    TOPIC = "topic"
    GROUP = "group"
    DIGEST = "digest"
    SEARCH = "search"
    SEARCHES = "searches"  # all with one frequency


@dataclass(frozen=True, slots=True)
class MailingList:
    """The mails of one kind to one person; ``which`` says of what topic, group or search."""

    person_id: UUID
    kind: Kind
    which: str = ""

    @property
    def searches(self) -> SearchList:
        """The searches of which these mails tell."""
        if self.kind == Kind.SEARCH:
            return SearchList(self.person_id, search_id=UUID(self.which))
        return SearchList(self.person_id, frequency=Frequency(self.which))

    @property
    def topic(self) -> str:
        """What these mails are about, where that is one topic (German)."""
        return TOPICS[self.which].label if self.kind == Kind.TOPIC else ""

    @property
    def is_of_feed(self) -> bool:
        """Whether what these mails tell of stands in the feed, and not in the inbox."""
        return self.kind == Kind.TOPIC and TOPICS[self.which].only_gathered


def stop_link(about: MailingList) -> str:
    """Return the address at which the mails of a list are stopped."""
    return f"{settings().base_url.rstrip('/')}/unsubscribe?key={stop_key(about)}"


def stop_headers(about: MailingList) -> dict[str, str]:
    """Return the headers by which mail programs offer to stop a list with one click."""
    inbound = settings().inbound
    to = f"{STOP}@{inbound.domain}" if inbound.takes_mail else settings().operator.email
    written = f"mailto:{to}?subject={quote(f'Abbestellen {stop_key(about)}')}"
    return {
        "List-Unsubscribe": f"<{stop_link(about)}>, <{written}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def stop_key(about: MailingList) -> str:
    """Return a key that stops the mails of one list, and does nothing else, for 400 days."""
    return _signer().dumps([str(about.person_id), about.kind, about.which])


def list_of(key: str) -> MailingList:
    """Return the list for which a key was given."""
    try:
        person_id, kind, which = _signer().loads(key, max_age=int(VALID_FOR.total_seconds()))
        return MailingList(UUID(person_id), Kind(kind), which)
    except (BadData, ValueError, TypeError):
        raise StopKeyInvalid from None


async def unsubscribe(session: Session, about: MailingList) -> list[str]:
    """Send no more mails of a list; what they told of stays in the inbox. Twice is once.

    Return the names of the searches that are stopped.
    """
    if about.kind in {Kind.SEARCH, Kind.SEARCHES}:
        stopped = [search.label for search in await searches_of(session, about.searches)]
        await stop_mails(session, about.searches)
        return stopped
    actor = Actor(person_id=about.person_id)
    never = {"mail": Frequency.NEVER}
    own = await read_settings(SessionReader(session), actor)
    if about.kind == Kind.TOPIC:
        wished: dict[str, Any] = {"topics": {about.which: never}}
    elif about.kind == Kind.GROUP:
        group_id = UUID(about.which)
        heard = {one.id for one in own.groups if one.volume != Volume.MUTED}
        wished = {"groups": {group_id: Volume.QUIETER}} if group_id in heard else {}
    else:
        gathered = {Frequency.DAILY, Frequency.WEEKLY}
        wished = {"topics": {one.key: never for one in own.topics if one.mail in gathered}}
    await change_settings(session, actor, SettingsPatch.model_validate(wished))
    return []


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_key(), salt="stop-mails")
