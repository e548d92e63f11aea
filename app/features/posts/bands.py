"""Bands: how confidential figures of a business are told, never exactly."""

from enum import StrEnum
from typing import Any

from app.core.asking import label
from app.core.i18n import N_
from app.reference.tables import size_bands


class EmployeesBand(StrEnum):
    """How many people a business employs."""

    NONE = "0"
    TO_5 = "1-5"
    TO_10 = "6-10"
    TO_20 = "11-20"
    TO_50 = "21-50"
    TO_100 = "51-100"
    OVER_100 = "over_100"


class MoneyBand(StrEnum):
    """The revenue of a year, or what a buyer can pay, in thousands of euros."""

    TO_50 = "under_50"
    TO_100 = "50-100"
    TO_250 = "100-250"
    TO_500 = "250-500"
    TO_1000 = "500-1000"
    TO_2500 = "1000-2500"
    TO_5000 = "2500-5000"
    TO_10000 = "5000-10000"
    OVER_10000 = "over_10000"


class PriceBand(StrEnum):
    """A price, in thousands of euros, or that it is open."""

    TO_50 = "under_50"
    TO_100 = "50-100"
    TO_250 = "100-250"
    TO_500 = "250-500"
    TO_1000 = "500-1000"
    TO_2500 = "1000-2500"
    TO_5000 = "2500-5000"
    TO_10000 = "5000-10000"
    OVER_10000 = "over_10000"
    NEGOTIABLE = "negotiable"
    NOT_STATED = "not_stated"


_MONEY = {
    "under_50": N_("unter 50"),
    "50-100": N_("50–100"),
    "100-250": N_("100–250"),
    "250-500": N_("250–500"),
    "500-1000": N_("500–1.000"),
    "1000-2500": N_("1.000–2.500"),
    "2500-5000": N_("2.500–5.000"),
    "5000-10000": N_("5.000–10.000"),
    "over_10000": N_("über 10.000"),
}
_LIMITS = {
    "under_50": (0, 50),
    "50-100": (50, 100),
    "100-250": (100, 250),
    "250-500": (250, 500),
    "500-1000": (500, 1_000),
    "1000-2500": (1_000, 2_500),
    "2500-5000": (2_500, 5_000),
    "5000-10000": (5_000, 10_000),
    "over_10000": (10_000, None),
}
_PEOPLE = {
    EmployeesBand.NONE: (0, 0),
    EmployeesBand.TO_5: (1, 5),
    EmployeesBand.TO_10: (6, 10),
    EmployeesBand.TO_20: (11, 20),
    EmployeesBand.TO_50: (21, 50),
    EmployeesBand.TO_100: (51, 100),
    EmployeesBand.OVER_100: (101, None),
}
label({MoneyBand(value): text for value, text in _MONEY.items()})
label(
    {
        **{PriceBand(value): text for value, text in _MONEY.items()},
        PriceBand.NEGOTIABLE: N_("Verhandlungsbasis"),
        PriceBand.NOT_STATED: N_("keine Angabe"),
    }
)
label(
    {
        EmployeesBand.NONE: N_("keine"),
        EmployeesBand.TO_5: N_("1–5"),
        EmployeesBand.TO_10: N_("6–10"),
        EmployeesBand.TO_20: N_("11–20"),
        EmployeesBand.TO_50: N_("21–50"),
        EmployeesBand.TO_100: N_("51–100"),
        EmployeesBand.OVER_100: N_("über 100"),
    }
)


def price_range(band: str | None) -> dict[str, Any]:
    """Return the limits of a band in euros, as schema.org's PriceSpecification has them."""
    low, high = _LIMITS.get(band or "", (None, None))
    limits = {"minPrice": low, "maxPrice": high}
    return {name: limit * 1_000 for name, limit in limits.items() if limit is not None}


def is_within(price: str, budget: str) -> bool:
    """Whether a business of this price band begins within a budget band."""
    bands = list(_LIMITS)
    return price in _LIMITS and bands.index(price) <= bands.index(budget)


def steps_between(one: EmployeesBand, other: EmployeesBand) -> int:
    """Return how many bands two bands are apart."""
    bands = list(EmployeesBand)
    return abs(bands.index(one) - bands.index(other))


def sizes_of(band: EmployeesBand) -> frozenset[str]:
    """Return the size bands of company profiles that a business of this band may be in."""
    low, high = _PEOPLE[band]
    return frozenset(
        row.code
        for row in size_bands().values()
        if (high is None or row.least <= high) and (row.most is None or row.most >= low)
    )
