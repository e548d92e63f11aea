"""What notifications say, by type; each ``about_*`` module registers its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from app.core.i18n import N_, Locale, translate
from app.features.events.seating import day_of
from app.features.notifications.topics import Topic
from app.features.posts.matching_rules import restored_reason

WORDINGS: dict[str, "Wording"] = {}
_SOMETHING: Final = N_("Es gibt etwas Neues.")


class AnsweredIn(StrEnum):
    """Where it is written what somebody answers by mail."""

    POST = "post"
    CONVERSATION = "conversation"
    INQUIRY = "inquiry"


@dataclass(frozen=True, slots=True)
class Wording:
    """One type of notification: its German text, and the topic by which it is switched.

    ``text`` names its parameters as ``%(name)s``; it is the mail's subject as well, unless that
    is given. A parameter may be a list of stored reasons. ``several`` is said of several of one
    matter, ``%(count)s`` of them; without it each is said on its own. ``each`` is the parameter
    that tells them apart where there is room for it, in digests; without it they are only
    counted. ``thread`` is the subject of its mails where all of one matter must have the same to
    become one thread. What is ``answered_in`` a post or thread, named by its matter, can be
    answered by mail; nothing confidential can, where a signature would say who writes.
    """

    type: str
    topic: Topic
    text: str
    subject: str = ""
    several: str = ""
    each: str = ""
    thread: str = ""
    answered_in: AnsweredIn | None = None

    def __post_init__(self) -> None:
        assert self.type not in WORDINGS, self.type  # noqa: S101 - a slip of ours
        assert self.several or not self.each, self.type  # noqa: S101
        WORDINGS[self.type] = self


@dataclass(frozen=True, slots=True)
class Matter:
    """What is told of: it decides what becomes one line, one thread of mails, and who still may.

    ``key`` is the same for all that is told of the matter. Before a digest goes out, its reader
    must still see ``post_id``, or else the group. ``path`` is where several are found that
    became one line.
    """

    key: str
    post_id: UUID | None = None
    group_id: UUID | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told of one event: a wording, what it names, where it leads, and what it is about."""

    wording: Wording
    params: Mapping[str, Any]
    path: str
    dedup_key: str
    matter: Matter


def said(
    type_: str, params: Mapping[str, Any], locale: Locale | None = None, *, count: int = 1
) -> str:
    """Say a notification, or several of one matter, in a language (the current one by default)."""
    wording = WORDINGS.get(type_)
    if wording is None:
        return translate(_SOMETHING, locale)
    if count > 1 and wording.several:
        counted = {**in_words(params, locale), "count": str(count)}
        return translate(wording.several, locale, **counted)
    return translate(wording.text, locale, **in_words(params, locale))


def said_shortly(type_: str, params: Mapping[str, Any], locale: Locale) -> str:
    """Say a notification as the subject of its mail does, where others may look on."""
    wording = WORDINGS.get(type_)
    if wording is None or not wording.subject:
        return said(type_, params, locale)
    return translate(wording.subject, locale, **in_words(params, locale))


def in_words(params: Mapping[str, Any], locale: Locale | None = None) -> dict[str, str]:
    """Return params as they are said in a language; a list of reasons becomes one text."""
    return {
        name: ", ".join(restored_reason(one).said(locale) for one in value)
        if isinstance(value, list)
        else value
        for name, value in params.items()
    }


def named(post: Any) -> str:
    """Return what a post is called where others may read along: concealed ones by reference."""
    name: str = post.reference or post.title if post.is_concealed else post.title
    return name


def announced(post: Any) -> str:
    """Return what a post is called where readers hear that it is there: an event with its date."""
    if post.kind == "event" and post.due_at:
        return f"{named(post)} ({day_of(post.due_at, post.details['time_zone'])})"
    return named(post)
