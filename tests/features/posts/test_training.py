"""Apprenticeships: what follows from an occupation, fair pay and words, and whom to call."""

import json
import re
from datetime import date

import pytest

from app.core import clock
from app.core.settings import settings
from app.features.posts.drafts import KINDS
from app.features.posts.kinds import Examined
from app.features.posts.kinds.apprenticeship import Apprenticeship
from app.features.posts.kinds.equal_treatment import all_genders, unequal_treatment
from app.reference.tables import occupations
from tests.makers import a_company, a_person, bearer, signed_in

NEXT_YEAR = clock.today(settings().zone).year + 1
PLACE = {
    "kind": "apprenticeship",
    "occupation": "Feinwerkmechaniker",
    "starts_on": f"{NEXT_YEAR}-08-01",
    "certificate": "intermediate",
    "pay_year_1_eur": 1060,
    "contact_name": "Nadine Rauhut",
    "contact_phone": "02324 5551234",
    "contact_email": "nadine@huegelland.example",
}


async def an_author(session):
    author = await a_person(session)
    company = await a_company(session, owner=author, size_band="5-9")
    headers = await bearer(session, author)
    await session.commit()
    return author, company, headers


async def published(client, headers, status=201, **given):
    body = {"details": {**PLACE, **given.pop("details", {})}, "place": "45527", **given}
    answer = await client.post("/api/v1/posts", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def examined(title="Ausbildung (m/w/d)", body="", **details):
    known = Apprenticeship(**{"occupation": "Koch", "starts_at_once": True, **details})
    return Examined(known, title, body, date(2026, 11, 22))


async def test_title_length_field_and_end_follow_from_the_occupation(session, client):
    _, _, headers = await an_author(session)
    made = await published(client, headers)
    assert made["title"] == "Ausbildung Feinwerkmechaniker/-in (m/w/d)"
    details = made["details"]
    assert (details["occupation"], details["occupation_field"]) == (
        "Feinwerkmechaniker/-in",
        "metal",
    )
    assert (details["duration_months"], details["places_free"]) == (42, 1)
    assert made["expires_at"].startswith(f"{NEXT_YEAR}-07-31T22:00")
    assert made["reference"].startswith("AUS-")
    new = await published(
        client,
        headers,
        details={"occupation": "Lasertechniker", "training_type": "internship"},
    )
    assert new["title"] == "Praktikum Lasertechniker (m/w/d)"
    assert new["details"]["duration_months"] is None


async def test_contact_persons_are_shown_to_the_signed_in_only(session, client):
    _, _, headers = await an_author(session)
    made = await published(client, headers)
    path = f"/api/v1/posts/{made['id']}"
    await client.patch(path, json={"body": "Neu."}, headers=headers)
    stranger = await bearer(session, await a_person(session, "Kim Jaspert"))
    browser = await signed_in(session, await a_person(session, "Mika Tomczak"))
    await session.commit()
    for secret in ("02324 5551234", "nadine@huegelland.example"):
        assert secret in (await client.get(path, headers=stranger)).text
        assert secret in (await client.get(f"/posts/{made['id']}", headers=browser)).text
        for public in (path, "/api/v1/posts?kind=apprenticeship", "/api/v1/feed",
                       f"{path}/revisions", "/posts?kind=apprenticeship",
                       f"/posts/{made['id']}", "/"):  # fmt: skip
            assert secret not in (await client.get(public)).text, public


@pytest.mark.parametrize(
    ("details", "found"),
    [
        ({"pay_year_1_eur": 650, "pay_year_2_eur": 700}, {1: "724", 2: "854"}),
        ({"pay_year_1_eur": 724, "pay_year_4_eur": 1013.5}, {4: "1.014"}),
        ({"pay_year_1_eur": 650, "follows_collective_agreement": True}, {}),
        ({"pay_year_1_eur": 650, "training_type": "internship"}, {}),
        ({"pay_year_1_eur": 690, "starts_at_once": False, "starts_on": "2025-12-01"}, {}),
    ],
)
def test_pay_below_the_known_minimum_is_found_for_each_year(details, found):
    findings = list(KINDS["apprenticeship"].examine(examined(**details)))
    assert {one.code: one.params["least"] for one in findings} == {
        f"below_minimum_pay_{year}": least for year, least in found.items()
    }


async def test_a_warning_is_confirmed_or_heeded(session, client):
    _, _, headers = await an_author(session)
    low = {"pay_year_1_eur": 650}
    refused = await published(client, headers, 422, details=low)
    assert refused["code"] == "confirmation_needed"
    assert refused["errors"][0]["pointer"].endswith("pay_year_1_eur")
    assert (
        "zuletzt bekannten Mindestausbildungsvergütung (2026: 724 €)"
        in refused["errors"][0]["detail"]
    )
    await published(client, headers, details=low, confirmed=["below_minimum_pay_1"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wir sind ein junges Team.", "agg_age"),
        ("Sie sind höchstens 30 Jahre alt.", "agg_age"),
        ("Suchen junge deutsche Verkäuferin, max. 30", "agg_age"),
        ("Muttersprache Deutsch", "agg_origin"),
        ("Suchen eine deutsche Verkäuferin", "agg_origin"),
        ("Das richtige Mädchen für unser Büro", "agg_gender"),
        ("Sie sind körperlich uneingeschränkt belastbar.", "agg_disability"),
        ("Bitte mit Lichtbild bewerben.", "agg_photo"),
    ],
)
def test_words_that_may_disadvantage_somebody_are_found(text, code):
    assert code in {one.code for one in unequal_treatment(examined(body=text))}


@pytest.mark.parametrize(
    "text",
    [
        "Wir bilden seit 1907 aus, gern auch in Teilzeit.",
        "Deutsch B1, ein deutsches Zeugnis ist nicht nötig.",
        "Sie arbeiten 38 Stunden, Beginn um 7 Uhr.",
        "Das Team besteht aus fünf Menschen zwischen 19 und 61.",
    ],
)
def test_other_words_are_left_alone(text):
    assert not list(unequal_treatment(examined(body=text)))


@pytest.mark.parametrize(
    ("title", "is_found"),
    [
        ("Sekretärin (m/w/d)", True),
        ("Kaufmann (m/w/d)", True),
        ("Ausbildung Koch/Köchin (m/w/d)", False),
        ("Ausbildung Feinwerkmechaniker/-in (m/w/d)", False),
        ("Kaufmann/Kauffrau für Büromanagement (m/w/d)", False),
        ("Bankkaufmann/-frau (m/w/d)", False),
        ("Fachkraft für Lagerlogistik", False),
    ],
)
def test_titles_of_one_gender_are_found(title, is_found):
    found = {one.code for one in unequal_treatment(examined(title=title))}
    assert found == ({"agg_title"} if is_found else set())


def test_no_recognised_occupation_is_found_wanting():
    for name in occupations():
        title = f"Ausbildung {name} (m/w/d)"
        assert not list(unequal_treatment(examined(title=title))), name


def test_all_genders_are_named_once():
    assert all_genders("Zerspaner") == "Zerspaner (m/w/d)"
    for title in (
        "Zerspaner (w/m/d)",
        "Zerspaner (m/w/d)",
        "Zerspaner m/w/d",
        "Koch (alle Geschlechter)",
    ):
        assert all_genders(title) == title


async def test_with_no_place_left_a_post_is_done(session, client):
    _, _, headers = await an_author(session)
    made = await published(client, headers, details={"places_total": 2})
    path = f"/api/v1/posts/{made['id']}"
    details = {**made["details"], "places_free": 1}
    assert (await client.patch(path, json={"details": details}, headers=headers)).json()[
        "status"
    ] == "active"
    details["places_free"] = 0
    done = await client.patch(path, json={"details": details}, headers=headers)
    assert (done.json()["status"], done.json()["title"]) == ("done", made["title"])
    assert (await client.get(path)).status_code == 410
    assert (await client.get(f"/posts/{made['id']}")).status_code == 410
    refused = await published(client, headers, 422, details={"places_free": 0})
    assert refused["errors"][0]["code"] == "nothing_left"


async def test_the_title_follows_a_changed_occupation_unless_it_was_chosen(session, client):
    _, _, headers = await an_author(session)
    for title, expected in (
        ("", "Ausbildung Koch/Köchin (m/w/d)"),
        ("Feilen und mehr", "Feilen und mehr (m/w/d)"),
    ):
        made = await published(client, headers, title=title)
        details = {**made["details"], "occupation": "Koch", "duration_months": 36}
        changed = await client.patch(
            f"/api/v1/posts/{made['id']}", json={"details": details}, headers=headers
        )
        assert changed.json()["title"] == expected


async def test_sizes_of_several_companies_are_counted(session, client):
    for size in ("5-9", "20-49", "5-9"):
        _, company, headers = await an_author(session)
        company.size_band = size
        await session.commit()
        await published(client, headers, company_id=str(company.id))
    counts = (await client.get("/api/v1/posts/facets?kind=apprenticeship")).json()["counts"]
    assert counts["company_size"] == {"20-49": 1, "5-9": 2}
    assert (await client.get("/posts?kind=apprenticeship")).status_code == 200


async def test_lists_are_narrowed_and_counted_by_every_filter(session, client):
    _, company, headers = await an_author(session)
    await published(
        client, headers, company_id=str(company.id), details={"internship_possible": True}
    )
    await published(
        client,
        headers,
        details={
            "occupation": "Koch",
            "starts_on": None,
            "starts_at_once": True,
            "certificate": "general",
            "working_times": ["full_time", "part_time"],
        },
    )
    late = clock.today(settings().zone).month >= 8
    for query, expected in (
        ("occupation=feinwerkmechanikerin", 1),
        ("occupation_field=hospitality", 1),
        ("occupation_field=it", 0),
        (f"start={NEXT_YEAR}", 1),
        ("start=at_once", 1),
        ("my_certificate=first", 0),
        ("my_certificate=intermediate", 1),
        ("my_certificate=general", 2),
        ("working_times=part_time", 1),
        ("training_type=dual_training", 2),
        ("internship_possible=true", 1),
        ("company_size=5-9", 1),
        ("new_within_days=1", 2),
        ("is_late_placement=true", 1 if late else 0),
    ):
        found = await client.get(f"/api/v1/posts?kind=apprenticeship&{query}")
        assert len(found.json()["items"]) == expected, (query, found.text)
    counts = (await client.get("/api/v1/posts/facets?kind=apprenticeship")).json()["counts"]
    assert counts["all"] == {"": 2}
    assert counts["occupation"] == {"Feinwerkmechaniker/-in": 1, "Koch/Köchin": 1}
    assert counts["start"] == {str(NEXT_YEAR): 1, "at_once": 1}
    assert counts["my_certificate"] == {"general": 2, "intermediate": 1, "advanced_technical": 1}
    assert counts["working_times"] == {"full_time": 2, "part_time": 1}
    assert counts["company_size"] == {"5-9": 1}
    assert counts["new_within_days"] == {"1": 2, "7": 2, "14": 2, "28": 2}
    assert counts["is_late_placement"] == ({"true": 1} if late else {})
    page = await client.get("/posts?kind=apprenticeship")
    assert "Praktikum vorab möglich (1)" in page.text


async def test_search_engines_are_told_what_they_require_of_a_job_posting(session, client):
    _, company, headers = await an_author(session)
    made = await published(
        client,
        headers,
        company_id=str(company.id),
        body="Wir **fräsen**.",
        details={"sites": ["44793 Bochum"]},
    )
    page = (await client.get(f"/posts/{made['id']}")).text
    told = json.loads(
        re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1]
    )
    assert told["@type"] == "JobPosting"
    assert told["title"] == made["title"]
    assert "<strong>fräsen</strong>" in told["description"]
    assert told["datePosted"]
    assert told["validThrough"] == f"{NEXT_YEAR}-07-31"
    assert told["hiringOrganization"]["name"] == company.name
    assert told["hiringOrganization"]["@type"] == "Organization"
    here, there = told["jobLocation"]
    assert (here["address"]["postalCode"], here["address"]["addressLocality"]) == (
        "45527",
        "Hattingen",
    )
    assert there["address"]["postalCode"] == "44793"
    assert told["employmentType"] == ["FULL_TIME"]
    assert told["baseSalary"] == {
        "@type": "MonetaryAmount",
        "currency": "EUR",
        "value": {"@type": "QuantitativeValue", "unitText": "MONTH", "value": 1060},
    }
    assert told["directApply"] is True
    assert told["jobStartDate"] == f"{NEXT_YEAR}-08-01"
    assert "5551234" not in json.dumps(told)
