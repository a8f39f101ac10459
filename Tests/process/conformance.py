#!/usr/bin/env python3
"""Replays a dialect's scenarios against a server of its own. Arguments: the dialect, then names of its scenario files."""
import pathlib
import subprocess
import sys

import yaml

from server import ROOT, Checks, Server, check_ending, world_secrets


def main():
    dialect, names = sys.argv[1], sys.argv[2:]
    folder = ROOT / "Conformance" / dialect
    world = folder / "world.yaml"
    files = [str(folder / f"{name}.yaml") for name in names]
    checks = Checks()
    with Server(world=world) as server:
        command = [sys.executable, str(ROOT / "Conformance/conform.py"), "--base", server.base, "--world", str(world), "-v"]
        done = subprocess.run(command + files, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        counts = take_counts(done.stdout)
        if counts is None or (done.returncode != 0 and counts[1] == 0):
            checks.check("the scenarios can be replayed", False, done.stdout[-3000:])
        else:
            checks.passed, checks.failed = checks.passed + counts[0], checks.failed + counts[1]
        if server.process.poll() is not None:
            checks.check("the server lives to the end", False, server.log_tail())
        check_ending(checks, server, world_secrets(yaml.safe_load(pathlib.Path(world).read_text())))
        if checks.failed:
            print(f"--- the server's log, its end\n{server.log_tail()}\n---")
    return checks.close()


def take_counts(output):
    """Prints the replay without its closing line and answers the two numbers of that."""
    *lines, last = output.rstrip("\n").split("\n")
    words = last.split()
    if len(words) == 4 and words[1] == "passed," and words[3] == "failed":
        print("\n".join(lines))
        return int(words[0]), int(words[2])
    return None


if __name__ == "__main__":
    sys.exit(main())
