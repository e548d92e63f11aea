"""Bringing in events of an iCalendar file, by a command or from a calendar that is read regularly.

An event is known by its UID. What the file says anew is changed, what it says no longer is
withdrawn, and all else, with what was decided here, stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import attempt
from app.core.errors import FieldError, Invalid, Refusal, SignInRequired
from app.core.i18n import N_
from app.features.companies.speaking import require_voice
from app.features.events.calendar_files import Announced
from app.features.events.fitting import fit_dates
from app.features.posts.drafts import KINDS, PostDraft, PostPatch
from app.features.posts.editing import edit_post
from app.features.posts.ending import withdraw_post
from app.features.posts.events.losing import DATES_LOST
from app.features.posts.events.rules import Series, last_end
from app.features.posts.policy import MET
from app.features.posts.publishing import publish_post
from app.features.posts.syncing import find_named
from app.models.calendars import ImportedEvent
from app.models.occurrences import Occurrence
from app.models.places import Place, PlaceKind
from app.models.posts import Post, PostStatus

_LIVE = (*MET, PostStatus.DRAFT)


class Fate(StrEnum):
    """What became of an event of a file."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    LEFT_OUT = "left_out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one event: ``reasons`` are German texts with what fills them in."""

    title: str
    fate: Fate
    reasons: tuple[tuple[str, dict[str, Any]], ...] = ()


async def bring_in(
    session: Session,
    actor: Actor,
    found: Sequence[Announced],
    *,
    company_id: UUID | None,
    calendar_id: UUID | None = None,
) -> list[Taken]:
    """Publish what a file announces as the actor's or a company's, each event by itself.

    What is private, over or was ended here is left out. With ``calendar_id``, events that this
    calendar brought and has no longer are withdrawn.
    """
    if actor.person_id is None:
        raise SignInRequired
    if company_id:
        await require_voice(session, actor, company_id)
    whose = _Whose(actor, company_id, calendar_id)
    taken = [await _take(session, whose, one) for one in found]
    if calendar_id:
        taken += await _withdraw_missing(session, whose, {one.external_id for one in found})
    return taken


@dataclass(frozen=True, slots=True)
class _Whose:
    """In whose name events are brought in, and from which calendar."""

    actor: Actor
    company_id: UUID | None
    calendar_id: UUID | None


async def _take(session: Session, whose: _Whose, one: Announced) -> Taken:
    if one.trouble:
        return Taken(one.title, Fate.REFUSED, ((one.trouble, {}),))
    try:
        async with attempt(session):
            return Taken(one.title, await _put(session, whose, one))
    except SignInRequired:
        raise
    except Refusal as refusal:
        errors = refusal.errors if isinstance(refusal, Invalid) else ()
        reasons = [(error.text, dict(error.params)) for error in errors]
        return Taken(
            one.title, Fate.REFUSED, tuple(reasons or [(refusal.text, dict(refusal.params))])
        )


async def _put(session: Session, whose: _Whose, one: Announced) -> Fate:
    post = await find_named(session, whose.actor, one.external_id, whose.company_id)
    known = await session.get(ImportedEvent, post.id) if post else None
    if post is not None and post.status not in _LIVE:
        if known is None or known.digest == one.digest:
            return Fate.LEFT_OUT  # who keeps it has ended it here
        post.external_id = None  # the name passes to a new one
        await session.flush()
        post = known = None
    if one.is_cancelled or one.is_private:
        return await _withdraw(session, whose, post, known)
    if known and (known.digest, known.calendar_id) == (one.digest, whose.calendar_id):
        return Fate.UNCHANGED
    facts = dict(one.facts)
    if _is_over(facts):
        return Fate.LEFT_OUT
    if post is None:
        fate, post = Fate.CREATED, await _publish(session, whose, one, facts)
    else:
        before = post.version
        await edit_post(session, whose.actor, post.id, _patch(post, one, facts))
        fate = Fate.UNCHANGED if post.version == before else Fate.CHANGED
    earlier = known.others if known else []
    fitted = await fit_dates(session, whose.actor, post, one.others, earlier)
    known = known or ImportedEvent(post_id=post.id, digest=b"")
    known.digest = one.digest if fitted.is_whole else b""
    known.calendar_id = whose.calendar_id
    known.others = [other.original.date().isoformat() for other in one.others]
    session.add(known)
    await session.flush()
    return Fate.CHANGED if fitted.has_changed and fate == Fate.UNCHANGED else fate


def _is_over(facts: dict[str, Any]) -> bool:
    series = Series(
        facts["starts_at"],
        facts["ends_at"],
        facts["time_zone"],
        facts["recurrence_rule"],
        facts["repeats_until"],
        facts["more_dates"],
    )
    end = last_end(series)
    return end is not None and end <= clock.now()


async def _publish(session: Session, whose: _Whose, one: Announced, facts: dict[str, Any]) -> Post:
    is_known = one.postcode and await session.scalar(
        select(Place.id).where(Place.kind == PlaceKind.POSTCODE, Place.code == one.postcode)
    )
    try:
        draft = PostDraft(
            details=KINDS["event"].details.model_validate({"kind": "event", **facts}),
            title=one.title,
            body=one.body,
            place=one.postcode if is_known else "",
            company_id=whose.company_id,
            external_id=one.external_id,
        )
    except ValidationError as error:
        raise _refused(error) from error
    return await publish_post(session, whose.actor, draft)


def _patch(post: Post, one: Announced, facts: dict[str, Any]) -> PostPatch:
    """Return the change that a file makes; what it does not speak of, such as places, stays."""
    details: Any = {**post.details, **facts}
    try:
        return PostPatch(
            title=one.title,
            body=one.body,
            details=KINDS["event"].details.model_validate(details),
            confirmed=[DATES_LOST],
        )
    except ValidationError as error:
        raise _refused(error) from error


def _refused(error: ValidationError) -> Invalid:
    """Say what does not fit, in our words where the rule is ours: others have an address."""
    found = []
    for one in error.errors():
        name = str(one["loc"][-1]) if one["loc"] else ""
        if "url" in one:
            text = N_("Die Angabe „%(field)s“ fehlt, ist zu lang oder passt nicht.")
            found.append(FieldError(one["loc"], one["type"], text, {"field": name}))
        else:
            found.append(FieldError(one["loc"], one["type"], one["msg"]))
    return Invalid(*found)


async def _withdraw(
    session: Session, whose: _Whose, post: Post | None, known: ImportedEvent | None
) -> Fate:
    """Withdraw an event with all its dates; who reckons with one is told."""
    if post is None:
        return Fate.LEFT_OUT
    await withdraw_post(session, whose.actor, post.id)
    if known:
        known.digest = b""  # if it comes back, it is published again
    return Fate.WITHDRAWN


async def _withdraw_missing(session: Session, whose: _Whose, named: set[str]) -> list[Taken]:
    """Withdraw what the calendar brought, has no longer, and is not over."""
    ahead = (
        select(Occurrence.post_id)
        .where(Occurrence.post_id == Post.id, Occurrence.ends_at > clock.now())
        .exists()
    )
    rows = await session.execute(
        select(Post, ImportedEvent)
        .join(ImportedEvent, ImportedEvent.post_id == Post.id)
        .where(
            ImportedEvent.calendar_id == whose.calendar_id,
            Post.status.in_(_LIVE),
            Post.external_id.not_in(named),
            ahead,
        )
        .order_by(Post.id)
    )
    return [Taken(post.title, await _withdraw(session, whose, post, known)) for post, known in rows]
