"""Offers: what somebody gives away, sells, lends or does; the counterpart of ``wanted``."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked, label, label_of
from app.core.i18n import N_, translate
from app.core.text import Line
from app.features.posts.facets import at_most, choice, flag
from app.features.posts.goods import RULE
from app.features.posts.inquiry_forms import InquiryFields, InquiryForm
from app.features.posts.kinds import (
    Details,
    Examined,
    Finding,
    Kind,
    Lifetime,
    Shown,
    Topic,
    refuse,
)


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

_CONDITIONS = {
    Condition.NEW: "NewCondition",
    Condition.USED: "UsedCondition",
    Condition.DEFECTIVE: "DamagedCondition",
}
SERVICES = frozenset(
    {
        Category.STORAGE,
        Category.MACHINE_HOURS,
        Category.SERVICE,
        Category.STAFF,
        Category.KNOWLEDGE,
        Category.RIDES,
        Category.EVENT_PARTNERS,
        Category.FUNDING_CONSORTIUM,
    }
)
PRICED = frozenset({PriceType.FIXED, PriceType.NEGOTIABLE})
_QUANTITY = N_("Menge, Einkaufsgemeinschaft")
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
        Asked(N_("Menge"), group=_QUANTITY, folded=True),
    ] = None
    unit: Annotated[
        str,
        Line(20, 0),
        Asked(
            N_("Einheit"),
            hint=N_("Zum Beispiel Stück, kg, Stunden, Plätze"),
            group=_QUANTITY,
            folded=True,
        ),
    ] = ""
    threshold: Annotated[
        Annotated[float, Field(gt=0, le=10_000_000)] | None,
        Field(description="Of a purchasing pool: from this quantity on, in `unit`, it buys."),
        Asked(
            N_("Mindestmenge der Einkaufsgemeinschaft"),
            hint=N_("Ab dieser gemeinsamen Menge wird bestellt."),
            group=_QUANTITY,
            folded=True,
        ),
    ] = None

    @model_validator(mode="after")
    def _amounts_fit(self) -> "Goods":
        if self.price_type == PriceType.FIXED and self.price_eur is None:
            refuse("price_missing", N_("Zu einem Festpreis gehört ein Betrag."), at="price_eur")
        if self.price_eur is not None and self.price_type not in PRICED:
            refuse("price_out_of_place", N_("Wo nichts zu zahlen ist, gehört kein Betrag hin."))
        if self.category == Category.NON_PROFIT and self.price_type in PRICED:
            refuse("money_for_non_profit", N_("Hilfe für Gemeinnützige ist ein Tausch ohne Geld."))
        if self.category == Category.PURCHASING_POOL and self.threshold is None:
            refuse(
                "threshold_missing",
                N_("Eine Einkaufsgemeinschaft braucht eine Mindestmenge."),
                at="threshold",
            )
        if (self.quantity is not None or self.threshold is not None) and not self.unit:
            refuse("unit_missing", N_("Zu einer Menge gehört eine Einheit."), at="unit")
        return self


class Offer(Goods):
    kind: Annotated[Literal["offer"], Asked(N_("Art"), widget="hidden")] = "offer"
    condition: Annotated[Condition | None, Asked(N_("Zustand"))] = None
    can_be_collected: Annotated[bool, Asked(N_("Abholung möglich"))] = False
    delivers: Annotated[bool, Asked(N_("Lieferung möglich"))] = False


def examine_goods(post: Examined) -> Iterator[Finding]:
    """Find what should be thought over: staff lent for money needs a licence."""
    details: Goods = post.details
    if details.category == Category.STAFF:
        yield Finding(
            ("details", "category"),
            "staff_licence",
            N_(
                "Wer Beschäftigte gegen Entgelt überlässt, braucht in der Regel eine Erlaubnis "
                "(§ 1 AÜG). Hier ist nur gelegentliche kollegiale Hilfe gemeint. Bitte prüfen Sie "
                "das rechtlich."
            ),
        )


def structured_goods(post: Shown, type_: str) -> dict[str, Any]:
    """Return an ``Offer`` or a ``Demand`` as schema.org has it."""
    given = post.details
    category = Category(given["category"])
    name = translate(label_of(category), "de")
    item: dict[str, Any] = {
        "@type": "Service" if category in SERVICES else "Product",
        "name": post.title,
        "description": post.text or post.title,
        "category": name,
    }
    said: dict[str, Any] = {
        "@type": type_,
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "category": name,
        "itemOffered": item,
        "availability": "https://schema.org/InStock",
    }
    if given.get("condition"):
        said["itemCondition"] = f"https://schema.org/{_CONDITIONS[given['condition']]}"
    if given.get("quantity"):
        said["eligibleQuantity"] = {
            "@type": "QuantitativeValue",
            "value": given["quantity"],
            "unitText": given["unit"],
        }
    if post.expires_at:
        said["validThrough"] = post.expires_at
    if post.place:
        said["areaServed"] = post.place
    return said


def _structured(post: Shown) -> dict[str, Any]:
    said = structured_goods(post, "Offer") | {"offeredBy": post.author}
    price = post.details.get("price_eur")
    if price is not None or post.details["price_type"] == PriceType.FREE:
        said |= {"price": price or 0, "priceCurrency": "EUR"}
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
    structured=_structured,
    examine=examine_goods,
    topic=Topic.TRADE,
    lifetime=LIFETIME,
    facets=(
        choice(Offer, "category"),
        choice(Offer, "price_type"),
        at_most("price_eur", "price_to_eur", N_("Preis bis (€)")),
        choice(Offer, "condition"),
        flag(Offer, "delivers"),
    ),
    prefix="BIE",
    rule=RULE,
    inquiry=InquiryForm(fields=GoodsInquiry),
)
