"""Composing a post: what follows from what somebody wrote, and whether it may stand so."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_, translate
from app.core.ids import new_id
from app.core.settings import settings
from app.core.text import find_tags
from app.features.places.lookup import find_place
from app.features.posts.coarsening import coarse_place
from app.features.posts.drafts import KINDS, MAX_TAGS, PostChange, restored
from app.features.posts.kinds import Details, Examined, Finding, Kind
from app.models.companies import Company, Site
from app.models.people import Person
from app.models.posts import Confirmation, Post, ReferenceCounter

EXCERPT = 280  # characters
MIN_TITLE = 3  # characters


class ConfirmationNeeded(Invalid):
    """Nothing is wrong, but something should be thought over: ``errors`` say what, by code."""

    code: ClassVar[str] = "confirmation_needed"
    text: ClassVar[str] = N_("Bitte prüfen Sie die Hinweise, und bestätigen Sie sie.")


def title_of(kind: Kind, draft: PostChange) -> str:
    """Return the title somebody chose, else the one that the kind makes; refuse a missing one."""
    made = kind.title(draft.details) if kind.title else ""
    title = kind.titled(draft.title) if draft.title else made
    if len(title) < MIN_TITLE:
        raise Invalid(
            FieldError(("title",), "title_missing", N_("Bitte geben Sie einen Titel an."))
        )
    if kind.lifetime is None and not draft.body:
        raise Invalid(
            FieldError(("body",), "body_missing", N_("Bitte füllen Sie dieses Feld aus."))
        )
    return title


def confirmed_findings(
    kind: Kind,
    draft: PostChange,
    title: str,
    names: Sequence[str],
    further: Sequence[Finding] = (),
) -> list[tuple[str, str]]:
    """Return code and text of every warning that was confirmed; ``further`` are asked for, too.

    Raises Invalid for what is wrong, ConfirmationNeeded for warnings not yet confirmed.
    """
    today = clock.today(settings().zone)
    examined = Examined(draft.details, title, draft.body, today, draft.tags, names)
    findings = [*kind.examine(examined), *further]
    errors = [
        FieldError(one.path, one.code, one.text, one.params, is_confirmable=one.is_confirmable)
        for one in findings
        if not (one.is_confirmable and one.code in draft.confirmed)
    ]
    if wrong := [error for error in errors if not error.is_confirmable]:
        raise Invalid(*wrong)
    if errors:
        raise ConfirmationNeeded(*errors)
    return [(one.code, translate(one.text, "de", **one.params)) for one in findings]


async def names_of(session: Session, person_id: UUID | None, company_id: UUID | None) -> list[str]:
    """Return the names of who publishes a post: of the person, and of the company."""
    named = union_all(
        select(Person.name).where(Person.id == person_id),
        select(Company.name).where(Company.id == company_id),
    )
    return list(await session.scalars(named))


async def keep_confirmations(
    session: Session, post: Post, confirmed: Sequence[tuple[str, str]], person_id: UUID
) -> None:
    """Keep which warnings were confirmed, in the words that were read."""
    if not confirmed:
        return
    rows = [
        {
            "id": new_id(),
            "post_id": post.id,
            "code": code,
            "text": text,
            "person_id": None if post.is_concealed else person_id,
        }
        for code, text in confirmed
    ]
    await session.execute(insert(Confirmation).values(rows).on_conflict_do_nothing())


def refuse_what_is_over(kind: Kind, details: Details) -> None:
    """Refuse to publish what offers nothing any more."""
    if kind.is_over(details):
        text = N_("Hier ist nichts mehr zu vergeben.")
        raise Invalid(FieldError(("details",), "nothing_left", text))


def end_of(
    kind: Kind, draft: PostChange, moment: datetime, *, published_at: datetime | None = None
) -> datetime | None:
    """Return when a post ends: as its author wants, by itself, or after the time of its kind.

    ``moment`` is from when it lives on, ``published_at`` when it was published first, if that is
    something else: from there its longest time counts. Refuses an end that has passed, and one
    beyond the longest time.
    """
    if kind.lifetime is None:
        return None
    by_itself = kind.lifetime.ends(draft.details)
    latest = kind.lifetime.latest_end(draft.details, published_at or moment)
    if by_itself and by_itself <= moment:
        text = N_("Der Zeitraum, um den es geht, ist schon vorbei.")
        raise Invalid(FieldError(("details",), "already_over", text))
    if draft.valid_until is None:
        return min(by_itself or moment + timedelta(days=kind.lifetime.days), latest)
    tomorrow = draft.valid_until + timedelta(days=1)
    wanted = datetime.combine(tomorrow, time(), settings().zone)
    if wanted <= moment:
        raise Invalid(
            FieldError(("valid_until",), "in_the_past", N_("Dieser Tag ist schon vorbei."))
        )
    longest = kind.lifetime.longest(draft.details, published_at or moment)
    if wanted > longest + timedelta(days=1):
        text = N_("Dieser Beitrag kann längstens bis %(day)s gelten.")
        day = {"day": day_in_words(longest)}
        raise Invalid(FieldError(("valid_until",), "too_late", text, day))
    return min(wanted, latest)


def day_in_words(end: datetime) -> str:
    """Return the last day before an end, as texts in both languages show it."""
    last = (end - timedelta(microseconds=1)).astimezone(settings().zone)
    return last.strftime("%d.%m.%Y")


async def next_reference(session: Session, kind: Kind, moment: datetime) -> str | None:
    """Return the next reference of the kind in this year, such as ``FRA-2027-00042``."""
    if kind.prefix is None:
        return None
    year = moment.astimezone(settings().zone).year
    counted = (
        insert(ReferenceCounter)
        .values(prefix=kind.prefix, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["prefix", "year"], set_={"last": ReferenceCounter.last + 1}
        )
        .returning(ReferenceCounter.last)
    )
    number = await session.scalar(counted)
    return f"{kind.prefix}-{year}-{number:05}"


def all_tags(given: Sequence[str], body: str) -> list[str]:
    """Return the tags given and those written in the text, each once, ten at most."""
    return list(dict.fromkeys([*given, *find_tags(body)]))[:MAX_TAGS]


def moment_of(kind: Kind, details: Details, moment: datetime) -> datetime:
    """Return the time that a post tells: of a concealed one the hour only.

    By the very second it could be laid beside what its author did elsewhere.
    """
    concealed = kind.conceals(details)
    return moment.replace(minute=0, second=0, microsecond=0) if concealed else moment


def kind_of(post: Post) -> Kind:
    """Return the kind of a post."""
    return KINDS[post.kind]


async def reindex(session: Session, post: Post) -> None:
    """Bring what is kept beside a post for searches in step with its details."""
    kind = kind_of(post)
    if kind.index:
        await kind.index(session, post, restored(post.kind, post.details))


async def place_to_show(
    session: Session, kind: Kind, details: Details, place_id: UUID | None
) -> UUID | None:
    """Return the place that a post may tell: a concealed one no finer than its district."""
    if not kind.conceals(details):
        return place_id
    return await coarse_place(session, place_id, kind.cell(details))


async def place_of(
    session: Session, kind: Kind, text: str, person_id: UUID | None, company: Company | None
) -> UUID | None:
    """Return the place that is meant; without a text, where the company or the person is.

    Refuses a place for a kind whose posts stand nowhere on the map.
    """
    if not kind.has_place:
        if text:
            refused = N_("Beiträge dieser Art nennen keinen Ort.")
            raise Invalid(FieldError(("place",), "place_not_shown", refused))
        return None
    if text:
        return (await find_place(session, text)).id
    home = (
        select(Site.place_id).where(Site.company_id == company.id, Site.is_main)
        if company
        else select(Person.place_id).where(Person.id == person_id)
    )
    return await session.scalar(home)
