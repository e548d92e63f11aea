"""Which numbers there are about which subject, and which of them are sums of which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from app.core.asking import label
from app.core.i18n import N_
from app.core.small_numbers import Key, Sum, told
from app.features.posts.drafts import KINDS
from app.reference.sectors import CLASSIFICATIONS, divisions, section_of, sections

REGION: Final = "region"


class Measure(StrEnum):
    """What was counted; "by" means that there is an item."""

    COMPANIES = "companies"
    PEOPLE = "people"
    POSTS = "posts"
    OPEN_POSTS = "open_posts"
    ANSWER_HOURS = "answer_hours"
    COMPANIES_BY_SECTOR = "companies_by_sector"
    COMPANIES_BY_PLACE = "companies_by_place"
    PEOPLE_BY_PLACE = "people_by_place"
    POSTS_BY_PLACE = "posts_by_place"
    POSTS_BY_KIND = "posts_by_kind"
    POSTS_BY_MONTH = "posts_by_month"
    OPEN_POSTS_BY_KIND = "open_posts_by_kind"


label(
    {
        Measure.COMPANIES: N_("Unternehmen und andere Organisationen"),
        Measure.PEOPLE: N_("Personen"),
        Measure.POSTS: N_("Beiträge in zwölf Monaten"),
        Measure.OPEN_POSTS: N_("Beiträge, die jetzt gelten"),
        Measure.ANSWER_HOURS: N_("Stunden bis zur ersten Antwort (Median)"),
        Measure.COMPANIES_BY_SECTOR: N_("Unternehmen nach Branchen"),
        Measure.COMPANIES_BY_PLACE: N_("Unternehmen nach Gemeinden"),
        Measure.PEOPLE_BY_PLACE: N_("Personen nach Gemeinden"),
        Measure.POSTS_BY_PLACE: N_("Beiträge in zwölf Monaten nach Gemeinden"),
        Measure.POSTS_BY_KIND: N_("Beiträge in zwölf Monaten nach Art"),
        Measure.POSTS_BY_MONTH: N_("Beiträge nach Monaten"),
        Measure.OPEN_POSTS_BY_KIND: N_("Beiträge, die jetzt gelten, nach Art"),
    }
)


def place_subject(place_id: Any) -> str:
    """Return the subject of a municipality's numbers."""
    return f"place:{place_id}"


def sector_subject(code: str) -> str:
    """Return the subject of a sector's numbers; ``code`` has its classification (``2008:C``)."""
    return f"sector:{code}"


@dataclass(slots=True)
class Counts:
    """Everything that was counted, before it is decided what may be told."""

    towns: list[str]
    months: list[str]
    # By measure, place, sector and item; empty for all.
    numbers: dict[Key, int] = field(default_factory=dict)
    hours: dict[tuple[str, str], float] = field(default_factory=dict)  # by place and sector

    def add(
        self, measure: Measure, number: int, place: Any = "", sector: Any = "", item: Any = ""
    ) -> None:
        """Note a number; None means all, as empty does."""
        self.numbers[measure, str(place or ""), str(sector or ""), str(item or "")] = number

    @property
    def sectors(self) -> dict[int, list[str]]:
        """Sections by classification, of those that anybody uses and of WZ 2008."""
        used = {key[2].partition(":")[0] for key in self.numbers} | {str(CLASSIFICATIONS[0])}
        return {
            year: [f"{year}:{letter}" for letter in sections(year)]
            for year in CLASSIFICATIONS
            if str(year) in used
        }

    def documents(self) -> dict[str, list[list[Any]]]:
        """Return the figures of every subject, without those that must not be told."""
        wanted = {subject: list(keys) for subject, keys in self._subjects()}
        every = {key for keys in wanted.values() for key, _, _ in keys}
        numbers = {key: self.numbers.get(key, 0) for key in every}
        shown = told(numbers, [one for one in self._sums() if {one.total, *one.parts} <= every])
        return {
            subject: [
                *([measure, item, shown[key]] for key, measure, item in keys),
                [Measure.ANSWER_HOURS, "", self._hours(subject)],
            ]
            for subject, keys in wanted.items()
        }

    def _hours(self, subject: str) -> float | str:
        kind, _, key = subject.partition(":")
        where = (key, "") if kind == "place" else ("", key)
        return self.hours.get(where, "under_5")

    def _subjects(self) -> Iterator[tuple[str, Iterator[tuple[Key, Measure, str]]]]:
        yield REGION, self._of_region()
        for town in self.towns:
            yield place_subject(town), self._of(town, "")
        for year, letters in self.sectors.items():
            for code in (*letters, *(f"{year}:{digits}" for digits in divisions(year))):
                yield sector_subject(code), self._of("", code)

    def _of(self, place: str, sector: str) -> Iterator[tuple[Key, Measure, str]]:
        for measure in (Measure.COMPANIES, Measure.PEOPLE, Measure.POSTS, Measure.OPEN_POSTS):
            yield (measure, place, sector, ""), measure, ""
        for measure, of, items in (
            (Measure.POSTS_BY_KIND, Measure.POSTS, KINDS),
            (Measure.OPEN_POSTS_BY_KIND, Measure.OPEN_POSTS, KINDS),
            (Measure.POSTS_BY_MONTH, Measure.POSTS, self.months),
        ):
            for item in items:
                yield (of, place, sector, item), measure, item
        if not sector:
            for code in (code for letters in self.sectors.values() for code in letters):
                yield (Measure.COMPANIES, place, code, ""), Measure.COMPANIES_BY_SECTOR, code
        elif sector[-1].isalpha():
            for town in self.towns:
                yield (Measure.COMPANIES, town, sector, ""), Measure.COMPANIES_BY_PLACE, town

    def _of_region(self) -> Iterator[tuple[Key, Measure, str]]:
        yield from self._of("", "")
        for measure, of in (
            (Measure.COMPANIES_BY_PLACE, Measure.COMPANIES),
            (Measure.PEOPLE_BY_PLACE, Measure.PEOPLE),
            (Measure.POSTS_BY_PLACE, Measure.POSTS),
        ):
            for town in self.towns:
                yield (of, town, "", ""), measure, town

    def _sums(self) -> Iterator[Sum]:
        """Yield all that readers can compare: rows, columns, and sections with divisions."""
        parts = self._divisions()
        yield from self._sums_of_lines(parts)
        yield from self._sums_of_towns(list(parts))
        items = ["", *KINDS, *self.months]
        for code, divided in parts.items():
            yield _sum((Measure.COMPANIES, "", code, ""), [
                (Measure.COMPANIES, "", one, "") for one in divided
            ])  # fmt: skip
            for item in items:
                below: list[Key] = [(Measure.POSTS, "", one, item) for one in divided]
                yield _sum((Measure.POSTS, "", code, item), below)

    def _divisions(self) -> dict[str, list[str]]:
        """Return the divisions of every section."""
        found = {code: list[str]() for letters in self.sectors.values() for code in letters}
        for year in self.sectors:
            for digits in divisions(year):
                found[f"{year}:{section_of(digits, year)}"].append(f"{year}:{digits}")
        return found

    def _sums_of_lines(self, parts: Mapping[str, list[str]]) -> Iterator[Sum]:
        """Yield the posts of each place and sector as sums of kinds and of months."""
        codes = [one for section, divided in parts.items() for one in (section, *divided)]
        lines = [("", ""), *((town, "") for town in self.towns), *(("", code) for code in codes)]
        for place, sector in lines:
            for of, items in (
                (Measure.POSTS, list(KINDS)),
                (Measure.OPEN_POSTS, list(KINDS)),
                (Measure.POSTS, self.months),
            ):
                yield _sum((of, place, sector, ""), [(of, place, sector, one) for one in items])

    def _sums_of_towns(self, codes: list[str]) -> Iterator[Sum]:
        """Yield what the towns make together, and the sections in each of them."""
        for town in ("", *self.towns):
            for letters in self.sectors.values():
                sectors: list[Key] = [(Measure.COMPANIES, town, code, "") for code in letters]
                yield _sum((Measure.COMPANIES, town, "", ""), sectors)
        columns: list[tuple[str, str, str]] = [(Measure.PEOPLE, "", "")]
        columns += [(Measure.COMPANIES, code, "") for code in ("", *codes)]
        columns += [(Measure.POSTS, "", item) for item in ("", *KINDS, *self.months)]
        columns += [(Measure.OPEN_POSTS, "", item) for item in ("", *KINDS)]
        for of, sector, item in columns:
            below: list[Key] = [(of, town, sector, item) for town in self.towns]
            yield _sum((of, "", sector, item), below)


def _sum(total: Key, parts: list[Key]) -> Sum:
    return Sum(total, tuple(parts))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number as it is told: ``value`` is None where ``withheld`` says why."""

    measure: Measure
    item: str
    value: float | None
    withheld: str | None


def figures_of(stored: list[list[Any]]) -> list[Figure]:
    """Read what a row of the table keeps."""
    return [
        Figure(
            Measure(measure),
            item,
            None if isinstance(value, str) else value,
            value if isinstance(value, str) else None,
        )
        for measure, item, value in stored
    ]


def by_measure(figures: list[Figure]) -> Mapping[Measure, list[Figure]]:
    """Return figures under what was counted."""
    return {one: [each for each in figures if each.measure == one] for one in Measure}
