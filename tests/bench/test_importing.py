"""The members' list that the import is measured with is one that the import takes."""

import os
import subprocess
import sys
from pathlib import Path

from bench.importing import write_list


def test_every_row_of_the_measured_list_is_taken(own_database: str, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    write_list(own_database, file, 40)
    assert len(file.read_text("cp1252").splitlines()) == 41
    importing = [sys.executable, "-m", "app.cli", "companies", "import", str(file), "--dry-run"]
    done = subprocess.run(
        importing,
        env=os.environ | {"KONTOR_DATABASE_URL": own_database},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "40 Zeilen gelesen" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
