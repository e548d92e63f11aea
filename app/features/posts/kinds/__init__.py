"""The registry of post kinds: every module in this package is one kind, or shared by several.

A kind's module declares its ``Details`` and a ``KIND``. What readers and programs meet of it
follows from that: the draft and its place in the OpenAPI document, the form, the card, the page,
the filters of lists, how long it lives, what search engines are told, and an example.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.i18n import N_
from app.features.posts.examining import Examined as Examined, Finding as Finding
from app.features.posts.facets import Facet
from app.features.posts.inquiry_forms import USUAL, InquiryForm
from app.features.posts.matching_rules import Rule
from app.features.posts.occasions import Occasion
from app.models.posts import Audience, Post


def _name_the_kind(schema: dict[str, Any]) -> None:
    """Say in the contract that ``kind`` has to be given: it tells which details these are."""
    schema["required"] = sorted({"kind", *schema.get("required", ())})


class Details(BaseModel):
    """Base for the facts one kind of post adds; ``kind`` discriminates.

    Validators here say what is always wrong. What depends on the day, or may be confirmed, is
    for ``Kind.examine``: stored details are read through this model for as long as they live.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_name_the_kind)

    kind: str

    def asked(self) -> dict[str, Any]:
        """Return what a form shows of details that were written before."""
        return self.model_dump()


def refuse(code: str, text: str, *, at: str = "") -> NoReturn:
    """Say in a validator of details what is wrong with them together; ``text`` is German.

    ``at`` is the detail that would mend it, where there is one: forms show the error there.
    """
    raise PydanticCustomError(code, text, {"at": at} if at else None)


class Disclosure(StrEnum):
    """Metadata of a detail that not every reader of the post may see; it needs a default.

    Whoever may not see it gets the details without it, in every list, page and answer.
    """

    SIGNED_IN = "signed_in"
    KEEPER = "keeper"


class Topic(StrEnum):
    """Under which heading a kind stands where somebody chooses what to post."""

    TALK = N_("Gespräch")
    TRAINING = N_("Ausbildung und Arbeit")
    FREIGHT = N_("Fracht und Laderaum")
    SUCCESSION = N_("Unternehmensnachfolge")
    TRADE = N_("Geschäft")
    SPACE = N_("Gewerbeflächen")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a kind may tell search engines of one post; addresses are absolute.

    ``place`` is a schema.org Place or None, ``expires_at`` ISO 8601 or None, ``last_day`` the
    last day on which the post is shown. ``html`` is its text as safe HTML. ``date`` is the next
    date of an event: starts_at, ends_at, original_starts_at (ISO 8601), state and venue.
    """

    url: str
    title: str
    text: str
    published_at: str
    edited_at: str | None
    author: dict[str, Any]
    details: dict[str, Any]
    replies: int
    accepted: dict[str, Any] | None
    others: list[dict[str, Any]]
    reference: str | None = None
    expires_at: str | None = None
    place: dict[str, Any] | None = None
    last_day: str | None = None
    html: str = ""
    date: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Among which businesses of a place the one behind a concealed post hides.

    ``sector`` is a section or division of WZ 2008, ``size_bands`` those of company profiles.
    """

    sector: str | None = None
    size_bands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long posts of a kind live, in days from when they are published or renewed.

    ``longest_days`` count from the first publication: no renewal and no change carries a post
    beyond them. ``latest`` says by details and publication how far they reach, where they are
    counted from something else. ``ends`` says when the matter is over by itself (a loading day has
    passed); nothing prolongs a post beyond that either. Whoever keeps it is reminded ``reminders``
    days before its end, and asked about a reservation that has stood for
    ``ask_reserved_after_days``, each time anew. What nobody gets alone cannot be reserved.
    """

    days: int
    longest_days: int
    ends: Callable[[Any], datetime | None] = lambda _: None
    latest: Callable[[Any, datetime], datetime] | None = None
    reminders: tuple[int, ...] = (7, 1)
    ask_reserved_after_days: int | None = None
    may_be_reserved: bool = True

    def longest(self, details: Any, published_at: datetime) -> datetime:
        """Return the end of the longest time of a post that was first published then."""
        if self.latest:
            return self.latest(details, published_at)
        return published_at + timedelta(days=self.longest_days)

    def latest_end(self, details: Any, published_at: datetime) -> datetime:
        """Return the end beyond which a post never lives: by itself, or after its longest time."""
        longest = self.longest(details, published_at)
        return min(self.ends(details) or longest, longest)


Index = Callable[[Session, Post, Any], Awaitable[None]]
Loses = Callable[[Session, Post, Any], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """All the platform knows about one kind of post; texts are German.

    ``structured`` returns the post as schema.org has it. ``example`` is published in the demo and
    shown in the contract. ``title`` makes the title where the author need not think of one.
    ``titled`` completes a title that the author chose. ``suggests`` fills the blank form on a day.
    ``examine`` finds what is wrong or to be thought over. ``due`` says when the matter comes due,
    by which lists can be sorted. ``prefix`` begins the reference that people name on the phone.
    A post for which ``conceals`` is true shows its reference in place of its author; ``cell`` says
    what else narrows down who that may be. A post that a change leaves with nothing on offer
    (``is_over``) is done, which readers know as ``done``. ``audience`` is whom it is for where its
    author says nothing; without ``has_place`` it stands nowhere on the map. ``remark`` says in a
    few words what is special about it today. ``rule`` says which posts of another kind fit; both
    kinds name the same one. ``inquiry`` says how one asks about it; what lives and has none is
    asked about in the usual way. ``on_card`` are the details that a card shows, where not all.
    ``place`` is where the details say that it is, where the author names no place. ``index`` keeps
    what searches need beside a post that was written, in the same transaction. What ``has_stops``
    is loaded and unloaded at addresses that only its keeper and a partner of theirs learn.
    ``occasions`` are the days and times that calendars show of it. ``loses`` finds what a change
    of the details takes away that others reckon with.
    """

    details: type[Details]
    label: str
    plural: str
    hint: str
    example: Details
    structured: Callable[[Shown], dict[str, Any]]
    topic: Topic = Topic.TALK
    lifetime: Lifetime | None = None
    facets: tuple[Facet, ...] = ()
    may_accept_answer: bool = False
    title: Callable[[Any], str] | None = None
    titled: Callable[[str], str] = lambda title: title
    suggests: Callable[[date], dict[str, Any]] = lambda _: {}
    examine: Callable[[Examined], Iterable[Finding]] = lambda _: ()
    due: Callable[[Any], datetime | None] = lambda _: None
    prefix: str | None = None
    conceals: Callable[[Any], bool] = lambda _: False
    rule: Rule | None = None
    place: Callable[[Any], str] = lambda _: ""
    index: Index | None = None
    is_over: Callable[[Any], bool] = lambda _: False
    done: str | None = None
    audience: Audience = Audience.PUBLIC
    has_place: bool = True
    remark: Callable[[Any, date], str | None] = lambda _, __: None
    cell: Callable[[Any], Cell] = lambda _: Cell()
    on_card: tuple[str, ...] = ()
    inquiry: InquiryForm | None = None
    has_stops: bool = False
    occasions: Callable[[Any], Iterable[Occasion]] = lambda _: ()
    loses: Loses | None = None

    @property
    def inquiry_form(self) -> InquiryForm | None:
        """How one asks about posts of this kind; None for what is answered by replies."""
        return self.inquiry or (USUAL if self.lifetime else None)

    @property
    def key(self) -> str:
        """The value of ``kind`` in rows, URLs and JSON."""
        return str(self.details.model_fields["kind"].default)

    def kept_from(self, *readers: Disclosure) -> list[str]:
        """Return the details that only such readers may see."""
        fields = self.details.model_fields.items()
        return [name for name, info in fields if set(readers) & set(_disclosures(info.metadata))]

    def facet(self, name: str) -> Facet | None:
        """Return the facet of that name, if the kind has it."""
        return next((facet for facet in self.facets if facet.name == name), None)


def _disclosures(metadata: list[Any]) -> list[Disclosure]:
    return [one for one in metadata if isinstance(one, Disclosure)]


def discover() -> dict[str, Kind]:
    """Import each sibling module and collect its ``KIND``."""
    modules = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__))
    kinds = [module.KIND for module in modules if hasattr(module, "KIND")]
    return {kind.key: kind for kind in sorted(kinds, key=lambda one: list(Topic).index(one.topic))}
