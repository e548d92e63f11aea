"""How long a members' list of 27,000 rows takes, the first time and when nothing has changed.

``python -m bench.importing`` measures ``kontor companies import`` as an operator runs it.
"""

import csv
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from bench.database import ROOT, VAR, empty_database
from bench.dataset import SEED, Sizes, postcodes_in
from bench.prose import Author
from bench.regions import Region
from bench.serving import environment_of
from bench.words import STREETS

_HEADINGS: Final = (
    *("Mitgliedsnr.", "Firmenbezeichnung", "Straße", "PLZ", "Ort", "E-Mail", "Homepage"),
    *("WZ-Schlüssel", "Beschäftigte"),
)


def write_list(dsn: str, file: Path, rows: int) -> None:
    """Write a members' list as older systems export it: Windows-1252, semicolons."""
    numbers = random.Random(SEED)
    with psycopg.connect(dsn) as connection:
        postcodes = postcodes_in(connection)
    region = Region(numbers, datetime(2026, 7, 1, tzinfo=UTC), postcodes, Author(numbers))
    region.settle(Sizes().people, rows)
    with file.open("w", encoding="cp1252", newline="") as sink:
        writer = csv.writer(sink, delimiter=";")
        writer.writerow(_HEADINGS)
        for number, company in enumerate(region.companies):
            where = company.postcode
            street = f"{numbers.choice(STREETS)} {numbers.randrange(1, 120)}"
            mail, site = f"info@firma-{number}.example", f"www.firma-{number}.example"
            address = (street, where.code, where.town, mail, site)
            size = numbers.randrange(1, 60)
            writer.writerow(
                (100_000 + number, company.name, *address, company.trade.division, size)
            )


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # PostgreSQL ends later, uncounted
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Import the list twice, and say how long each time took."""
    with empty_database("import") as dsn:
        file = VAR / "import" / "members.csv"
        write_list(dsn, file, Sizes().companies)
        environment = environment_of(dsn, VAR / "import")
        for what in ("first", "again"):
            before, began = _processor_seconds(), time.monotonic()
            command = [sys.executable, "-m", "app.cli", "companies", "import", str(file)]
            ended = subprocess.run(  # noqa: S603 - our own program
                command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
            )
            seconds = time.monotonic() - began
            worked = _processor_seconds() - before
            print(f"{what}: {seconds:.1f} s, of which {worked:.1f} s of its own processor time")
            print(f"exit code {ended.returncode}\n{ended.stdout}")


if __name__ == "__main__":
    main()
