"""The people and companies of the measured region."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.ids import fingerprint
from app.core.text import make_slug, sort_key
from app.demo.companies import FIRMS_BY_SECTION, FIRMS_BY_TOWN, POSTCODES, Trade, trades
from app.models.companies import CompanyState, OrganisationForm, StaffRole
from app.reference.sectors import WZ_2008
from app.reference.tables import legal_forms, topics
from bench.copying import id_at
from bench.prose import Author
from bench.words import FAMILY_NAMES, FIRST_NAMES, STREETS

SESSIONS: Final = 500
_SIZE_BANDS: Final = {
    "owner_only": 34,
    "1-4": 33,
    "5-9": 14,
    "10-19": 9,
    "20-49": 6,
    "50-99": 2.2,
    "100-249": 1.2,
    "250-499": 0.4,
    "500+": 0.2,
}
_LEGAL_FORMS: Final = {
    "einzelunternehmen": 45,
    "gmbh": 33,
    "gmbh_co_kg": 7,
    "gbr": 6,
    "ek": 5,
    "ug": 4,
}
_SHARE_OWNED: Final = 0.05
_SHARE_CLOSED: Final = 0.01
_SHARE_SECOND_SITE: Final = 0.08
_SHARE_SECOND_SECTOR: Final = 0.2
_STAFF_OF_CHAMBER: Final = 30


@dataclass(frozen=True, slots=True)
class Postcode:
    """A postcode of the region as the platform's places have it."""

    id: UUID
    municipality_id: UUID
    code: str
    town: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class MadePerson:
    """A person, and the account behind it."""

    id: UUID
    account_id: UUID
    name: str
    since: datetime
    postcode: Postcode


@dataclass(frozen=True, slots=True)
class MadeCompany:
    """A company; ``staff`` are numbers of people, owners first."""

    id: UUID
    name: str
    trade: Trade
    postcode: Postcode
    state: CompanyState
    since: datetime
    staff: tuple[int, ...]


def session_secret(number: int) -> str:
    """Return the secret of the session of the person with that number."""
    return f"bench-session-{number}"


class Region:
    """Makes people and companies, the same for the same ``numbers``, up to the moment ``now``."""

    def __init__(
        self, numbers: random.Random, now: datetime, postcodes: list[Postcode], author: Author
    ) -> None:
        self._numbers = numbers
        self._now = now
        self._author = author
        towns = {postcode.town for postcode in postcodes}
        self._postcodes = postcodes
        shares = {town: FIRMS_BY_TOWN[town] / len(POSTCODES[town]) for town in towns}
        self._weights = [shares[postcode.town] for postcode in postcodes]
        sections: dict[str, int] = {}
        for trade in trades():
            sections[trade.section] = sections.get(trade.section, 0) + trade.weight
        self._trades = [
            FIRMS_BY_SECTION.get(trade.section, 10) * trade.weight / sections[trade.section]
            for trade in trades()
        ]
        self.people: list[MadePerson] = []
        self.companies: list[MadeCompany] = []

    def settle(self, people: int, companies: int) -> None:
        """Decide who there is; the rows tell of them."""
        for _ in range(people):
            since = self._moment(self._now - timedelta(days=900), self._now - timedelta(days=60))
            name = f"{self._numbers.choice(FIRST_NAMES)} {self._numbers.choice(FAMILY_NAMES)}"
            ids = id_at(since, self._numbers), id_at(since, self._numbers)
            self.people.append(MadePerson(*ids, name, since, self._postcode()))
        for number in range(companies):
            self.companies.append(self._company(number, companies))

    def accounts(self) -> Iterator[dict[str, Any]]:
        """Yield the logins."""
        for number, person in enumerate(self.people):
            email = f"person-{number}@bench.example"
            yield {
                "id": person.account_id,
                "created_at": person.since,
                "email": email,
                "email_key": email,
                "terms_accepted_at": person.since,
                "locale": "en" if number % 20 == 0 else "de",
            }

    def sessions(self) -> Iterator[dict[str, Any]]:
        """Yield a session each for the first people."""
        for number, person in enumerate(self.people[:SESSIONS]):
            yield {
                "id": id_at(self._now, self._numbers),
                "created_at": self._now,
                "account_id": person.account_id,
                "token_hash": fingerprint(session_secret(number)),
                "last_used_at": self._now,
                "expires_at": self._now + timedelta(days=30),
            }

    def person_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the people."""
        for number, person in enumerate(self.people):
            about = self._author.prose(self._numbers.choice((0, 1, 1, 2)) or 1)
            yield {
                "id": person.id,
                "created_at": person.since,
                "account_id": person.account_id,
                "slug": f"{make_slug(person.name)}-{number + 1}",
                "name": person.name,
                "sort_name": sort_key(person.name),
                "headline": self._author.title()[:80],
                "function": self._numbers.choice(("Inhaberin", "Geschäftsführer", "Ausbilderin")),
                "about": about.source,
                "about_html": about.html,
                "topics": self._numbers.sample(list(topics()), self._numbers.randrange(4)),
                "languages": ["de", *self._numbers.sample(("en", "tr", "pl", "nl"), 1)],
                "place_id": person.postcode.municipality_id,
            }

    def company_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the companies: most come from a list and are nobody's yet."""
        taken: dict[str, int] = {}
        for number, company in enumerate(self.companies):
            slug = make_slug(company.name)
            taken[slug] = taken.get(slug, 0) + 1
            is_owned = company.state == CompanyState.ACTIVE
            about = self._author.prose(1 + number % 3) if is_owned else None
            yield {
                "id": company.id,
                "created_at": company.since,
                "updated_at": company.since,
                "slug": slug if taken[slug] == 1 else f"{slug}-{taken[slug]}",
                "name": company.name,
                "sort_name": sort_key(company.name),
                "form": OrganisationForm.FIRM if number else OrganisationForm.CHAMBER,
                "state": company.state,
                "size_band": self._picked(_SIZE_BANDS),
                "trains_apprentices": self._numbers.random() < 0.2 or None,  # noqa: PLR2004
                "founded_year": 2024 - int(self._numbers.paretovariate(1) * 5) % 120,
                "summary": company.trade.what[number % len(company.trade.what)] if is_owned else "",
                "description": about.source if about else "",
                "description_html": about.html if about else "",
                "offers": list(company.trade.offers) if is_owned else [],
                "needs": list(company.trade.needs) if is_owned else [],
                "imprint": f"{company.name}, {company.postcode.code}" if is_owned else "",
                "website": f"https://www.firma-{number}.example/",
                "import_source": "bench",
                "external_id": f"{100_000 + number}",
                "email_on_file": f"firma-{number}@bench.example",
            }

    def site_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the main site of each company, and some second ones."""
        for company in self.companies:
            yield self._site(company, company.postcode, is_main=True)
            if self._numbers.random() < _SHARE_SECOND_SITE:
                yield self._site(company, self._postcode(), is_main=False)

    def sector_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the sectors of each company."""
        for company in self.companies:
            found = {company.trade.division: company.trade}
            if self._numbers.random() < _SHARE_SECOND_SECTOR:
                other = self._trade()
                found[other.division] = other
            for division, trade in found.items():
                yield {
                    "id": id_at(company.since, self._numbers),
                    "created_at": company.since,
                    "company_id": company.id,
                    "classification": WZ_2008,
                    "code": division,
                    "section": trade.section,
                    "division": division,
                }

    def staff_rows(self) -> Iterator[dict[str, Any]]:
        """Yield who works where."""
        for company in self.companies:
            for place, person in enumerate(company.staff):
                at = max(company.since, self.people[person].since)
                role = StaffRole.MEMBER if place > 1 else StaffRole.EDITOR
                yield {
                    "id": id_at(at, self._numbers),
                    "created_at": at,
                    "company_id": company.id,
                    "person_id": self.people[person].id,
                    "role": role if place else StaffRole.OWNER,
                    "function": "Geschäftsführung" if not place else "Mitarbeit",
                }

    def contact_rows(self) -> Iterator[dict[str, Any]]:
        """Yield who at the chamber answers for what."""
        chamber = self.companies[0]
        for topic, person in zip(topics(), chamber.staff, strict=False):
            yield {
                "id": id_at(chamber.since, self._numbers),
                "created_at": chamber.since,
                "company_id": chamber.id,
                "person_id": self.people[person].id,
                "topic": topic,
            }

    def _company(self, number: int, count: int) -> MadeCompany:
        trade = self._trade()
        owned = int(count * _SHARE_OWNED)
        family, second = self._numbers.sample(FAMILY_NAMES, 2)
        postcode = self._postcode()
        pattern = self._numbers.choice(trade.names)
        name = pattern.format(name=family, name2=second, place=postcode.town)
        form = self._picked(_LEGAL_FORMS)
        if form != "einzelunternehmen":
            name = f"{name} {legal_forms()[form].de}"
        since = self._moment(self._now - timedelta(days=1_000), self._now - timedelta(days=900))
        if number < owned:
            first = number % len(self.people)
            size = _STAFF_OF_CHAMBER if number == 0 else 1 + number % 4
            staff = tuple((first + step) % len(self.people) for step in range(size))
            state = CompanyState.ACTIVE
        else:
            staff = ()
            closed = self._numbers.random() < _SHARE_CLOSED
            state = CompanyState.CLOSED if closed else CompanyState.STUB
        made = id_at(since, self._numbers)
        return MadeCompany(made, name, trade, postcode, state, since, staff)

    def _site(self, company: MadeCompany, postcode: Postcode, *, is_main: bool) -> dict[str, Any]:
        return {
            "id": id_at(company.since, self._numbers),
            "created_at": company.since,
            "company_id": company.id,
            "street": f"{self._numbers.choice(STREETS)} {self._numbers.randrange(1, 120)}",
            "postcode": postcode.code,
            "town": postcode.town,
            "place_id": postcode.id,
            "latitude": round(postcode.latitude + self._numbers.uniform(-0.01, 0.01), 6),
            "longitude": round(postcode.longitude + self._numbers.uniform(-0.015, 0.015), 6),
            "is_main": is_main,
        }

    def _postcode(self) -> Postcode:
        return self._numbers.choices(self._postcodes, self._weights)[0]

    def _trade(self) -> Trade:
        return self._numbers.choices(trades(), self._trades)[0]

    def _picked(self, weights: dict[str, Any]) -> str:
        return self._numbers.choices(list(weights), list(weights.values()))[0]

    def _moment(self, earliest: datetime, latest: datetime) -> datetime:
        return earliest + (latest - earliest) * self._numbers.random()
