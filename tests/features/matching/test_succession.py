"""Which successions and trade partners fit, and that no reason says more than both cards."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.features.posts.cooperation import RULE as TRADE
from app.features.posts.kinds.succession_offer import SuccessionOffer
from app.features.posts.kinds.succession_wanted import SuccessionWanted
from app.features.posts.kinds.trade_partner import TradePartner
from app.features.posts.matching_rules import Party
from app.features.posts.succession import RULE as SUCCESSION

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
DISTRICT = ("05954", "DE-NW", "DE")
OFFER = Party(
    details=SuccessionOffer(
        wz2008_section="C",
        wz2008_division="10",
        employees_band="11-20",
        revenue_band_teur="500-1000",
        price_band_teur="250-500",
        occasion="age",
        handover_forms=["asset_sale"],
        timing="one_to_three_years",
        master_required=True,
    ),
    published_at=NOW,
    place_name="Ennepe-Ruhr-Kreis",
    place_path=DISTRICT,
)
WANTED = Party(
    details=SuccessionWanted(
        wz2008_sections=["C", "G"],
        wz2008_divisions=["10"],
        employees_band="6-10",
        handover_forms=["asset_sale"],
        timing="one_to_three_years",
        budget_band_teur="250-500",
        has_master=True,
    ),
    published_at=NOW,
    place_name="Nordrhein-Westfalen",
    place_path=DISTRICT[1:],
)
EXPORT = Party(
    details=TradePartner(
        cooperations=["sales_partner_wanted"],
        direction="export",
        countries=["NL", "PL"],
        hs_code="9031",
        wz2008_section="C",
        wz2008_division="26",
        certificates=["iso_9001"],
        languages=["de", "en"],
    ),
    published_at=NOW,
)
AGENCY = Party(
    details=TradePartner(
        cooperations=["representation_offered"],
        direction="import",
        countries=["NL"],
        hs_code="9031.80",
        wz2008_section="G",
        wz2008_division="46",
        required_certificates=["iso_9001"],
        languages=["en"],
    ),
    published_at=NOW,
)


def changed(party, **details):
    return replace(party, details=party.details.model_copy(update=details))


def test_what_fits_in_everything_has_all_points():
    verdict = SUCCESSION.judge(OFFER, WANTED)
    assert verdict.score == 100
    said = [reason.said("de") for reason in verdict.reasons]
    assert said == [
        "dieselbe Branche",
        "in Ennepe-Ruhr-Kreis",
        "passende Betriebsgröße",
        "Preis im Rahmen des Budgets",
        "derselbe Zeitpunkt",
        "Meisterbrief vorhanden",
    ]


@pytest.mark.parametrize(
    ("offer", "wanted", "score"),
    [
        (OFFER, changed(WANTED, wz2008_divisions=[]), 70),
        (OFFER, changed(WANTED, employees_band="1-5"), 80),
        (OFFER, changed(WANTED, budget_band_teur="100-250"), 75),
        (changed(OFFER, price_band_teur="negotiable"), WANTED, 87),
        (OFFER, changed(WANTED, timing="later"), 92),
        (OFFER, changed(WANTED, timing="at_once"), 85),
        (OFFER, changed(WANTED, has_master=False), 90),
        (changed(OFFER, master_required=False), changed(WANTED, has_master=False), 100),
    ],
)
def test_each_part_counts_for_itself(offer, wanted, score):
    assert SUCCESSION.judge(offer, wanted).score == score


def test_trade_and_region_must_fit():
    assert SUCCESSION.judge(OFFER, changed(WANTED, wz2008_sections=["G"])) is None
    elsewhere = replace(WANTED, place_path=("DE-BY", "DE"))
    assert SUCCESSION.judge(OFFER, elsewhere) is None
    smaller = replace(WANTED, place_path=("05954016", *DISTRICT), place_name="Hattingen")
    assert SUCCESSION.judge(OFFER, smaller)
    anywhere = replace(WANTED, place_path=(), place_name=None)
    assert SUCCESSION.judge(OFFER, anywhere)


def test_an_agency_fits_who_looks_for_one_in_either_order():
    verdict = TRADE.judge(EXPORT, AGENCY)
    assert verdict == TRADE.judge(AGENCY, EXPORT)
    assert verdict.score == 40 + 20 + 10
    assert "Zolltarif 9031" in [reason.said("de") for reason in verdict.reasons]


@pytest.mark.parametrize(
    "other",
    [
        changed(AGENCY, cooperations=["sales_partner_wanted"]),
        changed(AGENCY, countries=["BE"]),
        changed(AGENCY, hs_code="8471"),
        changed(AGENCY, required_certificates=["iso_9001", "aeo"]),
    ],
)
def test_cooperation_country_goods_and_certificates_must_fit(other):
    assert TRADE.judge(EXPORT, other) is None
    assert TRADE.judge(other, EXPORT) is None


def test_goods_that_are_not_named_are_no_obstacle():
    assert TRADE.judge(EXPORT, changed(AGENCY, hs_code=None)).score == 50
