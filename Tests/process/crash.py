#!/usr/bin/env python3
"""Kills the server at random moments while many clients write, and looks at what is there after each restart.

What was acknowledged must be there exactly once; what was not, wholly or not at all; `parley check` must find nothing.
"""
import argparse
import dataclasses
import http.client
import json
import random
import statistics
import sys
import threading
import time
import urllib.parse

import yaml

from server import WORLD, Checks, Server, ServerFailed, check_no_secrets, world_secrets

RESTART_SECONDS = 2
PAGE = 100


@dataclasses.dataclass
class Write:
    """One change that a client asked for. `token` is in its text and nowhere else."""
    kind: str
    token: str
    issue: int = 0
    progress: int = 0
    acknowledged: bool = False


class RedmineWriter:
    """One client of the Redmine dialect: creates issues, and updates its own with a note and a progress together.

    A further dialect brings a class with the same `write` and `verify`.
    """
    name = "redmine"

    def __init__(self, world, number, seed):
        self.key = next(user["api_key"] for user in world["users"] if user["login"] == "maya")
        self.number, self.random = number, random.Random(f"{seed}-{number}")
        self.count, self.issues, self.progress = 0, [], {}
        self.connection = None

    def connect(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def request(self, method, path, body=None):
        """Status and parsed body; the connection stays open between requests."""
        headers = {"X-Redmine-API-Key": self.key, "Content-Type": "application/json"}
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = self.connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content.strip() else None

    def plan(self):
        """The next write, not sent yet."""
        self.count += 1
        token = f"tok{self.number}x{self.count}x{self.random.getrandbits(48):012x}"
        if not self.issues or self.random.random() < 0.4:
            return Write("create", token)
        issue = self.random.choice(self.issues)
        # Each update of an issue sets a progress that differs from the one before, so that half an update shows.
        self.progress[issue] = (self.progress.get(issue, 0) + 10) % 110
        return Write("update", token, issue, self.progress[issue])

    def write(self, plan):
        """Sends one write; true when it was acknowledged."""
        if plan.kind == "create":
            body = {"issue": {"project_id": "alpha", "subject": f"crash {plan.token}", "description": f"of {plan.token}"}}
            status, answer = self.request("POST", "/issues.json", body)
            if status != 201:
                raise ServerFailed(f"a create was answered {status}: {answer}")
            plan.issue = answer["issue"]["id"]
            self.issues.append(plan.issue)
        else:
            body = {"issue": {"notes": f"note {plan.token}", "done_ratio": plan.progress}}
            status, answer = self.request("PUT", f"/issues/{plan.issue}.json", body)
            if status not in (200, 204):
                raise ServerFailed(f"an update was answered {status}: {answer}")
        plan.acknowledged = True

    def verify(self, writes):
        """What is wrong with the given writes of this writer, as sentences."""
        problems = []
        for write in writes:
            if write.kind == "create":
                problems += self.verify_create(write)
        by_issue = {}
        for write in writes:
            if write.kind == "update":
                by_issue.setdefault(write.issue, []).append(write)
        for issue, updates in by_issue.items():
            problems += self.verify_updates(issue, updates)
        return problems

    def verify_create(self, write):
        query = urllib.parse.urlencode({"subject": f"~{write.token}", "status_id": "*"})
        status, answer = self.request("GET", f"/issues.json?{query}")
        found = answer["issues"] if status == 200 else []
        if len(found) > 1 or (write.acknowledged and len(found) != 1):
            return [f"create {write.token} ({'' if write.acknowledged else 'not '}acknowledged) is there {len(found)} times"]
        whole = all(issue["description"] == f"of {write.token}" and issue["subject"] == f"crash {write.token}" for issue in found)
        if not whole or (write.acknowledged and found[0]["id"] != write.issue):
            return [f"create {write.token} is there, but not as it was sent: {found}"]
        if found and found[0]["id"] not in self.issues:
            self.issues.append(found[0]["id"])
        return []

    def verify_updates(self, issue, updates):
        """Every update is one journal with its note and its progress; the issue stands where the last one put it."""
        status, answer = self.request("GET", f"/issues/{issue}.json?include=journals")
        if status != 200:
            return [f"issue {issue}: answered {status}"]
        shown, problems = answer["issue"], []
        journals = shown["journals"]
        for write in updates:
            with_note = [j for j in journals if j.get("notes") == f"note {write.token}"]
            if len(with_note) > 1 or (write.acknowledged and not with_note):
                problems.append(f"update {write.token} ({'' if write.acknowledged else 'not '}acknowledged) is there {len(with_note)} times")
            for journal in with_note:
                set_to = [d["new_value"] for d in journal["details"] if d["name"] == "done_ratio"]
                if set_to != [str(write.progress)]:
                    problems.append(f"update {write.token} has its note, but the progress {set_to} and not {write.progress}")
        moves = [d for j in journals for d in j["details"] if d["name"] == "done_ratio"]
        stands = int(moves[-1]["new_value"]) if moves else 0
        if shown["done_ratio"] != stands:
            problems.append(f"issue {issue} stands at {shown['done_ratio']}, its history ends at {stands}")
        for before, after in zip(moves, moves[1:]):
            if before["new_value"] != after["old_value"]:
                problems.append(f"issue {issue}: its history goes from {before['new_value']} on with {after['old_value']}")
        self.progress[issue] = shown["done_ratio"]
        return problems


WRITERS = [RedmineWriter]


class Hammer(threading.Thread):
    """Writes without a pause until the server is gone."""

    def __init__(self, writer, port):
        super().__init__(daemon=True)
        self.writer, self.port, self.writes, self.fault = writer, port, [], None

    def run(self):
        self.writer.connect(self.port)
        try:
            while True:
                plan = self.writer.plan()
                self.writes.append(plan)
                self.writer.write(plan)
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the server was killed; what was under way is not acknowledged
        except Exception as reason:  # an answer that is an error is a finding
            self.fault = f"{type(reason).__name__}: {reason}"
        finally:
            self.writer.connection.close()


def one_round(server, writers, moment):
    """Writes until the kill and verifies after the restart: the problems, and the writes of each writer."""
    hammers = [Hammer(writer, server.port) for writer in writers]
    for hammer in hammers:
        hammer.start()
    time.sleep(moment)
    server.kill()
    for hammer in hammers:
        hammer.join(60)
    problems = [hammer.fault for hammer in hammers if hammer.fault]
    problems += ["a writer hangs" for hammer in hammers if hammer.is_alive()]
    status, output = server.check()
    if status != 0:
        problems.append(f"parley check after the kill: {output[-2000:]}")
    server.start()
    for hammer in hammers:
        hammer.writer.connect(server.port)
        problems += hammer.writer.verify(hammer.writes)
        hammer.writer.connection.close()
    return problems, [hammer.writes for hammer in hammers]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--writers", type=int, default=8, help="clients of each dialect")
    parser.add_argument("--seed", type=int, default=None, help="repeats the moments and the choices of an earlier run")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}, {options.rounds} rounds, {options.writers} writers for each of: {', '.join(w.name for w in WRITERS)}")
    world = yaml.safe_load(WORLD.read_text())
    writers = [kind(world, number, seed) for kind in WRITERS for number in range(options.writers)]
    return run(options.rounds, seed, world, writers)


def run(rounds, seed, world, writers):
    checks, moments = Checks(verbose=False), random.Random(seed)
    restarts, history = [], [[] for _ in writers]
    with Server() as server:
        try:
            for number in range(1, rounds + 1):
                problems, writes = one_round(server, writers, moments.uniform(0.05, 1.2))
                checks.check(f"round {number}", not problems, "\n      ".join(problems[:10]))
                restarts.append(server.start_seconds)
                for all_writes, new in zip(history, writes):
                    all_writes += new
            verify_all(checks, server, writers, history)
        except ServerFailed as reason:
            checks.check(f"round {number}", False, str(reason))
        check_no_secrets(checks, server, world_secrets(world))
    acknowledged = sum(write.acknowledged for writes in history for write in writes)
    unknown = sum(len(writes) for writes in history) - acknowledged
    checks.check("more was acknowledged than there were rounds", acknowledged >= rounds, str(acknowledged))
    if restarts:
        slow = sum(seconds > RESTART_SECONDS for seconds in restarts)
        print(f"{acknowledged} writes acknowledged, {unknown} under way when the server was killed; restart median "
              f"{statistics.median(restarts):.2f} s, longest {max(restarts):.2f} s"
              + (f"; warning: {slow} restarts took over {RESTART_SECONDS} s" if slow else ""))
    return checks.close()


def verify_all(checks, server, writers, history):
    """After the last round: everything of all rounds is still there, the server ends by itself, the data is sound."""
    problems = []
    for writer, writes in zip(writers, history):
        writer.connect(server.port)
        problems += writer.verify(writes)
        writer.connection.close()
    checks.check("everything of all rounds is there at the end", not problems, "\n      ".join(problems[:10]))
    checks.check("the last server ends by itself", server.stop() == 0, server.log_tail())
    status, output = server.check()
    checks.check("parley check finds nothing at the end", status == 0, output[-3000:])


if __name__ == "__main__":
    sys.exit(main())
