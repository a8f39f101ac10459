#!/usr/bin/env python3
"""Many clients at once on the same things, connections that break, and what one operation changes besides its object."""
import argparse
import http.client
import json
import socket
import sqlite3
import sys
import threading
import urllib.parse
import uuid

import yaml

from server import WORLD, Checks, Server, check_ending, world_secrets


class Client:
    """One connection of one account."""

    def __init__(self, port, key):
        self.port, self.key = port, key
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def request(self, method, path, body=None):
        headers = {"X-Redmine-API-Key": self.key, "Content-Type": "application/json"}
        content = json.dumps(body) if body is not None else None
        self.connection.request(method, path, content, headers)
        try:
            response = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            if method != "GET":
                raise
            # A connection that was idle for long may have been closed; reading again does no harm.
            self.connection.request(method, path, content, headers)
            response = self.connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content.strip() else None

    def create(self, subject, project="alpha", **more):
        status, answer = self.request("POST", "/issues.json", {"issue": {"project_id": project, "subject": subject, **more}})
        if status != 201:
            raise AssertionError(f"a create was answered {status}: {answer}")
        return answer["issue"]["id"]

    def show(self, issue, include=""):
        return self.request("GET", f"/issues/{issue}.json?include={include}")[1]["issue"]

    def count(self, word):
        query = urllib.parse.urlencode({"subject": f"~{word}", "status_id": "*"})
        return self.request("GET", f"/issues.json?{query}")[1]["total_count"]


class Crowd:
    """Clients on connections of their own that begin at the same moment."""

    def __init__(self, port, key, size):
        self.clients = [Client(port, key) for _ in range(size)]

    def run(self, action):
        """Calls `action(client, number)` in one thread each; all results, an exception in place of one."""
        barrier, results = threading.Barrier(len(self.clients)), [None] * len(self.clients)

        def work(number):
            barrier.wait()
            try:
                results[number] = action(self.clients[number], number)
            except Exception as reason:
                results[number] = reason
        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(self.clients))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(180)
        return results


def notes_on_one_issue(checks, port, key, size):
    """Every acknowledged note is there once, and each writer's notes in its order."""
    client, each = Client(port, key), 5
    issue = client.create("notes of many")

    def write(one, number):
        return [one.request("PUT", f"/issues/{issue}.json", {"issue": {"notes": f"note {number} {turn}"}})[0] for turn in range(each)]
    results = Crowd(port, key, size).run(write)
    checks.check(f"{size} writers' notes are accepted", all(r in ([204] * each, [200] * each) for r in results), str(results)[:500])
    notes = [j["notes"] for j in client.show(issue, "journals")["journals"] if j.get("notes")]
    checks.equal("each note is there once", sorted(notes), sorted(f"note {n} {t}" for n in range(size) for t in range(each)))
    in_order = all([x for x in notes if x.startswith(f"note {n} ")] == [f"note {n} {t}" for t in range(each)] for n in range(size))
    checks.check("each writer's notes are in its order", in_order)


def one_identifier(checks, port, admin, size):
    """Of many projects with the same identifier one is made; the others are told why not."""
    identifier = f"race-{uuid.uuid4().hex[:8]}"
    body = {"project": {"name": "Race", "identifier": identifier}}
    statuses = [r if isinstance(r, Exception) else r[0] for r in
                Crowd(port, admin, size).run(lambda one, _: one.request("POST", "/projects.json", body))]
    checks.equal("one identifier, one project", (statuses.count(201), statuses.count(422)), (1, size - 1))
    Client(port, admin).request("DELETE", f"/projects/{identifier}.json")


def one_version(checks, port, key, size):
    """Of many editors who saw the same version one wins."""
    client = Client(port, key)
    issue = client.create("one version")
    statuses = [r if isinstance(r, Exception) else r[0] for r in Crowd(port, key, size).run(
        lambda one, number: one.request("PUT", f"/issues/{issue}.json", {"issue": {"subject": f"editor {number}", "lock_version": 1}}))]
    won = [number for number, status in enumerate(statuses) if status in (200, 204)]
    checks.check("one editor wins, the others get a conflict",
                 len(won) == 1 and all(s in (409, 422) for n, s in enumerate(statuses) if n not in won), str(statuses))
    if won:
        checks.equal("the winner's change stands", client.show(issue)["subject"], f"editor {won[0]}")


def fields_of_several(checks, port, key):
    """Editors of different fields do not undo each other."""
    client = Client(port, key)
    issue = client.create("several fields")
    changes = [lambda t: {"subject": f"subject {t}"}, lambda t: {"description": f"description {t}"}, lambda t: {"done_ratio": t * 10},
               lambda t: {"estimated_hours": t + 0.5}, lambda t: {"due_date": f"2031-01-{t + 1:02d}"}, lambda t: {"start_date": f"2030-01-{t + 1:02d}"}]

    def edit(one, number):
        return [one.request("PUT", f"/issues/{issue}.json", {"issue": changes[number](turn)})[0] for turn in range(10)]
    results = Crowd(port, key, len(changes)).run(edit)
    checks.check("editors of different fields are accepted", all(s in (200, 204) for r in results for s in r), str(results)[:500])
    shown = client.show(issue)
    expected = {key: value for change in changes for key, value in change(9).items()}
    checks.equal("the last value of each field stands", {key: shown[key] for key in expected}, expected)


def deletion_under_writers(checks, port, admin, size):
    """A project goes while issues are made in it: clean answers, and nothing of it stays."""
    client = Client(port, admin)
    identifier = f"gone-{uuid.uuid4().hex[:8]}"
    trackers = [t["id"] for t in client.request("GET", "/trackers.json")[1]["trackers"]]
    client.request("POST", "/projects.json", {"project": {"name": "Gone", "identifier": identifier, "tracker_ids": trackers,
                                                          "enabled_module_names": ["issue_tracking"]}})

    def work(one, number):
        if number == 0:
            for turn in range(20):
                one.create(f"before {turn}", identifier)
            return [(one.request("DELETE", f"/projects/{identifier}.json")[0], None)]
        answers = []
        for turn in range(60):
            status, answer = one.request("POST", "/issues.json", {"issue": {"project_id": identifier, "subject": f"late {turn}"}})
            answers.append((status, answer["issue"]["id"] if status == 201 else None))
        return answers
    results = Crowd(port, admin, size).run(work)
    broken = [r for r in results if isinstance(r, Exception)]
    answers = [answer for r in results if not isinstance(r, Exception) for answer in r]
    checks.check("a deletion under writers is answered cleanly", not broken and all(s < 500 for s, _ in answers), str(broken or answers)[:500])
    checks.equal("the project is gone", client.request("GET", f"/projects/{identifier}.json")[0], 404)
    left = [issue for _, issue in answers if issue and client.request("GET", f"/issues/{issue}.json")[0] != 404]
    checks.equal("its issues are gone", left, [])


def broken_connections(checks, port, key):
    """A request whose sender leaves is done once or not at all; half a request is not done."""
    token = uuid.uuid4().hex[:8]
    for number in range(30):
        whole = raw_create(key, f"lost {token} n{number:02d}x")
        part = raw_create(key, f"half {token} n{number:02d}x")
        for content in (whole, part[:-20]):
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(content)
    client = Client(port, key)
    counts = [client.count(f"lost {token} n{number:02d}x") for number in range(30)]
    checks.check("a create whose answer is lost is there at most once", all(count <= 1 for count in counts), str(counts))
    checks.equal("half a create is not there", client.count(f"half {token}"), 0)


def raw_create(key, subject):
    body = json.dumps({"issue": {"project_id": "alpha", "subject": subject}})
    return (f"POST /issues.json HTTP/1.1\r\nHost: localhost\r\nX-Redmine-API-Key: {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def rows_by_issue(data):
    """For each table about issues: the rows of each issue, by the issue's id."""
    result = {}
    for path in data.rglob("*"):
        if not path.is_file() or path.open("rb").read(16) != b"SQLite format 3\0":
            continue
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").fetchall():
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            owner = "issue_id" if "issue_id" in columns else "id" if table == "issue" else None
            if owner:
                for row in database.execute(f'SELECT "{owner}", * FROM "{table}"'):
                    result.setdefault((table, row[0]), []).append(repr(row))
        database.close()
    return {key: sorted(rows) for key, rows in result.items()}


def isolation_of_effect(checks, port, key, data):
    """An operation on one issue changes no row of another."""
    client = Client(port, key)
    issues = [client.create(f"isolated {number}", description=f"text {number}") for number in range(4)]
    operations = {
        "an update": lambda: client.request("PUT", f"/issues/{issues[1]}.json", {"issue": {"subject": "other", "notes": "a note", "done_ratio": 30}}),
        "a move": lambda: client.request("PUT", f"/issues/{issues[1]}.json", {"issue": {"project_id": "vault"}}),
        "a private issue": lambda: client.request("PUT", f"/issues/{issues[1]}.json", {"issue": {"is_private": True}}),
        "a deletion": lambda: client.request("DELETE", f"/issues/{issues[1]}.json"),
    }
    for name, operation in operations.items():
        before = rows_by_issue(data)
        status, _ = operation()
        after = rows_by_issue(data)
        changed = {issue for (table, issue) in before.keys() | after.keys() if before.get((table, issue)) != after.get((table, issue))}
        checks.check(f"{name} changes rows of its issue only", status in (200, 204) and changed == {issues[1]}, f"{status}, {sorted(changed, key=str)}")


def session(checks, port, world, size, data=None):
    keys = {user["login"]: user["api_key"] for user in world["users"]}
    parts = [
        (notes_on_one_issue, port, keys["maya"], size), (one_identifier, port, keys["admin"], size // 2),
        (one_version, port, keys["maya"], size // 4), (fields_of_several, port, keys["maya"]),
        (deletion_under_writers, port, keys["admin"], 8), (broken_connections, port, keys["maya"]),
    ]
    if data:
        parts.append((isolation_of_effect, port, keys["maya"], data))
    for part, *arguments in parts:
        checks.complete(f"the part '{part.__name__}' runs to its end", part, checks, *arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, help="a running tracker that has the world; otherwise one is started")
    parser.add_argument("--size", type=int, default=64, help="clients at once")
    options = parser.parse_args()
    world = yaml.safe_load(WORLD.read_text())
    checks = Checks()
    if options.port:
        session(checks, options.port, world, options.size)
        return checks.close()
    with Server() as server:
        session(checks, server.port, world, options.size, server.data)
        check_ending(checks, server, world_secrets(world))
        if checks.failed:
            print(f"--- the server's log, its end\n{server.log_tail()}\n---")
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
