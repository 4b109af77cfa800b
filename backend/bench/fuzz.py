"""Every route, as every role, with what a generator thinks of: no fault of ours, no answer outside the schema.

`python -m bench.fuzz` starts a server of its own with a person of each role, has schemathesis generate at least
`--cases` cases with all of its checks, and prints a table; with `--json` the last line is one object with the figures.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.fuzz_ids import furnish, known_ids, with_ids
from bench.node import ROLES, Node, node

CONFIG = Path(__file__).with_name("schemathesis.toml")
TURNS = ("nobody", *ROLES)
_CASES = re.compile(r"([\d,]+) generated")


@dataclass(frozen=True)
class Row:
    """One role's turn."""

    role: str
    cases: int
    failures: int
    seconds: float


def generate(here: Node, role: str, folder: Path, *, most: int, seed: int, more: list[str]) -> Row:
    """Have schemathesis generate up to `most` cases for each operation, as one role."""
    token = here.tokens.get(role)
    if token:
        furnish(here, role)
    config = with_ids(CONFIG, known_ids(here, role), folder / "schemathesis.toml")
    began = time.monotonic()
    command = [
        str(Path(sys.executable).with_name("st")),
        f"--config-file={config}",
        "run",
        f"{here.url}/openapi.json",
        "--checks=all",
        f"--max-examples={most}",
        f"--seed={seed}",
        "--continue-on-failure",
        "--exclude-operation-id=delete_me",  # would end the turn of its own role
        "--workers=1",  # the server takes the other core, and two threads at once meet a fault of Python 3.11's parser
        *([f"--header=Authorization: Bearer {token}"] if token else []),
        *more,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / f"{role}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    found = _CASES.search(done.stdout)
    if found is None:
        raise SystemExit(f"schemathesis did not run: {(done.stdout + done.stderr)[-2000:]}")
    failures = len(re.findall(r"^_{3,} .+ _{3,}$", done.stdout, re.MULTILINE))
    if done.returncode and not failures:
        failures = 1
    if failures:
        print(done.stdout.partition("= FAILURES =")[2] or done.stdout[-4_000:], flush=True)
    return Row(role, int(found[1].replace(",", "")), failures, round(time.monotonic() - began, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=20_000, help="generate at least so many, over all roles")
    parser.add_argument("--most", type=int, default=60, help="cases for each operation in one turn of a role")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=TURNS, action="append", help="only this one")
    parser.add_argument("--keep", type=Path, help="folder for the reports of schemathesis")
    parser.add_argument("--json", action="store_true")
    arguments, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        rows: list[Row] = []
        with node(Path(temporary)) as here:
            turn = 0
            while not rows or sum(row.cases for row in rows) < arguments.cases:
                for role in arguments.role or TURNS:
                    seed = arguments.seed + turn
                    rows.append(generate(here, role, folder, most=arguments.most, seed=seed, more=more))
                    row = rows[-1]
                    print(
                        f"{row.role:22} {row.cases:8,} cases {row.failures:4} failing {row.seconds:8.1f} s", flush=True
                    )
                turn += 1
            crashes = here.log.read_text(errors="replace").count("request.crashed")
    cases, failures = sum(row.cases for row in rows), sum(row.failures for row in rows)
    print(f"{'all':22} {cases:8,} cases {failures:4} failing; {crashes} faults in the server's log")
    if arguments.json:
        print(json.dumps({"cases": cases, "failures": failures, "crashes": crashes, "rows": [asdict(r) for r in rows]}))
    if failures or crashes:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
