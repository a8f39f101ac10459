#!/usr/bin/env python3
"""Applies every dialect's world to a folder of its own: it applies, a second time changes nothing, and the data is sound."""
import hashlib
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from server import ROOT, Checks, run_command


def fingerprint(data):
    """For each ordinary table of each database in the folder: the number of rows and a hash over them, in any order."""
    result = {}
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.read_bytes()[:16] == b"SQLite format 3\0":
            database = sqlite3.connect(path)
            try:
                for name, definition in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
                    if not (definition or "").upper().startswith("CREATE VIRTUAL"):
                        rows = sorted(repr(row) for row in database.execute(f'SELECT * FROM "{name}"'))
                        result[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
            finally:
                database.close()
    return result


def apply_world(checks, name, world, folder):
    data = folder / name
    status, output = run_command("apply", "--data", data, world)
    if not checks.check(f"{name}: the world applies", status == 0, output[-3000:]):
        return
    first = fingerprint(data)
    checks.check(f"{name}: the data holds something", sum(rows for rows, _ in first.values()) > 0, str(first))
    status, output = run_command("apply", "--data", data, world)
    checks.check(f"{name}: the world applies again", status == 0, output[-3000:])
    second = fingerprint(data)
    changed = [f"{table}: {first.get(table, (0,))[0]} rows, then {second.get(table, (0,))[0]}"
               for table in sorted(first.keys() | second.keys()) if first.get(table) != second.get(table)]
    checks.check(f"{name}: a second time changes nothing", not changed, "; ".join(changed))
    status, output = run_command("check", "--data", data)
    checks.check(f"{name}: parley check finds nothing", status == 0, output[-3000:])


def main():
    checks = Checks()
    worlds = sorted((ROOT / "Conformance").glob("*/world.yaml"))
    checks.check("there are worlds", worlds)
    validation = subprocess.run([sys.executable, str(ROOT / "Scripts/validate_world.py")], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    checks.check("the worlds are as their schema says", validation.returncode == 0, validation.stdout[-3000:])
    with tempfile.TemporaryDirectory(prefix="parley-worlds-") as folder:
        for world in worlds:
            checks.complete(f"{world.parent.name}: to the end", apply_world, checks, world.parent.name, world, pathlib.Path(folder))
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
