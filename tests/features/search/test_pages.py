"""The page of the search, and its box on every page."""

import re

from tests.features.search.test_finding import publish
from tests.makers import a_group, a_person, bearer


async def test_the_box_stands_on_every_page_and_leads_to_hits_with_their_words_marked(
    session, client, work
):
    headers = await bearer(session, await a_person(session, "Nadine Rauhut"))
    await session.commit()
    await publish(client, headers, "Unternehmensnachfolge <b>in Witten</b>")
    await publish(client, headers, "Zwei Fräsen")
    await work()
    start = await client.get("/")
    assert '<form class="find" role="search" action="/search">' in start.text
    page = await client.get("/search", params={"q": "nachfolge"})
    assert page.status_code == 200
    assert "<mark>Unternehmensnachfolge</mark> &lt;b&gt;in Witten" in page.text
    assert "Zwei Fräsen" not in page.text
    assert re.search(r"1\s+Treffer", page.text)
    assert 'href="/search?q=nachfolge&amp;thing=post"' in page.text
    inside = await client.get("/search", params={"q": "nachfolge", "thing": "company"})
    assert "Es wurden keine Treffer gefunden." in inside.text


async def test_an_empty_question_explains_itself_and_a_wrong_one_says_what_is_wrong(client):
    assert "Wonach suchen Sie?" in (await client.get("/search")).text
    wrong = await client.get("/search", params={"q": "Halle", "place": "Nirgendwo"})
    assert wrong.status_code == 422
    assert "Diesen Ort kennen wir nicht" in wrong.text
    nothing = await client.get("/search", params={"q": "-Halle"})
    assert nothing.status_code == 422


async def test_suggestions_are_names_one_may_see_and_words_that_come_along(session, client, work):
    headers = await bearer(session, await a_person(session, "Mechthild Ottensmeier"))
    await session.commit()
    await client.patch("/api/v1/me", json={"headline": "Rat"}, headers=headers)
    await work()
    found = (await client.get("/search/suggestions", params={"q": "mech"})).json()["items"]
    texts = [one["text"] for one in found]
    assert "Mechatroniker/-in" in texts
    assert "Mechthild Ottensmeier" in texts
    inside = (await client.get("/search/suggestions", params={"q": "ottens"})).json()["items"]
    assert [one["text"] for one in inside] == ["Mechthild Ottensmeier"]
    assert (await client.get("/search/suggestions", params={"q": "m"})).json() == {"items": []}


async def test_a_group_has_a_box_that_finds_only_what_stands_in_it(session, client, work):
    nadine = await a_person(session, "Nadine Rauhut")
    group = await a_group(session, nadine, "Werkstatt")
    headers = await bearer(session, nadine)
    await session.commit()
    empty = (await client.get(f"/groups/{group.slug}")).text
    assert 'id="find-here"' not in empty
    await publish(client, headers, "Fräsen im Kreis", group_id=str(group.id))
    await publish(client, headers, "Fräsen für alle")
    await work()
    page = (await client.get(f"/groups/{group.slug}")).text
    assert '<input class="input" id="find-here" type="search" name="q"' in page
    [(name, value)] = re.findall(r'<input type="hidden" name="(group)" value="([^"]+)">', page)
    found = (await client.get("/search", params={name: value, "q": "Fräsen"})).text
    assert "im Kreis" in found
    assert "für alle" not in found


async def test_where_nothing_is_found_the_same_is_offered_with_a_word_less(client):
    page = await client.get("/search", params={"q": "Spedition Xyzzy", "place": "Herne"})
    assert "Es wurden keine Treffer gefunden." in page.text
    for word, other in (("Spedition", "Xyzzy"), ("Xyzzy", "Spedition")):
        assert f"Ohne „{word}“ suchen" in page.text
        assert f"/search?q={other}&amp;place=Herne" in page.text
    for alone in ("Xyzzy", '"Spedition Xyzzy"', "Xyzzy -Bahn", "a b c d e f Xyzzy"):
        assert "Ohne „" not in (await client.get("/search", params={"q": alone})).text
