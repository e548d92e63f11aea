"""The shipped tables, read once from the files beside this package."""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.core.text import sort_key

_DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Label:
    """A code with what it is called in German and English."""

    code: str
    de: str
    en: str


@dataclass(frozen=True, slots=True)
class LegalForm(Label):
    """``elf`` is the code of ISO 20275, ``spellings`` are other ways in which lists write it."""

    elf: str | None
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SizeBand(Label):
    """A band of employees; ``most`` is None in the band without an upper end."""

    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class State(Label):
    """A German state; ``ags`` are the two digits that begin its municipality codes."""

    ags: str


@dataclass(frozen=True, slots=True)
class Occupation:
    """A recognised training occupation; ``field`` is a code, ``months`` its usual length."""

    name: str
    field: str
    months: int


@dataclass(frozen=True, slots=True)
class TrainingPay:
    """What apprentices are paid at least who start in a year: euros gross a month, by year."""

    start_year: int
    amounts_eur: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A postcode in a municipality, and the point where that is."""

    postcode: str
    municipality: str
    state: str
    latitude: float
    longitude: float
    key: str


@dataclass(frozen=True, slots=True)
class OfficialMunicipality:
    """A municipality whose official code is known."""

    code: str
    name: str
    state: str
    district: str | None
    postcodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class OfficialDistrict:
    """A district whose official code is known."""

    code: str
    name: str
    state: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


@cache
def legal_forms() -> dict[str, LegalForm]:
    """Return the legal forms by code, in the order in which they are offered."""
    return {
        row["code"]: LegalForm(
            row["code"],
            row["de"],
            row["en"],
            row["elf"] or None,
            tuple(filter(None, row["spellings"].split(";"))),
        )
        for row in _rows("legal_forms")
    }


@cache
def size_bands() -> dict[str, SizeBand]:
    """Return the bands of employees by code, smallest first."""
    return {
        row["code"]: SizeBand(
            row["code"],
            row["de"],
            row["en"],
            int(row["min"]),
            int(row["max"]) if row["max"] else None,
        )
        for row in _rows("size_bands")
    }


@cache
def topics() -> dict[str, Label]:
    """Return the topics of contact persons and groups by code."""
    return {row["code"]: Label(row["code"], row["de"], row["en"]) for row in _rows("topics")}


@cache
def languages() -> dict[str, Label]:
    """Return the languages businesses speak, by ISO 639-1 code, in German alphabetical order."""
    return {row["code"]: Label(row["code"], row["de"], row["en"]) for row in _rows("languages")}


@cache
def states() -> dict[str, State]:
    """Return the German states by ISO 3166-2 code."""
    return {
        row["code"]: State(row["code"], row["de"], row["en"], row["ags"]) for row in _rows("states")
    }


@cache
def occupation_fields() -> dict[str, Label]:
    """Return the occupational fields by code, in German alphabetical order."""
    return {
        row["code"]: Label(row["code"], row["de"], row["en"]) for row in _rows("occupation_fields")
    }


@cache
def occupations() -> dict[str, Occupation]:
    """Return the recognised training occupations by name, in alphabetical order."""
    return {
        row["name"]: Occupation(row["name"], row["field"], int(row["months"]))
        for row in _rows("occupations")
    }


@cache
def training_pay() -> dict[int, TrainingPay]:
    """Return the minimum training pay (§ 17 BBiG) by the year of the start, earliest first."""
    amounts = ("first_eur", "second_eur", "third_eur", "fourth_eur")
    return {
        int(row["start_year"]): TrainingPay(
            int(row["start_year"]), tuple(int(row[name]) for name in amounts)
        )
        for row in _rows("training_pay")
    }


def known_training_pay(start_year: int) -> TrainingPay:
    """Return the minimum for a start in that year; where it is not known, the latest before."""
    known = training_pay()
    earlier = [year for year in known if year <= start_year]
    return known[max(earlier, default=min(known))]


def place_lines() -> Iterator[PlaceLine]:
    """Yield every postcode with every municipality it covers, by postcode and name."""
    for row in _rows("places"):
        yield PlaceLine(
            row["postcode"],
            row["municipality"],
            row["state"],
            float(row["latitude"]),
            float(row["longitude"]),
            row["key"],
        )


def official_municipalities() -> Iterator[OfficialMunicipality]:
    """Yield the municipalities whose official codes are shipped."""
    for row in _regions()["municipality"]:
        yield OfficialMunicipality(
            row["code"], row["name"], row["state"], row.get("district"), frozenset(row["postcodes"])
        )


def official_districts() -> Iterator[OfficialDistrict]:
    """Yield the districts whose official codes are shipped."""
    for row in _regions()["district"]:
        yield OfficialDistrict(row["code"], row["name"], row["state"])


def sector_titles(classification: int) -> Iterator[dict[str, str]]:
    """Yield code, parent, de and en of the sections, then of the divisions."""
    yield from _rows(f"wz{classification}")


def size_band_of(employees: int) -> SizeBand:
    """Return the band a number of employees falls into."""
    return next(
        band
        for band in size_bands().values()
        if band.most is None or max(employees, 0) <= band.most
    )


def find_legal_form(text: str) -> LegalForm | None:
    """Return the legal form that ``text`` names, however it is spelt, or None."""
    return _legal_form_names().get(_compact(text))


@cache
def _legal_form_names() -> dict[str, LegalForm]:
    return {
        _compact(name): form
        for form in legal_forms().values()
        for name in (form.code, form.de, *form.spellings)
    }


def _compact(text: str) -> str:
    """Fold case, spaces and full stops; "und", "u." and "&" are one word."""
    words = text.replace("&", " und ").replace(" u. ", " und ")
    return sort_key(words).replace(" ", "")


@cache
def _regions() -> dict[str, Any]:
    return tomllib.loads((_DATA / "regions.toml").read_text("utf-8"))


@cache
def compound_words() -> tuple[tuple[str, str], ...]:
    """Return the words of which compounds are made, each with its use: part, join or whole."""
    return tuple((row["word"], row["use"]) for row in _rows("compounds"))


def synonyms_in(file: Path) -> Iterator[tuple[str, ...]]:
    """Yield the groups of words that mean the same, from a file with ``area`` and ``words``."""
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE):
            words = tuple(filter(None, map(str.strip, (row.get("words") or "").split(";"))))
            if len(words) > 1:
                yield words


def shipped_synonyms() -> Path:
    """Return the file of synonyms that comes along."""
    return _DATA / "synonyms.tsv"
