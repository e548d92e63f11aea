"""What is told of municipalities, sectors and the region, and what is not."""

import csv
import io
from datetime import timedelta

from sqlalchemy import update

from app.core import clock
from app.features.places.lookup import find_place
from app.features.statistics.counting import count_everything, last_months
from app.models.companies import CompanySector, CompanyState, Site
from app.models.groups import Admission
from app.models.posts import Audience, Post, PostStatus, Reply
from tests.makers import a_company, a_group, a_person, signed_in


async def companies_in(session, postcode, section, division, number, **fields):
    place = await find_place(session, postcode)
    for _ in range(number):
        company = await a_company(session, **fields)
        await session.execute(
            update(Site).where(Site.company_id == company.id).values(place_id=place.id)
        )
        session.add(
            CompanySector(
                company_id=company.id, classification=2008, code=division, section=section,
                division=division,
            )
        )  # fmt: skip
    await session.flush()
    return company


async def a_post(session, author, place, **fields):
    concealed = fields.get("is_concealed", False)
    values = {
        "kind": "question", "title": "Frage", "body": "", "body_html": "", "excerpt": "",
        "published_at": clock.now() - timedelta(hours=40),
    }  # fmt: skip
    post = Post(
        author_id=None if concealed else author.id, place_id=place.id, **{**values, **fields}
    )
    session.add(post)
    await session.flush()
    return post


async def told(client, path):
    answer = await client.get(f"/api/v1/{path}/statistics")
    assert answer.status_code == 200, answer.text
    return {
        (one["measure"], one["item"]): one["withheld"] or one["value"]
        for one in answer.json()["figures"]
    }


async def test_companies_count_by_sector_and_place_and_small_numbers_are_not_told(session, client):
    await companies_in(session, "45527", "G", "47", 9)
    await companies_in(session, "45525", "C", "25", 6)
    await companies_in(session, "45527", "M", "70", 1, state=CompanyState.STUB)
    await companies_in(session, "45527", "N", "81", 7, state=CompanyState.CLOSED)
    await companies_in(session, "44793", "G", "46", 8)
    await count_everything(session)
    await session.commit()
    town = await told(client, "places/05954016")
    assert town["companies_by_sector", "2008:G"] == 9
    assert town["companies_by_sector", "2008:M"] == "under_5"
    # Of 16, the one could be reckoned out of 9 and 6: so 6 are not named either.
    assert (town["companies", None], town["companies_by_sector", "2008:C"]) == (16, "withheld")
    assert town["companies_by_sector", "2008:N"] == "under_5"
    region = await told(client, "region")
    assert region["companies", None] == 24
    assert region["companies_by_place", "05911000"] == 8
    sector = await told(client, "sectors/2008:G")
    assert sector["companies", None] == 17
    assert sector["companies_by_place", "05916000"] == "under_5"


async def test_only_posts_that_everybody_may_read_count_and_concealed_ones_never(session, client):
    author = await a_person(session)
    place = await find_place(session, "45527")
    closed = await a_group(session, author, "Intern", admission=Admission.HIDDEN)
    for _ in range(6):
        await a_post(session, author, place)
    for fields in (
        {"is_concealed": True},
        {"group_id": closed.id},
        {"audience": Audience.SIGNED_IN},
        {"status": PostStatus.DRAFT},
        {"status": PostStatus.WITHDRAWN},
        {"status": PostStatus.BLOCKED},
    ):
        for _ in range(5):
            await a_post(session, author, place, kind="discussion", **fields)
    for _ in range(5):
        await a_post(session, author, place, kind="wanted", status=PostStatus.DONE)
    await count_everything(session)
    await session.commit()
    town = await told(client, "places/hattingen")
    assert town["posts", None] == 11
    assert town["open_posts_by_kind", "question"] == 6
    assert town["posts_by_kind", "discussion"] == "under_5"
    assert town["open_posts_by_kind", "wanted"] == "under_5"


async def test_the_median_time_to_a_first_answer_needs_five_answers(session, client):
    author, other = await a_person(session), await a_person(session, "Kim Jaspert")
    place = await find_place(session, "45527")
    for hours in (1, 2, 3, 30):
        await answered(session, await a_post(session, author, place), author, other, hours)
    await count_everything(session)
    await session.commit()
    assert (await told(client, "places/05954016"))["answer_hours", None] == "under_5"
    await answered(session, await a_post(session, author, place), author, other, 4)
    await a_post(session, author, place)
    await count_everything(session)
    await session.commit()
    assert (await told(client, "places/05954016"))["answer_hours", None] == 3


async def answered(session, post, author, other, hours):
    """Answered by its author at once, by somebody else after some hours, and then again."""
    for person, after in ((author, 0.1), (other, hours), (other, hours + 5)):
        session.add(
            Reply(
                post_id=post.id, author_id=person.id, body="", body_html="",
                published_at=post.published_at + timedelta(hours=after),
            )
        )  # fmt: skip
    await session.flush()


async def test_the_same_stands_in_a_table_that_no_spreadsheet_takes_for_a_formula(
    session, client, configure
):
    configure(OPERATOR__NAME="=cmd|' /C calc'!A0")
    await companies_in(session, "45527", "G", "47", 9)
    await count_everything(session)
    await session.commit()
    answer = await client.get("/api/v1/places/05954016/statistics.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'rel="license"' in answer.headers["link"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    trade = next(one for one in rows if one["item"] == "2008:G")
    assert (trade["value"], trade["withheld"]) == ("9", "")
    assert {row["source"][0] for row in rows} == {"'"}
    months = [row["label"] for row in rows if row["measure"] == "posts_by_month"]
    assert months[-1].endswith(f" {clock.now():%Y}")
    assert all(row["licence_url"].startswith("https://") for row in rows)
    assert (await client.get("/api/v1/places/nirgendwo/statistics.csv")).status_code == 404
    assert (await client.get("/api/v1/sectors/2008:ZZ/statistics")).status_code == 404


def test_months_are_the_last_twelve():
    with clock.set_to(clock.now().replace(year=2027, month=1, day=31, hour=12)):
        months = last_months(clock.now())
    assert (len(months), months[0].month, months[-1].month) == (12, 2, 1)
    assert months[-1].utcoffset() == timedelta(hours=1)


async def test_pages_take_the_same_number_of_queries_whatever_is_there(session, client, queries):
    async def asked():
        found = []
        for path in ("/places/05954016", "/sectors/2008:G", "/region"):
            queries.clear()
            page = await client.get(path)
            assert page.status_code == 200
            assert page.text.partition("<body")[2].count("<h1") == page.text.count("<h1") == 1
            found.append(len(queries))
        return found

    await count_everything(session)
    await session.commit()
    before = await asked()
    await companies_in(session, "45527", "G", "47", 9)
    author = await a_person(session)
    for _ in range(7):
        await a_post(session, author, await find_place(session, "45527"))
    await count_everything(session)
    await session.commit()
    assert await asked() == before
    assert max(before) <= 10


async def test_a_place_is_found_by_code_name_id_and_postcode(session, client):
    place = await find_place(session, "Hattingen")
    for key in ("hattingen", str(place.id)):
        answer = await client.get(f"/places/{key}")
        assert (answer.status_code, answer.headers["location"]) == (301, "/places/05954016")
    assert (await client.get("/places/45527")).headers["location"] == f"/places/{place.id}"
    assert (await client.get("/sectors/25")).headers["location"] == "/sectors/2008:25"
    page = (await client.get("/places/05954016")).text
    assert 'href="/companies?place=Hattingen"' in page
    for gone in ("/places/nirgendwo", "/sectors/ZZ"):
        assert (await client.get(gone)).status_code == 404
    assert (await client.get("/api/v1/posts?place=05954016")).status_code == 200


async def test_strangers_meet_on_places_only_whom_search_engines_may_find(session, client):
    place = await find_place(session, "45527")
    seen = await a_person(session, name="Frida Gesehen", found_by_search_engines=True)
    hidden = await a_person(session, name="Gregor Verborgen")
    for person in (seen, hidden):
        person.place_id = place.id
    await session.commit()
    reader = await signed_in(session, await a_person(session))
    await session.commit()

    strange = (await client.get("/places/05954016")).text
    known = (await client.get("/places/05954016", headers=reader)).text

    assert "Frida Gesehen" in strange
    assert "Gregor Verborgen" not in strange
    assert "Frida Gesehen" in known
    assert "Gregor Verborgen" in known
