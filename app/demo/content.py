"""What the demo region says: its cast, groups and conversations, read from TOML and checked."""

import re
import tomllib
from collections import Counter
from collections.abc import Container, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.demo.companies import TOWN_OF, DemoCompany, demo_companies
from app.models.notifications import Volume
from app.reference.sectors import WZ_2008, section_of
from app.reference.tables import languages, legal_forms, size_bands

BERLIN = ZoneInfo("Europe/Berlin")
IN_DAYS = re.compile(r"in ([0-9]{1,3}) days(?: at (\d\d:\d\d))?")
FIRST_WEEKDAY = re.compile(
    r"(next|last) first (monday|tuesday|wednesday|thursday|friday) at (\d\d:\d\d)"
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
MENTION = re.compile(r"(?<![\w@/.])@([a-z0-9]+(?:-[a-z0-9]+)*)")

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Postcode = Annotated[str, Field(pattern=r"^\d{5}$")]
Body = Annotated[str, Field(min_length=1, max_length=20_000)]


class Entry(BaseModel):
    """Base of everything read from TOML: frozen, and nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Company(Entry):
    """A company of the cast; ``divisions`` are WZ 2008, codes are those of the reference."""

    key: Key
    name: str
    form: Literal["firm", "chamber", "association", "school", "town"]
    legal_form: str
    register_court: str | None = None
    register_number: str | None = None
    represented_by: str
    size_band: str
    divisions: tuple[str, ...] = Field(min_length=1)
    postcode: Postcode
    street: str
    founded: int
    trains_apprentices: bool
    mediates_successions: bool = False
    website: str
    email: str
    phone: str
    description: Body
    offers: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def town(self) -> str:
        """The town of the postcode."""
        return TOWN_OF[self.postcode]

    @property
    def section(self) -> str:
        """The WZ 2008 section of the first division."""
        return section_of(self.divisions[0], WZ_2008) or ""

    @property
    def imprint(self) -> str:
        """The company's own Impressum."""
        register = (
            f"\n\nRegister: {self.register_court}, {self.register_number}"
            if self.register_number
            else ""
        )
        return (
            f"Angaben gemäß § 5 DDG\n\n{self.name}\n{self.street}\n{self.postcode} {self.town}\n\n"
            f"Vertreten durch: {self.represented_by}\n\nTelefon: {self.phone}\n"
            f"E-Mail: {self.email}{register}\n\nFiktives Unternehmen dieser Demo."
        )

    @model_validator(mode="after")
    def _codes_are_known(self) -> Self:
        _require({self.legal_form}, legal_forms(), self.key)
        _require({self.size_band}, size_bands(), self.key)
        _require({self.postcode}, TOWN_OF, self.key)
        if not all(section_of(division, WZ_2008) for division in self.divisions):
            raise ValueError(self.divisions)
        return self


class Person(Entry):
    """A person of the cast, with at most one place in a company."""

    key: Key
    name: str
    email: str
    headline: str
    about: str
    topics: tuple[str, ...]
    postcode: Postcode
    languages: tuple[str, ...]
    phone: str | None = None
    company: Key | None = None
    role: Literal["owner", "editor", "member"] = "member"
    function: str = ""
    contact: bool = False

    @model_validator(mode="after")
    def _languages_are_known(self) -> Self:
        _require(set(self.languages), languages(), self.key)
        return self


class Group(Entry):
    """A topic group; ``people`` are all who belong to it."""

    key: Key
    name: str = Field(min_length=3, max_length=120)
    admission: Literal["open", "on_request", "hidden"]
    founder: Key
    company: Key | None = None
    founded_days_ago: int
    description: str
    charter: str
    topics: tuple[str, ...]
    places: tuple[str, ...]
    moderators: tuple[Key, ...] = ()
    members: tuple[Key, ...]
    requested: tuple[Key, ...] = ()
    volumes: dict[Key, Volume] = Field(default_factory=dict)  # who hears it louder or quieter

    @property
    def people(self) -> tuple[str, ...]:
        """Founder, moderators and members, each once."""
        return (self.founder, *self.moderators, *self.members)


class Voiced(Entry):
    """Somebody does something, for a company or for themselves, at a time in the past."""

    author: Key
    as_company: bool = False
    days_ago: int = Field(ge=1)
    at: time

    def said_at(self, now: datetime) -> datetime:
        """Return the moment in the past, counted in local days before ``now``."""
        day = now.astimezone(BERLIN).date() - timedelta(days=self.days_ago)
        return datetime.combine(day, self.at, BERLIN)


class Said(Voiced):
    """What posts and replies share: the words, and whom they helped."""

    body: Body
    helpful: tuple[Key, ...] = ()

    @property
    def mentions(self) -> tuple[str, ...]:
        """The keys of the people mentioned."""
        return tuple(MENTION.findall(self.body))

    def body_with(self, slugs: Mapping[str, str]) -> str:
        """Return the text with the keys of mentioned people replaced by their slugs."""
        return MENTION.sub(lambda found: f"@{slugs[found[1]]}", self.body)


class Reply(Said):
    """An answer; ``accepted`` marks the one that the author of a question chose."""

    accepted: bool = False


class Post(Said):
    """A discussion or a question, in a group or on its own, with its replies in order."""

    key: Key
    kind: Literal["discussion", "question"]
    title: str = Field(min_length=3, max_length=120)
    group: Key | None = None
    postcode: Postcode | None = None
    tags: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = Field(default=(), alias="reply")

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        words: list[Said] = [self, *self.replies]
        moments = [(-said.days_ago, said.at) for said in words]
        if moments != sorted(moments):
            message = f"{self.key}: a reply comes before what it answers"
            raise ValueError(message)
        if sum(reply.accepted for reply in self.replies) > (self.kind == "question"):
            message = f"{self.key}: more accepted answers than a post of its kind can have"
            raise ValueError(message)
        return self


class Inquiry(Said):
    """Somebody asks about a listing, and who keeps it brings the inquiry to a state."""

    fields: dict[str, Any] | None = None  # answers to the questions of the kind
    offers: Key | None = None  # another listing, put forward
    state: Literal["seen", "in_talks", "accepted", "declined"] | None = None
    answer: str = ""


class Share(Entry):
    """Somebody takes part in the purchasing pool of a listing."""

    author: Key
    as_company: bool = False
    quantity: float = Field(gt=0)


class Registered(Voiced):
    """Somebody takes part in the ``date``-th date of an event, and may have been there."""

    date: int = Field(0, ge=0)
    answers: tuple[str, ...] = ()
    attended: bool = False
    certified: bool = False


class WalkIn(Entry):
    """Somebody without an account comes to the ``date``-th date of an event, unannounced."""

    date: int = Field(0, ge=0)
    name: str
    company: str = ""


class Listing(Said):
    """A typed post: an offer or a need as data. Days in the details count from today."""

    key: Key
    kind: str
    title: str = Field("", max_length=120)
    place: Postcode | None = None
    tags: tuple[str, ...] = ()
    details: dict[str, Any]
    confirmed: tuple[str, ...] = ()
    mediator: Key | None = None
    inquiries: tuple[Inquiry, ...] = Field(default=(), alias="inquiry")
    shares: tuple[Share, ...] = Field(default=(), alias="share")
    registrations: tuple[Registered, ...] = Field(default=(), alias="registration")
    walk_ins: tuple[WalkIn, ...] = Field(default=(), alias="walk_in")

    def details_at(self, now: datetime) -> dict[str, Any]:
        """Return the details with their dates written out, counted from ``now``.

        Such as ``in 30 days``, ``in 30 days at 06:00``, ``next first thursday at 14:00`` and
        ``last first thursday at 14:00``.
        """
        today = now.astimezone(BERLIN).date()

        def dated(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            if first := FIRST_WEEKDAY.fullmatch(value):
                ahead = range(7, 50) if first[1] == "next" else range(-2, -45, -1)
                return f"{_first(WEEKDAYS.index(first[2]), today, ahead)}T{first[3]}"
            found = IN_DAYS.fullmatch(value)
            if found is None:
                return value
            day = (today + timedelta(days=int(found[1]))).isoformat()
            return f"{day}T{found[2]}" if found[2] else day

        return {"kind": self.kind, **{name: dated(value) for name, value in self.details.items()}}


def _first(weekday: int, today: date, ahead: range) -> date:
    """Return the first such weekday of a month that so many days lead to."""
    days = (today + timedelta(days=number) for number in ahead)
    return next(day for day in days if day.weekday() == weekday and day.day <= 7)  # noqa: PLR2004


class Region(Entry):
    """Everything the demo region starts with; every reference in it resolves."""

    companies: tuple[Company, ...]
    people: tuple[Person, ...]
    groups: tuple[Group, ...]
    posts: tuple[Post, ...]
    listings: tuple[Listing, ...] = ()

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        companies = _by_key(self.companies)
        people = _by_key(self.people)
        groups = _by_key(self.groups)
        _by_key(self.posts)
        for person in self.people:
            _require({person.company} if person.company else set(), companies, person.key)
        for group in self.groups:
            _require({group.company} if group.company else set(), companies, group.key)
            _require({*group.people, *group.requested}, people, group.key)
            _require(set(group.volumes), group.people, group.key)
            if len({*group.people, *group.requested}) < len(group.people) + len(group.requested):
                message = f"{group.key}: somebody is named twice"
                raise ValueError(message)
        for post in self.posts:
            _require({post.group} if post.group else set(), groups, post.key)
            belongs = groups[post.group].people if post.group else people
            for said in (post, *post.replies):
                _require({said.author, *said.helpful}, belongs, post.key)
                _require(set(said.mentions), people, post.key)
                _may_speak(said, people[said.author], post.key)
        listings = _by_key(self.listings)
        for listing in self.listings:
            _require({listing.author, *listing.helpful}, people, listing.key)
            _may_speak(listing, people[listing.author], listing.key)
            _require({listing.mediator} if listing.mediator else set(), companies, listing.key)
            for inquiry in listing.inquiries:
                _require({inquiry.author}, people, listing.key)
                _require({inquiry.offers} if inquiry.offers else set(), listings, listing.key)
                _may_speak(inquiry, people[inquiry.author], listing.key)
            taking_part: list[Voiced | Share] = [*listing.shares, *listing.registrations]
            for part in taking_part:
                _require({part.author}, people, listing.key)
                _has_voice(part, people[part.author], listing.key)
        return self

    def firms(self, n: int = 400) -> list[DemoCompany]:
        """Make the other firms, so that with the cast each town keeps its shares of sections."""
        return demo_companies(
            n, Counter((company.town, company.section) for company in self.companies)
        )


Keyed = TypeVar("Keyed", Company, Person, Group, Post, Listing)


def _may_speak(said: Said, person: Person, where: str) -> None:
    _has_voice(said, person, where)
    if said.author in said.helpful:
        message = f"{where}: {person.key} finds the own words helpful"
        raise ValueError(message)


def _has_voice(said: Voiced | Share, person: Person, where: str) -> None:
    if said.as_company and (person.company is None or person.role == "member"):
        message = f"{where}: {person.key} cannot speak for a company"
        raise ValueError(message)


def _by_key(entries: tuple[Keyed, ...]) -> dict[str, Keyed]:
    found = {entry.key: entry for entry in entries}
    if len(found) < len(entries):
        twice = [key for key, count in Counter(e.key for e in entries).items() if count > 1]
        message = f"used twice: {', '.join(twice)}"
        raise ValueError(message)
    return found


def _require(wanted: set[str], known: Container[str], where: str) -> None:
    missing = sorted(key for key in wanted if key not in known)
    if missing:
        message = f"{where}: unknown {', '.join(missing)}"
        raise ValueError(message)


@cache
def demo_region() -> Region:
    """Read and check the content of the demo region."""
    content = files("app.demo") / "content"
    cast = _read(content / "cast.toml")
    return Region.model_validate(
        {
            "companies": cast["company"],
            "people": cast["person"],
            "groups": _read(content / "groups.toml")["group"],
            "posts": _in_all(content / "conversations", "post"),
            "listings": _in_all(content / "listings", "listing"),
        }
    )


def _in_all(folder: Traversable, name: str) -> list[dict[str, Any]]:
    """Return the tables called ``name`` of every file in a folder, in the order of file names."""
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    return [table for path in paths for table in _read(path)[name]]


def _read(path: Traversable) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
