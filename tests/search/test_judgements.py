"""The box finds what it should among what the demo region holds."""

import pytest

from app.core.settings import settings
from app.demo.filling import fill_demo
from app.runtime import running
from tests.search.judging import judge, judgements


@pytest.mark.timeout(300)  # the demo region is made first
async def test_the_box_finds_what_it_should_and_nothing_that_it_must_not(own_database):
    questions = judgements()
    assert len(questions) >= 150
    assert len({one.q for one in questions}) == len(questions)
    async with running(settings(), own_database, for_jobs=True) as runtime:
        await fill_demo(runtime)
        quality = await judge(runtime.reader, questions)
    assert quality.wrong == []
    assert quality.recall >= 0.97, quality.missed
    assert quality.precision >= 0.93, quality.imprecise
