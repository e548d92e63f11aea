"""Story 4: Nadine, five employees and no personnel department, looks for an apprentice."""

import json
import re
from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.settings import settings
from app.features.inquiries.forgetting import forget_old_files
from app.features.places.lookup import find_place
from app.models.companies import Site
from tests.features.media.files import a_pdf
from tests.makers import a_company, a_group, a_person, bearer, signed_in

YEAR = clock.today(settings().zone).year + 1
PLACE = {
    "kind": "apprenticeship",
    "occupation": "Feinwerkmechaniker",
    "starts_on": f"{YEAR}-08-01",
    "certificate": "intermediate",
    "pay_year_1_eur": 650,
    "pay_year_2_eur": 700,
    "contact_phone": "02324 5551234",
}
FAIR = {f"pay_year_{n}_eur": pay for n, pay in enumerate((1060, 1120, 1190, 1250), start=1)}


async def arranged(session):
    nadine, mika = await a_person(session), await a_person(session, "Mika Tomczak")
    firm = await a_company(session, owner=nadine, size_band="5-9")
    site = await session.scalar(select(Site).where(Site.company_id == firm.id))
    site.place_id = (await find_place(session, "45527")).id
    group = await a_group(session, nadine, "Ausbildung")
    tokens = {one.id: await bearer(session, one) for one in (nadine, mika)}
    await session.commit()
    return nadine, mika, firm, group, tokens


def told(page):
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL)
    return json.loads(found[1]) if found else None


async def test_from_the_first_draft_to_a_place_that_is_taken(  # noqa: PLR0915 - a whole story
    session, client, work, outbox
):
    nadine, mika, firm, group, tokens = await arranged(session)

    async def call(method, path, person=None, status=200, **given):
        headers = tokens[person.id] if person else {}
        answer = await client.request(method, f"/api/v1{path}", headers=headers, **given)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    wish = {
        "kind": "apprenticeship_wanted",
        "first_name": "Mika",
        "wished_fields": ["metal"],
        "postcode": "58455",
        "max_km": 20,
        "start_year": YEAR,
        "certificate": "intermediate",
    }
    wanted = await call("POST", "/posts", mika, 201, json={"details": wish})
    await work()
    outbox.outbox.clear()

    # The pay is too low, and one word is unfair: both are said, and corrected.
    draft = {
        "details": PLACE,
        "body": "Wir sind ein junges Team.",
        "company_id": str(firm.id),
        "group_id": str(group.id),
    }
    refused = await call("POST", "/posts", nadine, 422, json=draft)
    assert refused["code"] == "confirmation_needed"
    said = {one["code"]: one["detail"] for one in refused["errors"]}
    assert set(said) == {"agg_age", "below_minimum_pay_1", "below_minimum_pay_2"}
    known = "zuletzt bekannten Mindestausbildungsvergütung (2026: 724 €)"
    assert known in said["below_minimum_pay_1"]
    draft |= {"details": {**PLACE, **FAIR}, "body": "Wir sind zu fünft."}
    post = await call("POST", "/posts", nadine, 201, json=draft)
    assert post["title"] == "Ausbildung Feinwerkmechaniker/-in (m/w/d)"
    assert post["details"]["duration_months"] == 42
    path = f"/posts/{post['id']}"

    # Machines read it, and the telephone number is for the signed-in.
    page = await client.get(path)
    posting = told(page)
    assert posting["@type"] == "JobPosting"
    assert posting["title"] == post["title"]
    assert posting["datePosted"]
    assert posting["validThrough"] == f"{YEAR}-07-31"
    address = posting["jobLocation"][0]["address"]
    assert (address["postalCode"], address["addressLocality"]) == ("45527", "Hattingen")
    assert posting["employmentType"] == ["FULL_TIME"]
    assert posting["baseSalary"]["value"] == {
        "@type": "QuantitativeValue",
        "unitText": "MONTH",
        "value": 1060,
    }
    assert "5551234" not in page.text

    # It stands in its group, and is found within 25 km of Herne, not within 10.
    listed = await call("GET", f"/groups/{group.id}/posts")
    assert [one["id"] for one in listed["items"]] == [post["id"]]
    search = "/posts?kind=apprenticeship&occupation=Feinwerkmechaniker&place=44623&radius_km="
    found = (await call("GET", f"{search}25&order=nearest"))["items"]
    assert [one["id"] for one in found] == [post["id"]]
    assert 12 < found[0]["distance_km"] < 20
    assert (await call("GET", f"{search}10"))["items"] == []

    # Mika is told, and applies; only Nadine reads the application.
    await work()
    mails = [mail.get_body(("plain",)).get_content() for _, mail in outbox.outbox]
    assert any("Feinwerkmechaniker" in text for text in mails)
    matches = (await call("GET", f"/posts/{wanted['id']}/matches", mika))["items"]
    assert [one["post"]["id"] for one in matches] == [post["id"]]
    upload = {"file": ("Lebenslauf Mika.pdf", a_pdf(), "application/pdf")}
    medium = await call("POST", "/media", mika, 201, files=upload)
    applied = {
        "text": "Ich möchte bei Ihnen lernen.",
        "fields": {"kind": "apprenticeship"},
        "files": [medium["id"]],
        "offered_post_id": wanted["id"],
    }
    inquiry = await call("POST", f"{path}/inquiries", mika, 201, json=applied)
    file = f"/media/{medium['id']}/original"
    browser = await signed_in(session, nadine)
    stranger = await signed_in(session, await a_person(session, "Kim Jaspert"))
    await session.commit()
    assert (await client.get(file, headers=browser)).status_code == 200
    assert (await client.get(file, headers=stranger)).status_code == 404
    assert (await client.get(file)).status_code == 404

    # The place is taken: the post is done and gone, the files go six months later.
    await call("PUT", f"/inquiries/{inquiry['id']}/state", nadine, json={"state": "accepted"})
    taken = {"details": {**post["details"], "places_free": 0}}
    done = await call("PATCH", path, nadine, json=taken)
    assert done["status"] == "done"
    gone = await client.get(path)
    assert (gone.status_code, told(gone)) == (410, None)
    hers = await client.get(path, headers=browser)
    assert "besetzt" in hers.text
    assert told(hers) is None
    for days, kept in ((170, 200), (190, 404)):
        with clock.set_to(clock.now() + timedelta(days=days)):
            await forget_old_files(session)
        await session.commit()
        await work()
        assert (await client.get(file, headers=browser)).status_code == kept, days
