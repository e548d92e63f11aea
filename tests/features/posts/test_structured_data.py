"""What search engines are told, read with an independent reader (rdflib) and held to their rules.

The required properties are those of schema.org and of Google's pages on structured data. Nothing
is fetched: the context is replaced by a vocabulary, under which the same names are read.
"""

import json
import re
from datetime import datetime

import pytest
from rdflib import RDF, Graph, Namespace
from sqlalchemy import select

from app.core.settings import settings
from app.features.places.lookup import find_place
from app.features.posts.drafts import KINDS
from app.models.companies import Site
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_person, bearer

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # its own

SCHEMA = Namespace("https://schema.org/")
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
BY_COMPANIES = {"apprenticeship", "job", "course"}


def a_day(value: str) -> bool:
    """Whether it is a date, or a moment with its zone, as ISO 8601 has them."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("2027-01-14") or moment.tzinfo is not None


def an_address(value: str) -> bool:
    return re.match(r"https?://\w", value) is not None


def a_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value) is not None


def a_text(value: str) -> bool:
    return bool(value.strip())


def one_of(*values: str):
    return lambda value: value in values


def of_schema(*names: str):
    return one_of(*(f"https://schema.org/{name}" for name in names))


# What a property may hold, wherever it stands.
VALUES = {
    **dict.fromkeys(
        ("datePosted", "datePublished", "dateModified", "validThrough", "startDate", "endDate"),
        a_day,
    ),
    **dict.fromkeys(("jobStartDate", "availabilityStarts", "availabilityEnds"), a_day),
    "previousStartDate": a_day,
    "eventStatus": of_schema("EventScheduled", "EventRescheduled", "EventCancelled"),
    "eventAttendanceMode": of_schema(
        *(f"{mode}EventAttendanceMode" for mode in ("Offline", "Online", "Mixed"))
    ),
    **dict.fromkeys(("url", "sameAs", "image"), an_address),
    **dict.fromkeys(("price", "minPrice", "maxPrice", "minValue", "maxValue"), a_number),
    **dict.fromkeys(("answerCount", "commentCount", "totalJobOpenings", "yearBuilt"), a_number),
    **dict.fromkeys(("latitude", "longitude", "repeatCount"), a_number),
    **dict.fromkeys(("currency", "priceCurrency"), one_of("EUR")),
    "addressCountry": one_of("DE"),
    "directApply": one_of("true", "false"),
    "availability": of_schema("InStock", "SoldOut", "LimitedAvailability"),
    "itemCondition": of_schema(
        "NewCondition", "UsedCondition", "RefurbishedCondition", "DamagedCondition"
    ),
    "businessFunction": one_of(
        *(f"http://purl.org/goodrelations/v1#{one}" for one in ("Sell", "Buy", "LeaseOut"))
    ),
    "employmentType": one_of(
        "FULL_TIME", "PART_TIME", "CONTRACTOR", "TEMPORARY", "INTERN", "VOLUNTEER", "PER_DIEM",
        "OTHER",
    ),
    "unitCode": one_of("MTK"),
    "courseMode": one_of("Online", "Onsite", "Blended"),
    "jobLocationType": one_of("TELECOMMUTE"),
    "courseWorkload": lambda value: re.fullmatch(r"PT\d+(\.\d+)?H", value) is not None,
}  # fmt: skip
# What the root of a type must have, by the path to it.
NAMED = ("name", "url", "description")
REQUIRED = {
    "JobPosting": (
        "title", "description", "url", "datePosted", "validThrough", "directApply",
        "employmentType",
        "hiringOrganization/name", "jobLocation/address/addressLocality",
        "jobLocation/address/addressCountry", "identifier/value",
    ),
    "Course": (
        *NAMED, "provider/name", "offers/category", "offers/price", "hasCourseInstance/courseMode",
    ),
    "Event": (
        *NAMED, "startDate", "endDate", "eventStatus", "eventAttendanceMode", "location/name",
        "organizer/name", "offers/price",
    ),
    "MonetaryGrant": (*NAMED, "funder/name", "amount/currency"),
    "RealEstateListing": (*NAMED, "datePosted", "mainEntity/name", "offers/availability"),
    "Offer": (*NAMED, "validThrough"),
    "Demand": NAMED,
    "DiscussionForumPosting": ("headline", "text", "url", "datePublished", "author/name"),
    "QAPage": ("mainEntity/name", "mainEntity/text", "mainEntity/answerCount"),
}  # fmt: skip
ROOTS = {
    "JobPosting": {"apprenticeship", "job"},
    "Offer": {"freight_capacity", "offer", "succession_offer", "trade_partner"},
    "Demand": {
        "apprenticeship_wanted", "freight_request", "space_wanted", "succession_wanted",
        "trade_partner", "wanted",
    },
    "Course": {"course"},
    "Event": {"event"},
    "MonetaryGrant": {"grant"},
    "RealEstateListing": {"space_offer"},
    "DiscussionForumPosting": {"discussion"},
    "QAPage": {"question"},
}  # fmt: skip


def graph_of(page: str) -> Graph | None:
    found = SCRIPT.search(page)
    if found is None:
        return None
    said = json.loads(found[1])
    assert said.pop("@context") == "https://schema.org"
    said["@context"] = {"@vocab": str(SCHEMA)}
    return Graph().parse(data=json.dumps(said), format="json-ld")


def graphs_of(page: str) -> dict[str, Graph]:
    """Everything that a page tells, by its type."""
    found = {}
    for script in SCRIPT.findall(page):
        said = f'<script type="application/ld+json">{script}</script>'
        found[json.loads(script)["@type"]] = graph_of(said)
    return found


def root_of(graph: Graph):
    roots = set(graph.subjects(RDF.type)) - set(graph.objects())
    assert len(roots) == 1
    return roots.pop()


def missing(graph: Graph, root, paths) -> list[str]:
    absent = []
    for path in paths:
        nodes = {root}
        for name in path.split("/"):
            nodes = {value for node in nodes for value in graph.objects(node, SCHEMA[name])}
        if not nodes or not all(a_text(str(node)) for node in nodes):
            absent.append(path)
    return absent


def wrong(graph: Graph) -> list[str]:
    """List values that their property may not hold, and amounts without a currency."""
    found = []
    for node, name, value in graph:
        key = str(name).removeprefix(str(SCHEMA))
        fits = VALUES.get(key)
        if fits and not fits(str(value)):
            found.append(f"{key}: {value}")
        if key in {"price", "minPrice", "maxPrice"} and not list(
            graph.objects(node, SCHEMA.priceCurrency)
        ):
            found.append(f"{key} without priceCurrency")
    return found


async def published(session, client, key, **fields):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    site = await session.scalar(select(Site).where(Site.company_id == company.id))
    site.place_id = (await find_place(session, "45527")).id
    headers = await bearer(session, author)
    await session.commit()
    example = KINDS[key].example.model_dump(mode="json") | fields
    draft = {"title": "Ein Beispiel", "body": "Mit Text.", "details": example}
    draft |= {"audience": "public"}
    if key in BY_COMPANIES:
        draft["company_id"] = str(company.id)
    made = await client.post("/api/v1/posts", json=draft, headers=headers)
    assert made.status_code == 201, made.text
    return f"/posts/{made.json()['id']}"


@pytest.mark.parametrize("key", sorted(KINDS))
async def test_what_a_kind_tells_search_engines_has_all_they_require(session, client, key):
    openly = {"is_anonymous": False} if "is_anonymous" in KINDS[key].details.model_fields else {}
    page = await client.get(await published(session, client, key, **openly))
    graph = graph_of(page.text)
    if graph is None:  # its posts are always concealed
        assert KINDS[key].conceals(KINDS[key].example)
        return
    root = root_of(graph)
    types = {str(one).removeprefix(str(SCHEMA)) for one in graph.objects(root, RDF.type)}
    assert all(key in ROOTS[one] for one in types)
    assert [missing(graph, root, REQUIRED[one]) for one in types] == [[]]
    assert wrong(graph) == []
    address = f"{settings().base_url}/posts/"
    assert any(str(url).startswith(address) for url in graph.objects(None, SCHEMA.url))


CONCEALING = [key for key, kind in KINDS.items() if "is_anonymous" in kind.details.model_fields]


@pytest.mark.parametrize("key", sorted({*CONCEALING, "succession_offer"}))
async def test_a_concealed_post_has_no_graph(session, client, key):
    hidden = {"is_anonymous": True} if key in CONCEALING else {}
    page = await client.get(await published(session, client, key, **hidden))
    assert page.status_code == 200
    assert graph_of(page.text) is None


def test_the_rules_find_what_breaks_them():
    page = '<script type="application/ld+json">%s</script>'
    said = {"@context": "https://schema.org", "@type": "JobPosting", "title": " "}
    said |= {"datePosted": "gestern", "employmentType": "Vollzeit", "price": 5, "url": "/x"}
    graph = graph_of(page % json.dumps(said))
    found = {one.partition(":")[0] for one in wrong(graph)}
    assert found == {"datePosted", "employmentType", "price without priceCurrency", "url"}
    absent = missing(graph, root_of(graph), REQUIRED["JobPosting"])
    assert {"title", "hiringOrganization/name"} <= set(absent)
    assert "datePosted" not in absent


NAMED_PAGES = {
    "WebSite": (*NAMED, "publisher/name", "potentialAction/target/urlTemplate"),
    "Organization": ("name", "url", "address/addressLocality"),
    "Person": ("name", "url", "worksFor/name"),
}


async def test_pages_of_the_house_of_companies_and_of_who_wishes_it_are_told(session, client):
    found = await a_person(session, "Kim Offen", found_by_search_engines=True, headline="Dreherin")
    shy = await a_person(session, "Mika Still")
    company = await a_company(session, owner=found)
    await session.commit()
    for path, key in (
        ("/", "WebSite"),
        (f"/companies/{company.slug}", "Organization"),
        (f"/people/{found.slug}", "Person"),
    ):
        graph = graphs_of((await client.get(path)).text)[key]
        assert missing(graph, root_of(graph), NAMED_PAGES[key]) == []
        assert wrong(graph) == []
    assert graphs_of((await client.get(f"/people/{shy.slug}")).text) == {}


async def test_the_way_to_a_page_is_told_as_it_is_shown(session, client):
    author = await a_person(session, "Kim Offen", found_by_search_engines=True)
    group = await a_group(session, author, "Rohr & Söhne")
    post = await a_post(session, author, group_id=group.id, title="Wer hilft?")
    await session.commit()
    for path, way in (
        (f"/posts/{post.id}", ["Start", "Gruppen", "Rohr & Söhne", "Wer hilft?"]),
        (f"/groups/{group.slug}", ["Start", "Gruppen", "Rohr & Söhne"]),
        (f"/people/{author.slug}", ["Start", "Personen", "Kim Offen"]),
        ("/posts?kind=offer", ["Start", "Angebote"]),
    ):
        graph = graphs_of((await client.get(path)).text)["BreadcrumbList"]
        steps = sorted(
            (int(graph.value(one, SCHEMA.position)), str(graph.value(one, SCHEMA.name)), one)
            for one in graph.subjects(RDF.type, SCHEMA.ListItem)
        )
        assert [number for number, *_ in steps] == list(range(1, len(way) + 1))
        assert [name for _, name, _ in steps] == way
        addresses = [str(graph.value(one, SCHEMA.item)) for *_, one in steps]
        assert addresses[-1] == f"{settings().base_url.rstrip('/')}{path}"
        for address in addresses:
            assert (await client.get(address)).status_code == 200
    assert "BreadcrumbList" not in graphs_of((await client.get("/")).text)
