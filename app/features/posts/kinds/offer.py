"""Offers: what somebody gives away, sells, lends or does; the counterpart of ``wanted``."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Line
from app.features.posts.facets import at_most, choice
from app.features.posts.goods import RULE
from app.features.posts.inquiry_forms import InquiryFields, InquiryForm
from app.features.posts.kinds import Details, Kind, Lifetime, Shown, Topic, refuse


class Category(StrEnum):
    """What is offered or wanted."""

    MACHINES = "machines"
    TOOLS = "tools"
    SURPLUS = "surplus"
    STORAGE = "storage"
    MACHINE_HOURS = "machine_hours"
    SERVICE = "service"
    STAFF = "staff"
    OFFICE = "office"
    KNOWLEDGE = "knowledge"
    RIDES = "rides"
    EVENT_PARTNERS = "event_partners"
    FUNDING_CONSORTIUM = "funding_consortium"
    BY_PRODUCTS = "by_products"
    PURCHASING_POOL = "purchasing_pool"
    NON_PROFIT = "non_profit"


label(
    {
        Category.MACHINES: N_("Maschinen und Anlagen"),
        Category.TOOLS: N_("Werkzeuge"),
        Category.SURPLUS: N_("Restposten und Material"),
        Category.STORAGE: N_("Lagerkapazität"),
        Category.MACHINE_HOURS: N_("Fertigungskapazität (freie Maschinenstunden)"),
        Category.SERVICE: N_("Dienstleistung"),
        Category.STAFF: N_("Personal auf Zeit (kollegiale Hilfe)"),
        Category.OFFICE: N_("Büro und Ausstattung"),
        Category.KNOWLEDGE: N_("Wissen und Mentoring"),
        Category.RIDES: N_("Mitfahrt und Pendeln"),
        Category.EVENT_PARTNERS: N_("Partner für Veranstaltungen"),
        Category.FUNDING_CONSORTIUM: N_("Konsortium für Fördermittel"),
        Category.BY_PRODUCTS: N_("Recycling und Nebenprodukte"),
        Category.PURCHASING_POOL: N_("Einkaufsgemeinschaft"),
        Category.NON_PROFIT: N_("Hilfe für gemeinnützige Einrichtungen (ohne Geld)"),
    }
)


class PriceType(StrEnum):
    """How a price is meant."""

    FIXED = "fixed"
    NEGOTIABLE = "negotiable"
    FREE = "free"
    EXCHANGE = "exchange"


label(
    {
        PriceType.FIXED: N_("Festpreis"),
        PriceType.NEGOTIABLE: N_("Verhandlungsbasis"),
        PriceType.FREE: N_("kostenlos"),
        PriceType.EXCHANGE: N_("Tausch"),
    }
)


class Condition(StrEnum):
    """In what state a thing is."""

    NEW = "new"
    USED = "used"
    DEFECTIVE = "defective"


label(
    {Condition.NEW: N_("neu"), Condition.USED: N_("gebraucht"), Condition.DEFECTIVE: N_("defekt")}
)

PRICED = frozenset({PriceType.FIXED, PriceType.NEGOTIABLE})
MoneyAmount = Annotated[float, Field(ge=0, le=100_000_000)]


class Goods(Details):
    """What offers and wants have in common."""

    category: Annotated[Category, Asked(N_("Kategorie"))]
    price_type: Annotated[PriceType, Asked(N_("Preis"))]
    price_eur: Annotated[
        MoneyAmount | None,
        Field(description="In euros, for all of it."),
        Asked(N_("Betrag in Euro"), hint=N_("Für alles zusammen; bei Festpreis oder als Basis.")),
    ] = None
    quantity: Annotated[
        Annotated[float, Field(gt=0, le=10_000_000)] | None,
        Field(description="In `unit`."),
        Asked(N_("Menge")),
    ] = None
    unit: Annotated[
        str,
        Line(20, 0),
        Asked(N_("Einheit"), hint=N_("Zum Beispiel Stück, kg, Stunden, Plätze")),
    ] = ""
    threshold: Annotated[
        Annotated[float, Field(gt=0, le=10_000_000)] | None,
        Field(description="Of a purchasing pool: from this quantity on, in `unit`, it buys."),
        Asked(
            N_("Mindestmenge der Einkaufsgemeinschaft"),
            hint=N_("Ab dieser gemeinsamen Menge wird bestellt."),
        ),
    ] = None

    @model_validator(mode="after")
    def _amounts_fit(self) -> "Goods":
        if self.price_type == PriceType.FIXED and self.price_eur is None:
            refuse("price_missing", N_("Zu einem Festpreis gehört ein Betrag."))
        if self.price_eur is not None and self.price_type not in PRICED:
            refuse("price_out_of_place", N_("Wo nichts zu zahlen ist, gehört kein Betrag hin."))
        if self.category == Category.NON_PROFIT and self.price_type in PRICED:
            refuse("money_for_non_profit", N_("Hilfe für Gemeinnützige ist ein Tausch ohne Geld."))
        if self.category == Category.PURCHASING_POOL and self.threshold is None:
            refuse("threshold_missing", N_("Eine Einkaufsgemeinschaft braucht eine Mindestmenge."))
        if self.quantity is not None and not self.unit:
            refuse("unit_missing", N_("Zu einer Menge gehört eine Einheit."))
        return self


class Offer(Goods):
    kind: Annotated[Literal["offer"], Asked(N_("Art"), widget="hidden")] = "offer"
    condition: Annotated[Condition | None, Asked(N_("Zustand"))] = None
    delivers: Annotated[bool, Asked(N_("Lieferung möglich"))] = False


def structured_offer(post: Shown) -> dict[str, Any]:
    """Return an offer as schema.org has it; what is wanted is a Demand, with the same fields."""
    said: dict[str, Any] = {
        "@type": "Offer",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "category": post.details["category"],
        "availability": "https://schema.org/InStock",
        "offeredBy": post.author,
    }
    if post.details.get("price_eur") is not None or post.details["price_type"] == "free":
        said |= {"price": post.details.get("price_eur") or 0, "priceCurrency": "EUR"}
    if post.expires_at:
        said["validThrough"] = post.expires_at
    if post.place:
        said["areaServed"] = post.place
    return said


class GoodsInquiry(InquiryFields):
    """What who asks about an offer or a want may say."""

    kind: Annotated[Literal["offer", "wanted"], Asked(N_("Art"), widget="hidden")]
    quantity: Annotated[
        Annotated[float, Field(gt=0, le=10_000_000)] | None,
        Field(
            description="In the `unit` of the post; in a purchasing pool, what you take part with."
        ),
        Asked(N_("Menge, um die es Ihnen geht")),
    ] = None


LIFETIME = Lifetime(days=30, longest_days=180)

KIND = Kind(
    Offer,
    label=N_("Biete"),
    plural=N_("Angebote"),
    hint=N_("Maschinen, Material, freie Stunden, Wissen: was andere brauchen können"),
    example=Offer(
        category=Category.MACHINE_HOURS,
        price_type=PriceType.NEGOTIABLE,
        price_eur=95,
        quantity=40,
        unit=N_("Stunden"),
    ),
    structured=structured_offer,
    topic=Topic.TRADE,
    lifetime=LIFETIME,
    facets=(
        choice(Offer, "category"),
        choice(Offer, "price_type"),
        at_most("price_eur", "price_to_eur", N_("Preis bis (€)")),
        choice(Offer, "condition"),
    ),
    prefix="BIE",
    rule=RULE,
    inquiry=InquiryForm(fields=GoodsInquiry),
)
