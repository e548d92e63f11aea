"""What a link shows where it is shared, and who is kept out of that."""

import re

from app.models.groups import Admission
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_person, signed_in


async def test_pages_for_everybody_say_what_they_are_and_where(session, client):
    found = await a_person(session, "Kim Jaspert", found_by_search_engines=True)
    company = await a_company(session, owner=found)
    group = await a_group(session, found, "Ausbildung")
    post = await a_post(session, found, title="Wer bildet aus?")
    await session.commit()
    for path, title in (
        (f"/people/{found.slug}", found.name),
        (f"/companies/{company.slug}", company.name),
        (f"/groups/{group.slug}", "Ausbildung"),
        (f"/posts/{post.id}", "Wer bildet aus?"),
    ):
        page = (await client.get(path)).text
        address = re.search(r'<link rel="canonical" href="([^"]+)">', page)[1]
        assert address.endswith(path)
        assert f'<meta property="og:url" content="{address}">' in page
        assert f'<meta property="og:title" content="{title}">' in page
        assert "noindex" not in page


async def test_nothing_is_shared_of_who_did_not_choose_it_and_of_what_is_hidden(session, client):
    person = await a_person(session)
    group = await a_group(session, person, "Geheim", admission=Admission.HIDDEN)
    headers = await signed_in(session, person)
    await session.commit()
    for path in (f"/people/{person.slug}", f"/groups/{group.slug}"):
        page = (await client.get(path, headers=headers)).text
        assert "noindex" in page
        assert "og:" not in page


async def test_lists_have_one_address_and_what_narrows_them_is_not_listed(session, client):
    for path, address, is_listed in (
        ("/posts", "/posts", True),
        ("/posts?kind=offer", "/posts?kind=offer", True),
        ("/posts?kind=offer&category=tools", "/posts?kind=offer", False),
        ("/posts?kind=&place=&utm_source=brief", "/posts", True),
        ("/companies?q=x", "/companies", False),
        ("/groups?order=newest", "/groups", False),
    ):
        page = (await client.get(path)).text
        assert f'<link rel="canonical" href="http://testserver{address}">' in page, path
        assert ('content="noindex"' not in page) is is_listed, path
        assert ('property="og:url"' in page) is is_listed, path


async def test_lists_of_people_are_left_to_people(session, client):
    group = await a_group(session, await a_person(session))
    await session.commit()
    for path in ("/people", f"/groups/{group.slug}/members", "/gibt-es-nicht"):
        page = (await client.get(path)).text
        assert '<meta name="robots" content="noindex">' in page
        assert "canonical" not in page


async def test_a_title_is_written_once_whatever_stands_in_it(session, client):
    company = await a_company(
        session, 'Rohr & "Söhne" <GmbH>', owner=await a_person(session), summary='Mit "Biss" & Co.'
    )
    await session.commit()
    page = (await client.get(f"/companies/{company.slug}")).text
    title = "Rohr &amp; &#34;Söhne&#34; &lt;GmbH&gt;"
    assert f"<title>{title} – Kontor</title>" in page
    assert f'<meta property="og:title" content="{title}">' in page
    assert page.count('content="Mit &#34;Biss&#34; &amp; Co."') == 2  # for engines and for links
