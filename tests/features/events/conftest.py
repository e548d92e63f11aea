"""What tests of events share: the day on which they play, who is there, and a consultation day."""

from datetime import UTC, datetime

import pytest

from tests.makers import a_company, a_person, bearer
from tests.stopping import stopped_at

TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = {
    "kind": "event",
    "event_type": "consultation_day",
    "starts_at": "2026-12-03T14:00",
    "ends_at": "2026-12-03T17:00",
    "recurrence_rule": "FREQ=MONTHLY;BYDAY=1TH;UNTIL=20271231T225959Z",
    "holiday_rule": "move",
    "participation": "slots",
    "slot_minutes": 20,
    "venue": "Regionalbüro",
    "online_link": "https://video.example/geheim",
    "questions": ["Worum geht es?"],
}


@pytest.fixture(autouse=True)
def _stopped():
    with stopped_at(TODAY):
        yield


@pytest.fixture
async def people(session):
    found = {name: await a_person(session, name) for name in ("Lena", "Nadine", "Ole", "Fremde")}
    found["chamber"] = await a_company(session, "Kammer", owner=found["Lena"])
    return found


@pytest.fixture
async def call(session, client, people):
    tokens = {n: await bearer(session, p) for n, p in people.items() if n != "chamber"}
    await session.commit()

    async def called(method, path, by=None, status=200, **more):
        headers = tokens.get(by, {}) | more.pop("headers", {})
        answer = await client.request(method, f"/api/v1{path}", headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return called


@pytest.fixture
async def publish(call, people):
    async def published(**changes):
        details = {**DAY, **changes}
        draft = {
            "title": "Ausbildungssprechtag Hattingen",
            "details": {name: value for name, value in details.items() if value is not None},
            "place": "45525",
            "company_id": str(people["chamber"].id),
        }
        made = await call("POST", "/posts", "Lena", 201, json=draft)
        found = await call("GET", f"/events/{made['id']}/occurrences?limit=100", "Lena")
        return made, found["items"]

    return published
