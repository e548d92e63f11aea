from datetime import timedelta

from sqlalchemy import insert, select

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.paging import Paging
from app.features.posts.bookmarks import bookmarked_posts
from app.features.posts.ending import withdraw_post
from app.features.posts.feed import Filters, home_of, list_posts, start_page
from app.models.companies import OrganisationForm
from app.models.groups import Admission
from app.models.places import Place, PlaceKind
from app.models.posts import Bookmark, Reaction
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer, signed_in


async def town(session, name):
    return await session.scalar(
        select(Place).where(Place.name == name, Place.kind == PlaceKind.MUNICIPALITY)
    )


async def listed(reader, actor=ANONYMOUS, **filters):
    page = await list_posts(reader, actor, Filters(**filters), Paging())
    return [row.id for row in page.items]


async def test_a_list_is_narrowed_by_each_filter(session, reader):
    author, other = await a_person(session), await a_person(session)
    company = await a_company(session, owner=author)
    group = await a_group(session, author)
    hattingen, bochum, berlin = [
        await town(session, name) for name in ("Hattingen", "Bochum", "Berlin")
    ]
    first = await a_post(session, author, tags=["metall"], place="Hattingen")
    second = await a_post(session, author, "discussion", company_id=company.id, place="Bochum")
    third = await a_post(session, author, group_id=group.id, place="Berlin")
    fourth = await a_post(session, other)
    for n, post in enumerate((first, second, third, fourth)):
        post.published_at = clock.now() - timedelta(hours=10 - n)
    await session.flush()
    everything = [fourth.id, third.id, second.id, first.id]
    assert await listed(reader) == everything
    assert await listed(reader, kind="discussion") == [second.id]
    assert await listed(reader, company_id=company.id) == [second.id]
    assert await listed(reader, group_id=group.id) == [third.id]
    assert await listed(reader, author_id=other.id) == [fourth.id]
    assert await listed(reader, tag="metall") == [first.id]
    assert await listed(reader, place_id=hattingen.id) == [first.id]
    assert await listed(reader, place_id=hattingen.id, radius_km=25) == [second.id, first.id]
    assert await listed(reader, place_id=berlin.id, radius_km=25) == [third.id]
    assert await listed(reader, place_id=bochum.id, kind="question") == []
    assert await listed(reader, since=clock.now() - timedelta(hours=8, minutes=30)) == [
        fourth.id,
        third.id,
    ]


async def test_a_list_is_continued_without_gaps_also_when_it_grows(session, client):
    author = await a_person(session)
    at = clock.now() - timedelta(days=1)
    posts = [await a_post(session, author) for _ in range(7)]
    for post in posts:
        post.published_at = at  # the same moment: the key decides
    await session.commit()
    seen, path = [], "/api/v1/posts?limit=3"
    while path:
        answer = (await client.get(path)).json()
        seen += [one["id"] for one in answer["items"]]
        await a_post(session, author)
        await session.commit()
        path = answer["next"] and f"/api/v1/posts?limit=3&cursor={answer['next']}"
    assert seen == [str(post.id) for post in reversed(posts)]


async def test_lists_and_filters_show_nothing_of_hidden_groups_t24_t29(session, client):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    hidden = await a_group(session, founder, admission=Admission.HIDDEN)
    company = await a_company(session, owner=founder)
    secret = await a_post(
        session, founder, group_id=hidden.id, company_id=company.id, tags=["geheim"]
    )
    inside = await bearer(session, founder)
    outside = await bearer(session, stranger)
    await session.commit()
    queries = ("", "?tag=geheim", f"?author={founder.id}", f"?company={company.id}",
               f"?group={hidden.id}", "?kind=question")  # fmt: skip
    for query in queries:
        for headers in ({}, outside):
            answer = await client.get(f"/api/v1/posts{query}", headers=headers)
            nothing = await client.get(f"/api/v1/posts?author={stranger.id}", headers=headers)
            assert answer.content == nothing.content
            assert answer.headers["etag"] == nothing.headers["etag"]
        own = (await client.get(f"/api/v1/posts{query}", headers=inside)).json()["items"]
        assert [one["id"] for one in own] == [str(secret.id)]
    assert (await client.get("/api/v1/feed", headers=outside)).json()["items"] == []
    assert secret.title not in (await client.get("/")).text


async def test_a_bookmark_shows_nothing_that_its_owner_may_no_longer_read(session, reader):
    founder, member = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder, admission=Admission.HIDDEN)
    membership = await a_membership(session, group, member)
    post = await a_post(session, founder, group_id=group.id)
    session.add(Bookmark(person_id=member.id, post_id=post.id))
    await session.flush()
    assert len((await bookmarked_posts(reader, as_actor(member), Paging())).items) == 1
    await session.delete(membership)
    await session.flush()
    assert (await bookmarked_posts(reader, as_actor(member), Paging())).items == []


async def test_the_start_page_is_the_region_for_everybody(session, reader):
    hattingen = await town(session, "Hattingen")
    someone = await a_person(session, place_id=hattingen.id)
    other = await a_person(session)
    group = await a_group(session, other, admission=Admission.ON_REQUEST)
    await a_membership(session, group, someone)
    near = await a_post(session, other, place="45525")
    region = await a_post(session, other, place="Bochum")
    far = await a_post(session, other, place="Berlin")
    inside = await a_post(session, other, group_id=group.id, place="Bochum")

    async def start(actor):
        return [row.id for row in (await start_page(reader, actor, Paging())).items]

    assert (await home_of(reader, as_actor(someone))).name == "Hattingen"
    assert await start(as_actor(someone)) == [inside.id, region.id, near.id]
    assert await start(ANONYMOUS) == [region.id, near.id]
    assert await home_of(reader, ANONYMOUS) is None
    assert far.id in await listed(reader)


async def test_counts_on_cards_leave_out_what_was_withdrawn(session, reader):
    asker, helper = await a_person(session), await a_person(session)
    post = await a_post(session, asker)
    reply = await a_reply(session, helper, post)
    await a_reply(session, helper, post)
    reply.withdrawn_at = clock.now()
    session.add(Reaction(person_id=helper.id, post_id=post.id))
    await session.flush()
    row = (await list_posts(reader, ANONYMOUS, Filters(), Paging())).items[0]
    assert (row.replies, row.helpful) == (1, 1)
    await withdraw_post(session, as_actor(asker), post.id)
    assert await listed(reader) == []


async def test_pages_take_as_many_statements_for_one_post_as_for_fifty(session, client, queries):
    author = await a_person(session)
    group = await a_group(session, author)
    company = await a_company(session, owner=author)
    headers = await signed_in(session, author)
    api = await bearer(session, author)
    post = await a_post(session, author, group_id=group.id)
    await a_reply(session, author, post)
    await session.commit()
    paths = [
        ("/", headers), ("/posts", headers), ("/bookmarks", headers),
        (f"/groups/{group.slug}", headers), (f"/posts/{post.id}", headers), ("/posts", {}),
        ("/api/v1/posts", api), ("/api/v1/feed", api), (f"/api/v1/posts/{post.id}/replies", api),
        (f"/api/v1/groups/{group.id}/posts", {}),
    ]  # fmt: skip

    async def count():
        counted = []
        for path, head in paths:
            queries.clear()
            answer = await client.get(path, headers=head)
            assert answer.status_code == 200, path
            counted.append(len(queries))
        return counted

    once = await count()
    for _ in range(49):
        more = await a_post(session, author, company_id=company.id, group_id=group.id)
        await a_reply(session, author, post, company_id=company.id)
        await session.execute(
            insert(Bookmark).values(id=more.id, person_id=author.id, post_id=more.id)
        )
    await session.commit()
    assert await count() == once
    assert max(once) <= 8, dict(zip([path for path, _ in paths], once, strict=True))


async def test_the_chamber_is_one_among_many(session, client):
    """Exchange the chamber with another company: every list stays the same but for the names."""
    people = [await a_person(session, f"Person {n}") for n in range(3)]
    chamber = await a_company(
        session, "Kammer Mittleres Ruhrgebiet", owner=people[0], form=OrganisationForm.CHAMBER
    )
    firm = await a_company(session, "Zimmerei Adler", owner=people[1])
    group = await a_group(session, people[0])
    await a_membership(session, group, people[1])
    posts = []
    for n in range(8):
        voice, author = ((chamber, people[0]), (firm, people[1]))[n % 2]
        inside = group.id if n % 3 == 0 else None
        post = await a_post(session, author, company_id=voice.id, group_id=inside, place="Bochum")
        await a_reply(session, author, post)
        posts.append(post)
        if n % 2:
            session.add(Reaction(person_id=people[2].id, post_id=post.id))
    headers = await bearer(session, people[2])
    await session.commit()
    paths = ("/api/v1/posts", "/api/v1/feed", "/api/v1/posts?place=Bochum&radius_km=30",
             "/api/v1/posts?kind=question", f"/api/v1/groups/{group.id}/posts")  # fmt: skip

    async def orders():
        return [
            [one["id"] for one in (await client.get(path, headers=headers)).json()["items"]]
            for path in paths
        ]

    before = await orders()
    assert len(before[0]) == 8
    for name in ("name", "sort_name", "form", "slug", "summary"):
        mine, theirs = getattr(chamber, name), getattr(firm, name)
        setattr(chamber, name, f"{theirs}-x" if name == "slug" else theirs)
        await session.flush()
        setattr(firm, name, mine)
    for post in posts:
        post.company_id = firm.id if post.company_id == chamber.id else chamber.id
    await session.commit()
    assert await orders() == before
