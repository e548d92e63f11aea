"""Jobs, courses and grants: titles, amounts, dates, how long they live, and what machines read."""

import json
import re
from datetime import timedelta

import pytest

from app.core import clock
from app.core.settings import settings
from app.features.posts.drafts import KINDS, stored
from tests.makers import a_company, a_person, bearer

TODAY = clock.today(settings().zone)
JOB = {"kind": "job", "pay_from_eur": 3400, "pay_to_eur": 4100, "weekly_hours": 38}
COURSE = {
    "kind": "course",
    "format": "part_time",
    "dates": [str(TODAY + timedelta(days=40)), str(TODAY + timedelta(days=33))],
    "duration_hours": 16,
    "price_eur": 290,
}
GRANT = {
    "kind": "grant",
    "provider": "Land Nordrhein-Westfalen",
    "programme": "Digitalscheck",
    "amount_from_eur": 500,
    "amount_to_eur": 15000,
    "rate_percent": 50,
    "applicants": ["micro", "small"],
    "deadline": str(TODAY + timedelta(days=20)),
    "url": "https://foerderung.example/digitalscheck",
}


async def a_firm(session):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    headers = await bearer(session, author)
    await session.commit()
    return company, headers


async def publish(client, headers, details, status=201, **fields):
    body = {"details": details, "place": "45527", "title": "Zerspanungsmechaniker", **fields}
    answer = await client.post("/api/v1/posts", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def told(client, post):
    page = (await client.get(f"/posts/{post['id']}")).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


async def test_a_job_names_all_genders_and_its_pay(session, client):
    company, headers = await a_firm(session)
    made = await publish(client, headers, JOB, company_id=str(company.id))
    assert made["title"] == "Zerspanungsmechaniker (m/w/d)"
    said = await told(client, made)
    for required in ("title", "description", "datePosted", "hiringOrganization", "jobLocation"):
        assert said[required], required
    assert said["baseSalary"]["value"] == {
        "@type": "QuantitativeValue",
        "unitText": "MONTH",
        "minValue": 3400,
        "maxValue": 4100,
    }
    assert said["validThrough"] == str(TODAY + timedelta(days=60))
    remote = {**JOB, "remote_percent": 100, "contract": "fixed_term", "pay_to_eur": None}
    said = await told(client, await publish(client, headers, remote, body="Von überall."))
    assert said["jobLocationType"] == "TELECOMMUTE"
    assert said["employmentType"] == ["FULL_TIME", "TEMPORARY"]
    assert said["baseSalary"]["value"]["value"] == 3400


def test_nobody_is_asked_what_they_earn():
    for key in ("job", "apprenticeship"):
        form = KINDS[key].inquiry_form
        asked = json.dumps(form.fields_schema()).casefold()
        assert not re.search(r"gehalt|salary|pay|lohn|verdien", asked.replace("display", ""))


async def test_a_job_is_examined_for_equal_treatment(session, client):
    _, headers = await a_firm(session)
    refused = await publish(client, headers, JOB, 422, title="Sekretärin")
    assert (refused["code"], refused["errors"][0]["code"]) == ("confirmation_needed", "agg_title")


async def test_a_course_ends_with_its_last_day_and_is_read_by_machines(session, client):
    company, headers = await a_firm(session)
    made = await publish(client, headers, COURSE, title="Berichtshefte", company_id=str(company.id))
    first, last = sorted(COURSE["dates"])
    assert made["details"]["dates"] == [first, last]
    assert made["due_at"][:10] == str(TODAY + timedelta(days=32))  # midnight here, in UTC
    assert made["expires_at"][:10] == last
    said = await told(client, made)
    assert said["@type"] == "Course"
    assert (said["name"], bool(said["description"])) == ("Berichtshefte", True)
    assert said["provider"]["name"] == company.name
    assert said["offers"][0]["category"] == "Paid"
    held = said["hasCourseInstance"][0]
    assert (held["courseMode"], held["courseWorkload"]) == ("Onsite", "PT16H")
    assert (held["startDate"], held["endDate"]) == (first, last)
    assert held["location"]["address"]["postalCode"] == "45527"
    found = await client.get(f"/api/v1/posts?kind=course&held_from={last}&price_to_eur=300")
    assert len(found.json()["items"]) == 1
    later = TODAY + timedelta(days=41)
    assert (await client.get(f"/api/v1/posts?kind=course&held_from={later}")).json()["items"] == []


async def test_dates_are_read_as_people_write_them(session, client):
    _, headers = await a_firm(session)
    day = TODAY + timedelta(days=9)
    made = await publish(
        client, headers, {**COURSE, "dates": [f"{day.day}.{day.month}.{day.year}"]}
    )
    assert made["details"]["dates"] == [str(day)]


async def test_a_grant_ends_with_its_deadline_and_is_read_by_machines(session, client):
    _, headers = await a_firm(session)
    made = await publish(client, headers, GRANT, title="")
    assert made["title"] == "Digitalscheck"
    assert made["expires_at"][:10] == GRANT["deadline"]
    said = await told(client, made)
    assert (said["@type"], said["name"]) == ("MonetaryGrant", "Digitalscheck")
    assert said["funder"] == {"@type": "Organization", "name": GRANT["provider"]}
    assert (said["amount"]["minValue"], said["amount"]["maxValue"]) == (500, 15000)
    for query, expected in (
        ("applicants=micro", 1),
        ("applicants=large", 0),
        ("amount_at_least_eur=10000", 1),
        ("rate_from_percent=60", 0),
        ("funding_form=grant", 1),
    ):
        found = await client.get(f"/api/v1/posts?kind=grant&{query}&order=soonest")
        assert len(found.json()["items"]) == expected, query


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({**JOB, "pay_to_eur": 1000}, "pay_upside_down"),
        ({**JOB, "places_total": 1, "places_free": 2}, "too_many_free"),
        ({**COURSE, "dates": []}, "dates_missing"),
        ({**COURSE, "dates": ["2020-01-01"]}, "already_over"),
        ({**GRANT, "amount_to_eur": 1}, "amounts_upside_down"),
        ({**GRANT, "deadline": "2020-01-01"}, "already_over"),
        ({**GRANT, "url": "javascript:alert(1)"}, "invalid_url"),
    ],
)
async def test_what_is_wrong_is_refused(session, client, details, code):
    _, headers = await a_firm(session)
    refused = await publish(client, headers, details, 422)
    assert code in {one["code"] for one in refused["errors"]}


@pytest.mark.parametrize("key", ["apprenticeship", "job", "course", "grant"])
async def test_forms_and_cards_say_it_in_both_languages(key, session, client):
    _, headers = await a_firm(session)
    await publish(client, headers, {"kind": key, **stored(KINDS[key].example)})
    for language, word in (("de", "Beitrag"), ("en", "post")):
        page = await client.get(f"/posts?kind={key}", headers={"accept-language": language})
        assert page.status_code == 200
        assert word in page.text
