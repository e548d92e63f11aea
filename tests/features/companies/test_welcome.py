import re

from tests.makers import a_company, a_person, signed_in


async def test_who_names_a_company_on_signing_up_is_led_to_it(client, work, outbox):
    data = {
        "name": "Ulrich Vietmeier",
        "email": "ulrich@backhaus.example",
        "company_name": "Backhaus Vietmeier e. K.",
        "is_of_age": "true",
        "accepts_terms": "true",
        "locale": "de",
    }
    page = await client.get("/sign-up")
    names = set(re.findall(r'name="(\w+)"', page.text))
    browser = {"sec-fetch-site": "same-origin"}
    asked = {name: value for name, value in data.items() if name in names}
    for name in re.findall(r'type="checkbox"[^>]*name="(\w+)"', page.text):
        asked[name] = "true"
    sent = await client.post("/sign-up", data=asked, headers=browser)
    assert sent.status_code == 303, sent.text
    await work()
    text = outbox.outbox[-1][1].get_body(("plain",)).get_content()
    path = re.search(r"/sign-up/confirm/[\w-]+", text).group()
    opened = await client.post(
        path, data={"password": "Sauerteig-und-Roggen-58452"}, headers=browser
    )
    assert opened.status_code == 303, opened.text
    where = opened.headers["location"]
    assert where == "/welcome?company=Backhaus+Vietmeier+e.+K.&notice=account.opened"
    html = (await client.get(where)).text
    assert "Ihr Konto ist angelegt" in html
    assert "Dieser Name steht nicht in unserer Liste." in html


async def test_pages_say_what_has_just_been_done(session, client):
    person = await a_person(session)
    company = await a_company(session, owner=person)
    headers = await signed_in(session, person)
    await session.commit()
    for path, notice in (
        (f"/companies/{company.slug}", "company.founded"),
        (f"/companies/{company.slug}/staff", "staff.invited"),
        (f"/companies/{company.slug}/sites", "site.saved"),
        (f"/companies/{company.slug}/contacts", "contact.saved"),
        (f"/people/{person.slug}", "person.edited"),
        ("/me/companies", "company.left"),
    ):
        answer = await client.get(f"{path}?notice={notice}", headers=headers)
        assert answer.status_code == 200, path
        assert 'class="notice"' in answer.text
