"""What the law asks of a lorry on offer: refused where it is plain, else shown to be confirmed."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from app.core.i18n import N_
from app.features.posts.examining import Finding
from app.features.posts.freight.driving_ban import is_banned, lies_in_ban
from app.features.posts.freight.terms import FreightPrice, LegalStatus, VehicleType

_LIFTED_KG, _LIFTED_M = 1_000, (2.4, 1.2)
_LEAST_METRES, _LEAST_KG = 0.1, 100
LAW: Final = "https://www.gesetze-im-internet.de/g_kg_1998/__1.html"


def of_space(trip: Any) -> Iterator[Finding]:
    """Refuse a lorry with less free than 0.1 loading metres or 100 kg."""
    text = N_("Angeboten werden mindestens 0,1 Lademeter und 100 kg.")
    if trip.free_loading_metres < _LEAST_METRES:
        yield Finding(("details", "free_loading_metres"), "too_little", text, is_confirmable=False)
    if trip.free_weight_kg < _LEAST_KG:
        yield Finding(("details", "free_weight_kg"), "too_little", text, is_confirmable=False)


def of_law(trip: Any) -> Iterator[Finding]:
    """Yield what goods transport law (GüKG) says to a trip; all places here are in Germany."""
    is_light = trip.vehicle_type == VehicleType.UP_TO_3_5_T and not trip.has_trailer
    if trip.legal_status == LegalStatus.OWN_ACCOUNT and not is_light:
        yield _own_account(trip)
    if trip.legal_status == LegalStatus.LIGHT_DOMESTIC and not is_light:
        text = N_("Ohne Erlaubnis geht es nur mit Fahrzeugen bis 3,5 t samt Anhänger.")
        yield Finding(("details", "legal_status"), "vehicle_needs_licence", text,
                      is_confirmable=False)  # fmt: skip
    if trip.legal_status == LegalStatus.LICENSED:
        yield from _licence(trip)


def _own_account(trip: Any) -> Finding:
    path, link = ("details", "legal_status"), {"link": LAW}
    if trip.price_type == FreightPrice.UNPAID:
        text = N_("Bitte rechtlich prüfen (§ 1 GüKG): %(link)s")
        return Finding(path, "own_account_unpaid", text, link)
    text = N_(
        "Im Werkverkehr dürfen Sie nur eigene Güter für eigene Zwecke befördern. Gegen Entgelt für "
        "andere braucht es über 3,5 t eine Erlaubnis (§§ 1 und 3 GüKG): %(link)s"
    )
    return Finding(path, "own_account_paid", text, link, is_confirmable=False)


def _licence(trip: Any) -> Iterator[Finding]:
    if not trip.licence_number:
        text = N_("Bitte nennen Sie die Nummer der Erlaubnis oder Gemeinschaftslizenz.")
        yield Finding(("details", "licence_number"), "licence_missing", text, is_confirmable=False)
    if trip.licence_valid_until is None or trip.licence_valid_until < last_day(trip):
        text = N_("Die Erlaubnis muss bis zum Ende der Fahrt gelten.")
        yield Finding(("details", "licence_valid_until"), "licence_expired", text,
                      is_confirmable=False)  # fmt: skip


def of_insurance(trip: Any) -> Iterator[Finding]:
    """Yield a warning where the liability of a haulier is not insured to the end of the trip."""
    is_haulier = trip.legal_status == LegalStatus.LICENSED
    if is_haulier and (trip.insured_until is None or trip.insured_until < last_day(trip)):
        text = N_(
            "Für die Fahrt ist keine gültige Haftpflichtversicherung angegeben (§ 7a GüKG: "
            "mindestens 600.000 Euro je Schadensereignis)."
        )
        yield Finding(("details", "insured_until"), "insurance_missing", text)


def of_papers(trip: Any, today: date) -> str | None:
    """Say of an offer whose licence or insurance has ended by now that it has."""
    if trip.licence_valid_until and trip.licence_valid_until < today:
        return N_("Erlaubnis abgelaufen")
    if trip.insured_until and trip.insured_until < today:
        return N_("Versicherung abgelaufen")
    return None


def of_driving_ban(trip: Any) -> Iterator[Finding]:
    """Yield a warning where a heavy lorry may drive at no time of its window."""
    heavy = is_banned(trip.vehicle_type, has_trailer=trip.has_trailer)
    if heavy and lies_in_ban(trip.departs_from, trip.departs_until):
        text = N_(
            "Sonntagsfahrverbot 0–22 Uhr: Das ganze Zeitfenster liegt an einem Sonntag oder "
            "Feiertag (§ 30 StVO, über 7,5 t oder mit Anhänger)."
        )
        yield Finding(("details", "departs_from"), "driving_ban", text)


def last_day(trip: Any) -> date:
    """Return the last day of the (first) trip."""
    day: date = (trip.arrives_by or trip.departs_until).date()
    return day


def of_hands(load: Any) -> Iterator[Finding]:
    """Yield a hint where a driver cannot unload alone what stands on a tail lift."""
    lifted = {"tail_lift", "pallet_truck"} & set(load.aids_on_site)
    heavy = any(
        one.weight_kg > _LIFTED_KG or one.length_m > _LIFTED_M[0] or one.width_m > _LIFTED_M[1]
        for one in load.packages
    )
    if lifted and "forklift" not in load.aids_on_site and heavy:
        text = N_(
            "Hebebühne und Hubwagen reichen nur bis 240×120×200 cm und 1.000 kg je Packstück."
        )
        yield Finding(("details", "aids_on_site"), "too_heavy_for_tail_lift", text)
