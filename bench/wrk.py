"""The load generator: wrk, as Debian packages it."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.targets import Ask

SCRIPT: Final = Path(__file__).with_name("send.lua")
_SECONDS_TO_END: Final = 30


class CannotMeasureError(Exception):
    """A measurement is not possible, or would say nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found; latencies are those that the generator saw."""

    per_second: float
    p50_ms: float
    p99_ms: float


def require_wrk() -> str:
    """Return where wrk is; raise CannotMeasureError with what to do if it is nowhere."""
    found = shutil.which("wrk")
    if found is None:
        msg = "There is no wrk here, which sends the load. Install it: apt install wrk"
        raise CannotMeasureError(msg)
    return found


def send(address: str, asks: Sequence[Ask], *, connections: int, seconds: float) -> Measured:
    """Send ``asks`` in turn to ``address`` for so long; every answer must be a success."""
    lines = "\n".join("\t".join(ask.line) for ask in asks)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        load = ("-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s")
        command = [require_wrk(), *load, "-s", str(SCRIPT), address, "--", file.name]
        ended = subprocess.run(  # noqa: S603 - our own arguments
            command, capture_output=True, text=True, check=False, timeout=seconds + _SECONDS_TO_END
        )
    if ended.returncode:
        raise CannotMeasureError(ended.stderr or ended.stdout)
    found = json.loads(ended.stdout.strip().rpartition("\n")[2])
    if found["refused"] or found["broken"]:
        msg = f"{asks[0].path}: {found}"
        raise CannotMeasureError(msg)
    return Measured(found["requests"] / found["seconds"], found["p50_ms"], found["p99_ms"])
