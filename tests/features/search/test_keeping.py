"""Documents stay in step with what they are about, whatever was missed."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.features.search.keeping import catch_up, forget_words, keep_documents, next_ids
from app.features.wording.questions import understand
from app.models.posts import Post
from app.models.search import SearchDocument, SearchWord, Thing
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_person


async def test_what_was_missed_is_caught_up_with_and_twice_changes_nothing(session):
    person = await a_person(session, "Nadine Rauhut")
    company = await a_company(session, "Zinnober Feinguss GmbH", owner=person)
    post = await a_post(session, person, title="Zinnober gesucht")
    stray = (await a_person(session, "Wer gegangen ist", left_at=clock.now())).id
    await session.flush()
    await catch_up(session)
    asked = select(SearchDocument.id, SearchDocument.made_from).order_by(SearchDocument.id)
    first = (await session.execute(asked)).all()
    assert {company.id, person.id, post.id} <= {row.id for row in first}
    assert stray not in {row.id for row in first}
    await catch_up(session)
    assert (await session.execute(asked)).all() == first

    await session.execute(update(SearchDocument).values(made_from=0))
    past = {"expires_at": clock.now() - timedelta(days=1)}
    await session.execute(update(Post).where(Post.id == post.id).values(past))
    await catch_up(session)
    found = {row.id: row.made_from for row in await session.execute(asked)}
    assert post.id not in found
    assert found[company.id] == company.version


async def test_words_that_stand_nowhere_any_more_are_forgotten(session):
    person = await a_person(session, "Nadine Rauhut")
    await session.flush()
    await keep_documents(session, Thing.PERSON, [person.id])
    await session.execute(insert(SearchWord).values(word="quittengelee").on_conflict_do_nothing())
    await forget_words(session)
    words = set(await session.scalars(select(SearchWord.word)))
    assert "quittengelee" not in words
    assert "rauhut" in words
    await session.execute(delete(SearchDocument))
    await forget_words(session)
    assert await session.scalar(select(func.count()).select_from(SearchWord)) == 0


async def test_all_things_can_be_gone_through(session):
    people = [await a_person(session, f"Person {number}") for number in range(3)]
    await session.flush()
    ids = await next_ids(session, Thing.PERSON, None)
    assert ids == sorted(ids)
    assert {one.id for one in people} <= set(ids)
    assert await next_ids(session, Thing.PERSON, ids[0]) == ids[1:]


async def test_an_operator_adds_synonyms_of_their_own(configure, tmp_path):
    file = tmp_path / "own.tsv"
    file.write_text("area\twords\ngeneral\tPott; Ruhrgebiet\n", encoding="utf-8")
    assert "ruhrgebiet" not in understand("Pott").wide
    configure(SYNONYMS_FILES=f'["{file}"]')
    assert "ruhrgebiet" in understand("Pott").wide
