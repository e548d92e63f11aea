"""Deadlines of the chamber: dates that nobody takes part in, found by occupation and sector."""

import re

import pytest
from icalendar import Calendar

EXAM = {
    "kind": "event", "event_type": "deadline", "starts_at": "2027-01-15T23:59",
    "occupation": "Zerspanungsmechaniker/in", "wz2008_sections": ["C"],
    "participation": "registration", "capacity": 5,
}  # fmt: skip
COURSE = {
    "kind": "event", "event_type": "deadline", "starts_at": "2027-01-20T12:00",
    "wz2008_sections": ["H"], "repetition": "yearly",
}  # fmt: skip
NAMES = {"Anmeldung zur Abschlussprüfung": EXAM, "Meldung der Lehrgänge": COURSE}


@pytest.fixture
async def deadlines(call, people, work):
    for title, details in NAMES.items():
        draft = {"title": title, "details": details, "company_id": str(people["chamber"].id)}
        await call("POST", "/posts", "Lena", 201, json=draft)
    await work()
    found = await call("GET", "/events?event_type=deadline&until=2027-02-01")
    return {one["title"]: one for one in found["items"]}


QUERIES = {
    "event_type=deadline": set(NAMES),
    "occupation=Zerspanungsmechaniker": {"Anmeldung zur Abschlussprüfung"},
    "sector=C": {"Anmeldung zur Abschlussprüfung"},
    "sector=H": {"Meldung der Lehrgänge"},
    "sector=H&occupation=Zerspanungsmechaniker": set(),
    "sector=K": set(),
}


async def test_occupation_and_sector_narrow_list_month_calendar_and_api(deadlines, client):
    assert deadlines.keys() == NAMES.keys()
    for query, wanted in QUERIES.items():
        for path in ("/events", "/events/month/2027-01", "/embed/events"):
            page = (await client.get(f"{path}?{query}")).text
            found = {title for title in NAMES if re.search(f">{title}</", page)}
            assert found == wanted, (path, query)
        answer = (await client.get(f"/api/v1/events?{query}&until=2027-02-01")).json()
        assert {one["title"] for one in answer["items"]} == wanted, query
        feed = await client.get(f"/api/v1/posts.ics?kind=event&{query}")
        told = Calendar.from_ical(feed.content).walk("VEVENT")
        assert {str(one["SUMMARY"]) for one in told} == wanted, query


async def test_nobody_takes_part_in_a_deadline(deadlines, call, client):
    exam = deadlines["Anmeldung zur Abschlussprüfung"]
    assert (exam["participation"], exam["starts_at"]) == ("none", exam["ends_at"])
    here = f"/occurrences/{exam['id']}"
    refused = await call("POST", f"{here}/registrations", "Nadine", 409, json={})
    assert refused["code"] == "registration_closed"
    guest = {"name": "Ada Gast", "email": "ada@gast.example"}
    await call("POST", f"{here}/guests", None, 409, json=guest)
    page = (await client.get(f"/posts/{exam['event_id']}")).text.partition("<main")[2]
    assert "Frist endet" in page
    for unsaid in ("/occurrences/", "kostenlos", "Plätze frei", "vor Ort"):
        assert unsaid not in page, unsaid
    assert f'"/posts/{exam["event_id"]}"' in (await client.get("/events?event_type=deadline")).text
    free = await call("GET", "/events?free=true")
    assert free["items"] == []
