"""Files kept under the digest of their content."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core.storage import Disk, Memory, digest_of, write_atomically

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["disk", "memory"])
def storage(request, tmp_path: Path):
    return Disk(tmp_path / "media") if request.param == "disk" else Memory()


async def test_what_is_put_is_got_until_it_is_dropped(storage):
    digest = await storage.put(b"Hanse")
    assert digest == await storage.put(b"Hanse") == digest_of(b"Hanse")
    assert await storage.get(digest) == b"Hanse"
    await storage.drop(digest)
    await storage.drop(digest)
    assert await storage.get(digest) is None


async def test_the_same_file_twice_is_one_file(tmp_path):
    disk = Disk(tmp_path)
    digest = await disk.put(b"Hanse")
    first = disk.path(digest).stat().st_ino
    await disk.put(b"Hanse")
    assert disk.path(digest).stat().st_ino == first
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [digest]


async def test_a_file_cut_short_is_written_again(tmp_path):
    disk = Disk(tmp_path)
    digest = await disk.put(b"Hanse")
    disk.path(digest).write_bytes(b"Ha")
    await disk.put(b"Hanse")
    assert await disk.get(digest) == b"Hanse"


async def test_everything_kept_is_listed(storage):
    digests = {await storage.put(content) for content in (b"Hanse", b"Kontor")}
    assert await storage.digests() == digests
    await storage.drop(digest_of(b"Hanse"))
    assert await storage.digests() == {digest_of(b"Kontor")}


async def test_what_a_killed_process_left_half_written_is_thrown_away_when_it_is_old(tmp_path):
    disk = Disk(tmp_path)
    digest = await disk.put(b"Hanse")
    old, new = (disk.path(digest).with_name(f".{digest}.{end}") for end in ("a", "b"))
    for path in (old, new):
        path.write_bytes(b"Ha")
    now = datetime.now(UTC)
    for path in (old, disk.path(digest)):
        os.utime(path, (now.timestamp() - 3_700,) * 2)
    assert await disk.digests() == {digest}
    await disk.tidy(now - timedelta(hours=1))
    assert not old.exists()
    assert new.exists()
    assert await disk.get(digest) == b"Hanse"


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
async def test_nothing_but_a_digest_leads_to_a_file(tmp_path, digest):
    with pytest.raises(ValueError, match="64"):
        await Disk(tmp_path).get(digest)


def test_a_write_that_fails_leaves_nothing(tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(target, b"x")
    assert list(tmp_path.iterdir()) == [target]
