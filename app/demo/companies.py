"""The firms of the demo region beside the cast: the same ones every time, none of them real."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import permutations
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from slugify import slugify

from app.reference.tables import legal_forms

FIRMS_BY_SECTION: Mapping[str, int] = {
    "A": 25,
    "B": 2,
    "C": 190,
    "D": 25,
    "E": 12,
    "F": 330,
    "G": 862,
    "H": 95,
    "I": 175,
    "J": 105,
    "K": 95,
    "L": 110,
    "M": 388,
    "N": 279,
    "P": 45,
    "Q": 75,
    "R": 60,
    "S": 127,
}  # WZ 2008 sections of 3,000 firms in Hattingen; G, M and N as published, the rest plausible
KNOWN_SECTIONS = ("G", "M", "N")
FIRMS_BY_TOWN: Mapping[str, int] = {"Bochum": 42, "Hattingen": 24, "Herne": 17, "Witten": 17}
POSTCODES: Mapping[str, tuple[str, ...]] = {
    "Bochum": (
        "44787",
        "44789",
        "44791",
        "44793",
        "44795",
        "44797",
        "44799",
        "44801",
        "44803",
        "44805",
        "44807",
        "44809",
        "44866",
        "44867",
        "44869",
        "44879",
        "44892",
        "44894",
    ),
    "Hattingen": ("45525", "45527", "45529"),
    "Herne": (
        "44623",
        "44625",
        "44627",
        "44628",
        "44629",
        "44649",
        "44651",
        "44652",
        "44653",
    ),
    "Witten": ("58452", "58453", "58454", "58455", "58456"),
}
TOWN_OF: Mapping[str, str] = {code: town for town, codes in POSTCODES.items() for code in codes}

_SIZES: Mapping[str, Mapping[str, int]] = {
    "solo": {"owner_only": 45, "1-4": 45, "5-9": 10},
    "small": {"owner_only": 8, "1-4": 40, "5-9": 32, "10-19": 15, "20-49": 5},
    "mid": {"1-4": 15, "5-9": 30, "10-19": 28, "20-49": 20, "50-99": 6, "100-249": 1},
    "large": {"5-9": 10, "10-19": 25, "20-49": 35, "50-99": 18, "100-249": 9, "250-499": 3},
}
_TRAINS: Mapping[bool, int] = {True: 45, False: 55}
_LARGE = {"50-99", "100-249", "250-499"}
_FORMS: Mapping[str, Mapping[str, int]] = {
    "craft": {"einzelunternehmen": 45, "gmbh": 37, "gbr": 8, "ek": 5, "gmbh_co_kg": 3, "ohg": 2},
    "trade": {"einzelunternehmen": 50, "ek": 15, "gmbh": 18, "gbr": 7, "ug": 7, "ohg": 3},
    "free": {"freier_beruf": 47, "partg_mbb": 18, "gmbh": 25, "gbr": 10},
    "corporate": {"gmbh": 62, "gmbh_co_kg": 20, "ug": 6, "kg": 5, "ek": 5, "ag": 2},
    "care": {"gmbh": 60, "ggmbh": 30, "einzelunternehmen": 10},
    "coop": {"eg": 60, "gmbh": 40},
}
_PERSONAL = {"einzelunternehmen", "freier_beruf"}
_SHARED = {"gbr", "ohg", "partg_mbb"}


T = TypeVar("T")


class Trade(BaseModel):
    """What firms of one kind do, and the words from which they are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: str
    division: str
    weight: int = 1
    names: tuple[str, ...]
    what: tuple[str, ...]
    detail: tuple[str, ...]
    offers: tuple[str, ...]
    needs: tuple[str, ...]
    size: str
    forms: str


class DemoCompany(BaseModel):
    """One made firm; ``divisions`` are WZ 2008, ``size_band`` a code of the reference."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    form: str = "firm"
    legal_form: str
    size_band: str
    section: str
    divisions: tuple[str, ...]
    postcode: str
    town: str
    street: str
    founded: int
    trains_apprentices: bool
    website: str
    email: str
    phone: str
    description: str
    offers: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def imprint(self) -> str:
        """The firm's own Impressum."""
        return (
            f"Angaben gemäß § 5 DDG\n\n{self.name}\n{self.street}\n{self.postcode} {self.town}\n\n"
            f"Telefon: {self.phone}\nE-Mail: {self.email}\n\nFiktives Unternehmen dieser Demo."
        )


def demo_companies(
    n: int = 400, beside: Mapping[tuple[str, str], int] | None = None
) -> list[DemoCompany]:
    """Make ``n`` firms spread over the towns and sections of the region.

    ``beside`` counts the companies by town and section that are there already, so that all of
    them together keep the shares of ``FIRMS_BY_SECTION`` in each town.
    """
    places = [
        (town, section)
        for town, firms in apportion(n, FIRMS_BY_TOWN).items()
        for section, count in _sections_of(town, firms, beside or {}).items()
        for _ in range(count)
    ]
    taken: set[str] = set()
    used: Counter[str] = Counter()
    made = []
    for index, (town, section) in enumerate(places):
        trade = _pick(f"trade {index}", _trades(section))
        made.append(_company(index, town, trade, used[trade.division], taken))
        used[trade.division] += 1
    return made


def apportion(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split ``total`` in the ratio of ``weights`` by largest remainders; the parts sum to it."""
    whole = sum(weights.values())
    parts = {key: total * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def _sections_of(town: str, firms: int, beside: Mapping[tuple[str, str], int]) -> dict[str, int]:
    there = {section: count for (where, section), count in beside.items() if where == town}
    wanted = apportion(firms + sum(there.values()), FIRMS_BY_SECTION)
    missing = {key: max(0, count - there.get(key, 0)) for key, count in wanted.items()}
    for _ in range(sum(missing.values()) - firms):  # what the cast has beyond its share
        free = {key: count for key, count in missing.items() if key not in KNOWN_SECTIONS}
        missing[max(free, key=lambda key: free[key])] -= 1
    return missing


def _company(index: int, town: str, trade: Trade, turn: int, taken: set[str]) -> DemoCompany:
    size_band = _pick(f"size {index}", _SIZES[trade.size])
    legal_form = _legal_form(index, trade, size_band)
    what, description = _description(trade, turn)
    streets = _words()["streets"]
    earliest = 1986 if trade.size == "solo" or trade.forms == "free" else 1924
    founded = earliest + _number(f"founded {index}", 2022 - earliest)
    bare = _name(index, trade.names[what % len(trade.names)], taken)
    name = bare if legal_form in _PERSONAL else f"{bare} {legal_forms()[legal_form].de}"
    key = slugify(bare, replacements=[("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ö", "Oe")])
    return DemoCompany(
        key=key,
        name=name,
        legal_form=legal_form,
        size_band=size_band,
        section=trade.section,
        divisions=(trade.division,),
        postcode=POSTCODES[town][_number(f"postcode {index}", len(POSTCODES[town]))],
        town=town,
        street=f"{streets[_number(f'street {index}', len(streets))]} {1 + index % 89}",
        founded=founded,
        trains_apprentices=size_band != "owner_only" and _pick(f"trains {index}", _TRAINS),
        website=f"https://www.{key}.example",
        email=f"kontakt@{key}.example",
        phone=f"+49 221 4710{200 + index % 800}",
        description=description.format(town=town, year=founded),
        offers=_some(f"offers {index}", trade.offers),
        needs=_some(f"needs {index}", trade.needs),
    )


def _legal_form(index: int, trade: Trade, size_band: str) -> str:
    picked = _pick(f"form {index}", _FORMS[trade.forms])
    if size_band in _LARGE and picked in _PERSONAL | _SHARED | {"ug"}:
        return "gmbh"
    if size_band == "owner_only" and picked in _SHARED | {"ag", "kg"}:
        return "freier_beruf" if trade.forms == "free" else "gmbh"
    return picked


def _description(trade: Trade, turn: int) -> tuple[int, str]:
    """Return which ``what`` the ``turn``-th firm of a trade does, and its description."""
    what = turn % len(trade.what)
    endings = [(detail,) for detail in trade.detail] + list(permutations(trade.detail, 2))
    round_ = turn // len(trade.what)
    ending = (
        endings[(round_ + what) % len(trade.detail)]
        if round_ < len(trade.detail)
        else (endings[round_ % len(endings)])
    )
    return what, " ".join((trade.what[what], *ending))


def _name(index: int, pattern: str, taken: set[str]) -> str:
    families, places = _words()["families"], _words()["places"]
    for attempt in range(len(families) * 2):
        first = _number(f"name {index} {attempt}", len(families))
        second = (first + 1 + _number(f"second {index}", len(families) - 1)) % len(families)
        place = places[_number(f"place {index} {attempt}", len(places))]
        name = pattern.format(name=families[first], name2=families[second], place=place)
        if name not in taken:
            taken.add(name)
            return name
    taken.add(numbered := f"{pattern.format(name='Ruhr', name2='Ost', place='Ruhr')} {index}")
    return numbered


def _some(key: str, words: Sequence[str]) -> tuple[str, ...]:
    start = _number(key, len(words))
    return tuple(words[(start + step) % len(words)] for step in range(min(2, len(words))))


def _pick(key: str, weights: Mapping[T, int]) -> T:
    left = _number(key, sum(weights.values()))
    for choice, weight in weights.items():
        if left < weight:
            return choice
        left -= weight
    raise AssertionError(key)


def _number(key: str, below: int) -> int:
    """Return a number from 0 up to ``below`` that looks random and is the same for the same key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) % below


@cache
def trades() -> tuple[Trade, ...]:
    """Read the trades from which firms are made."""
    return tuple(Trade.model_validate(entry) for entry in _read("trades.toml")["trade"])


@cache
def _words() -> dict[str, list[str]]:
    return _read("words.toml")


def _read(name: str) -> dict[str, Any]:
    text = (files("app.demo") / "content" / name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _trades(section: str) -> dict[Trade, int]:
    return {trade: trade.weight for trade in trades() if trade.section == section}


def count_sections(companies: Iterable[DemoCompany], town: str) -> Counter[str]:
    """Count the firms of a town by WZ 2008 section."""
    return Counter(company.section for company in companies if company.town == town)
