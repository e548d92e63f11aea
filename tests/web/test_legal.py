"""Legal pages, pages for developers, and the files that machines look for."""

import re
from html import unescape
from pathlib import Path

import psycopg
import pytest

from app.core.paging import ORDERS
from app.core.settings import Operator, settings
from app.edge.problems import problems
from app.features.posts.drafts import KINDS
from app.features.posts.matching_rules import MAX_SCORE
from app.features.search.ranking import RULES
from app.web import legal
from app.web.developers import operations

PAGES = {
    "/imprint": "Impressum",
    "/privacy": "Datenschutzerklärung",
    "/terms": "Nutzungsbedingungen",
    "/accessibility": "Erklärung zur Barrierefreiheit",
    "/ordering": "So sortieren wir",
    "/api": "Schnittstelle (API)",
}


@pytest.mark.parametrize("path", [*PAGES, "/problems"])
@pytest.mark.parametrize("language", ["de", "en"])
async def test_every_page_of_the_footer_is_there_in_both_languages(client, path, language):
    answer = await client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count("<h1>") == 1
    assert "set-cookie" not in answer.headers
    if language == "de" and path in PAGES:
        assert f"<h1>{PAGES[path]}</h1>" in answer.text


async def test_every_page_links_to_the_legal_ones(client):
    page = await client.get("/terms")
    assert set(re.findall(r'href="(/[a-z]+)"', page.text)) >= set(PAGES)
    assert ">Impressum</a>" in page.text


async def test_the_imprint_says_what_the_operator_has_set_and_nothing_empty(client, monkeypatch):
    configured = settings().model_copy(
        update={
            "operator": Operator(
                address="Ostring 30, 44787 Bochum",
                represented_by="Dr. Jo Weber",
                register_entry="Amtsgericht Bochum, HRB 1",
                vat_id="DE123456789",
            )
        }
    )
    monkeypatch.setattr(legal, "settings", lambda: configured)
    page = (await client.get("/imprint")).text
    for text in ("Ostring 30", "Dr. Jo Weber", "HRB 1", "DE123456789", "betrieb@kontor.example"):
        assert text in page
    assert "Aufsichtsbehörde" not in page


def test_every_field_of_the_operator_stands_on_a_legal_page():
    templates = Path(legal.__file__).parent / "templates/legal"
    text = "".join(template.read_text() for template in templates.iterdir())
    missing = [name for name in Operator.model_fields if f"operator.{name}" not in text]
    assert not missing


async def test_the_type_of_every_problem_leads_to_its_page(client):
    answer = await client.get("/api/v1/groups/x")
    path = answer.json()["type"].removeprefix("http://testserver")
    page = await client.get(path)
    assert (page.status_code, answer.json()["code"] in page.text) == (200, True)
    for one in problems():
        assert (await client.get(f"/problems/{one.code}")).status_code == 200, one.code
    assert (await client.get("/problems/never")).status_code == 404


async def test_the_list_of_operations_is_the_document(client):
    document = (await client.get("/api/v1/openapi.json")).json()
    page = (await client.get("/api")).text
    listed = [one for group in operations(document).values() for one in group]
    assert len(listed) == sum(len(methods) for methods in document["paths"].values())
    assert "auf Englisch verfasst" in page  # for who reads German around it
    assert page.count('lang="en">') >= len(listed)
    for one in listed:
        assert f"<code>{one.method} {one.path}</code>" in page
    joined = next(one for one in listed if one.path.endswith("/membership") and one.method == "PUT")
    assert (joined.scope, joined.is_public) == ("groups:write", False)
    assert "charter_not_accepted" in joined.refusals


async def test_every_code_that_an_operation_names_has_a_page(client):
    document = (await client.get("/api/v1/openapi.json")).json()
    named = {
        code for group in operations(document).values() for one in group for code in one.refusals
    }
    assert named <= {one.code for one in problems()}


async def test_machines_find_what_they_look_for(client):
    robots = await client.get("/robots.txt")
    assert robots.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Disallow: /settings" in robots.text
    security = await client.get("/.well-known/security.txt")
    assert "Contact: mailto:betrieb@kontor.example\n" in security.text
    assert re.search(r"^Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:00Z$", security.text, re.MULTILINE)
    assert (await client.get("/healthz")).text == "ok\n"


async def test_health_without_a_database_is_said_without_details(client, reader, monkeypatch):

    async def fail(*_):
        raise psycopg.OperationalError("secret host")  # noqa: EM101, TRY003

    monkeypatch.setattr(reader, "first", fail)
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "unavailable\n")


async def test_the_order_of_every_list_and_the_points_of_every_match_are_shown_from_the_code(
    client,
):
    said = unescape((await client.get("/ordering")).text)
    for rule in RULES:
        assert f"{rule.text}: {rule.points} Punkt" in said
    for order in ORDERS.values():
        assert order.text in said
    for kind in KINDS.values():
        if kind.rule:
            assert kind.rule.explained in said
            for part in kind.rule.parts:
                assert f"{part.text} {part.points}" in said
            best = sum(part.points for part in kind.rule.parts if "statt seiner" not in part.text)
            assert best == MAX_SCORE
