#!/usr/bin/env python3
"""Sessions of three clients of Request Tracker, which know nothing of Parley, with the RT dialect: the command `rt`, the Perl
library RT::Client::REST, and the module rt.rest1 of the Python library rt. Each has a server of its own.

With --base URL they talk to a running tracker that has the world of Conformance/rt (a real RT, to prove these programs).
"""
import argparse
import os
import pathlib
import subprocess
import sys
import uuid

import yaml

import rt_client_command
import rt_client_rest1
from server import ROOT, Checks, Server, check_ending, world_secrets

WORLD = ROOT / "Conformance/rt/world.yaml"
PERL = pathlib.Path(__file__).with_name("rt_client_perl.pl")


def perl_session(checks, base, unique):
    """Runs the Perl program, which prints `ok NAME` and `not ok NAME # DETAIL`, and `end` at its end."""
    done = subprocess.run(["perl", str(PERL), base, unique], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    for line in lines:
        if line.startswith("ok "):
            checks.check(f"perl: {line[3:]}", True)
        elif line.startswith("not ok "):
            name, _, detail = line[7:].partition(" # ")
            checks.check(f"perl: {name}", False, detail)
    errors = done.stderr.decode("utf-8", "replace")[-2000:]
    checks.check("perl: the session runs to its end", done.returncode == 0 and lines[-1:] == ["end"], errors)


CLIENTS = {"command": rt_client_command.session, "rest1": rt_client_rest1.session, "perl": perl_session}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", help="a running tracker; without it servers are started")
    parser.add_argument("--only", choices=sorted(CLIENTS), help="one client alone")
    options = parser.parse_args()
    os.environ["no_proxy"] = "127.0.0.1,localhost"
    checks = Checks()
    for name, session in CLIENTS.items():
        if options.only not in (None, name):
            continue
        unique = f"c{uuid.uuid4().hex[:8]}"
        if options.base:
            checks.complete(f"the session of {name} runs to its end", session, checks, options.base.rstrip("/"), unique)
            continue
        with Server(world=WORLD) as server:
            checks.complete(f"the session of {name} runs to its end", session, checks, server.base, unique)
            check_ending(checks, server, world_secrets(yaml.safe_load(WORLD.read_text("utf-8"))))
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
