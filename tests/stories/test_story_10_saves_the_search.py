"""Story 10, in part: without JavaScript, somebody finds machine hours and keeps the search.

Every step follows a link or fills a form that stands on the page before.
"""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select

from app.core.db import transaction
from app.features.search.keeping import catch_up
from app.models.searches import SavedSearch
from tests.features.posts.arranging import a_post
from tests.makers import a_person, signed_in


class Forms(HTMLParser):
    """The links of a page and the fields of its forms, as a browser without scripts has them."""

    def __init__(self, page):
        super().__init__()
        self.links, self.forms = {}, []
        self._href, self._select = None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a":
            self._href = given.get("href")
        elif tag == "form":
            self.forms.append((given.get("action"), {}))
        elif tag == "select":
            self._select = given.get("name")
            self.forms[-1][1][self._select] = ""
        elif tag == "option" and "selected" in given and self._select:
            self.forms[-1][1][self._select] = given["value"]
        elif tag == "input" and given.get("name") and self.forms:
            is_choice = given.get("type") in {"checkbox", "radio"}
            if not is_choice or "checked" in given:
                self.forms[-1][1][given["name"]] = given.get("value") or ""
            elif given.get("type") == "radio":
                self.forms[-1][1].setdefault(given["name"], "")

    def handle_data(self, data):
        if self._href and data.strip():
            self.links[data.strip()] = self._href

    def handle_endtag(self, tag):
        if tag == "a":
            self._href = None

    def form(self, action):
        return next(fields for where, fields in self.forms if where == action)


async def test_story_10_a_search_is_kept_with_links_and_forms_alone(session, client, runtime):
    firm = await a_person(session, "Kim Jaspert")
    reader = await a_person(session, "Mika Sommer")
    details = {"kind": "offer", "category": "machine_hours", "price_type": "negotiable"}
    await a_post(session, firm, "offer", title="Freie Drehmaschine", place="45527", details=details)
    await a_post(session, firm, "offer", title="In Lübeck", place="23560", details=details)
    headers = await signed_in(session, reader)
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await catch_up(tx)

    # The box on the start page finds it, and its filters narrow the hits down.
    start = Forms((await client.get("/", headers=headers)).text)
    asked = start.form("/search") | {"q": "Fertigungskapazität"}
    found = await client.get(f"/search?{urlencode(asked)}", headers=headers)
    assert "In Lübeck" in found.text
    narrowed = [fields for where, fields in Forms(found.text).forms if where == "/search"][1]
    asked = narrowed | {"place": "44625", "radius_km": "25"}
    listed = await client.get(f"/search?{urlencode(asked)}", headers=headers)
    assert "Freie Drehmaschine" in listed.text
    assert "In Lübeck" not in listed.text

    # The link leads to a form that knows the words and filters already.
    save = Forms(listed.text).links["Als Suchauftrag speichern"]
    assert dict(parse_qsl(save.partition("?")[2]))["q"] == "Fertigungskapazität"
    page = await client.get(save, headers=headers)
    fields = Forms(page.text).form("/searches")
    assert fields["filters.radius_km"] == "25.0" or fields["filters.radius_km"] == "25"

    # A mistake is announced and linked to its field; nothing of what was entered is lost.
    wrong = await client.post("/searches", data=fields | {"label": ""}, headers=headers)
    assert wrong.status_code == 422
    assert 'href="#f-label"' in wrong.text
    assert 'value="44625"' in wrong.text

    saved = await client.post("/searches", data=fields | {"label": "Drehen"}, headers=headers)
    assert saved.headers["location"].startswith("/searches")
    overview = await client.get(saved.headers["location"], headers=headers)
    assert "Drehen" in overview.text
    assert "Ihr Suchauftrag ist gespeichert" in overview.text
    search = await session.scalar(select(SavedSearch))
    assert (search.person_id, search.radius_km) == (reader.id, 25)
    assert "fertigung" in search.wanted["q"]
    hits = Forms(overview.text).links["Drehen"]
    assert "Freie Drehmaschine" in (await client.get(hits, headers=headers)).text
