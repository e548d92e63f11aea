"""The snippets of docs/first-steps.md, run as a stranger would run them, against a real server."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from app.core import clock
from app.core.actor import Actor
from app.core.db import transaction
from app.core.passwords import hash_password
from app.core.settings import settings
from app.demo.logins import LOGINS
from app.features.accounts.signing_up import open_account
from app.features.groups.founding import GroupDraft, found_group
from app.runtime import running
from tests.serving import serving

GUIDE = Path(__file__).parents[2] / "docs" / "first-steps.md"


def snippets(language: str) -> str:
    """Every snippet of one language, in order, as one script."""
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL))


async def arranged(dsn: str) -> None:
    """What the guide needs of the demo: the chamber's login, and the group on Ausbildung."""
    chamber = next(login for login in LOGINS if login.role == "chamber")
    async with running(settings(), dsn) as runtime, transaction(runtime.sessions) as session:
        hashed = await hash_password(chamber.password, settings().hashing)
        account, person = await open_account(
            session, email=chamber.email, name="Lena Oberste", password_hash=hashed, locale="de"
        )
        actor = Actor(person_id=person.id, account_id=account.id)
        draft = GroupDraft(name="Ausbildung", charter="Wir nennen keine Namen.")
        with clock.set_to(clock.now() - timedelta(days=1)):
            await found_group(session, actor, draft)


@pytest.mark.timeout(300)  # a server and a worker start, and a shell waits for its mail
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_every_snippet_of_the_first_steps_does_what_it_says(own_database, tmp_path):
    asyncio.run(arranged(own_database))
    with serving(own_database, tmp_path) as address:
        env = {
            **os.environ,
            "KONTOR": address,
            "EMAIL": "ada@werkzeugbau-ruhr.example",
            "MAILS": str(tmp_path / "mail"),
        }
        shell = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", snippets("sh")],
            env=env,
            capture_output=True,
            text=True,
            timeout=140,
            check=False,
        )
        assert shell.returncode == 0, shell.stdout + shell.stderr
        assert re.search(r"[0-9a-f-]{36}\n\Z", shell.stdout), shell.stdout
        python = subprocess.run(
            [sys.executable, "-W", "error", "-c", snippets("python")],
            env=env,
            capture_output=True,
            text=True,
            timeout=140,
            check=False,
        )
        assert python.returncode == 0, python.stdout + python.stderr
        assert python.stdout.startswith("1 answered questions"), python.stdout
