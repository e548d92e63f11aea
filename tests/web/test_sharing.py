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
