#!/usr/bin/env python3
"""Answers that are made while they leave: a search that finds 20,000 tickets, by clients that read slowly, leave or come with HTTP/1.0."""
import contextlib
import http.client
import pathlib
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
import time

import yaml

from server import WORLD, Checks, Server, ServerFailed, run_command

TICKETS = 20_000
STALLED = 8
# What each of the stalled clients may cost, and what they have read of an answer of 10 MB by then.
MEBIBYTES_A_CLIENT, GLANCE = 2, 20_000


def memory(pid, key):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1)) / 1024


class Wire:
    """One connection, octet by octet."""

    def __init__(self, port, key, small=False):
        self.key, self.waiting = key, b""
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(120)
        self.socket.connect(("127.0.0.1", port))

    def send(self, path, method="GET", version="1.1"):
        self.socket.sendall(f"{method} /REST/1.0/{path} HTTP/{version}\r\nHost: a\r\nAuthorization: token {self.key}\r\n\r\n".encode())
        return self

    def fill(self):
        got = self.socket.recv(1 << 20)
        self.waiting += got
        return len(got)

    def line(self):
        while b"\r\n" not in self.waiting:
            if not self.fill():
                raise EOFError
        line, self.waiting = self.waiting.split(b"\r\n", 1)
        return line.decode("latin-1")

    def take(self, count):
        parts, missing = [], count
        while missing > 0:
            if not self.waiting and not self.fill():
                raise EOFError
            parts.append(self.waiting[:missing])
            self.waiting = self.waiting[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def head(self):
        status, fields = int(self.line().split()[1]), {}
        while line := self.line():
            name, value = line.split(": ", 1)
            fields[name.lower()] = value
        return status, fields

    def body(self, fields):
        if fields.get("transfer-encoding") != "chunked":
            return self.take(int(fields["content-length"]))
        parts = []
        while length := int(self.line(), 16):
            parts.append(self.take(length))
            self.line()
        self.line()
        return b"".join(parts)

    def answer(self):
        _, fields = self.head()
        return self.body(fields)

    def close(self):
        self.socket.close()


def wait_for(condition, seconds=30):
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def in_flight(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/-/metrics")
        text = connection.getresponse().read().decode()
    return int(float(re.search(r"^parley_http_requests_in_flight(?:\{.*\})? (\S+)", text, re.M).group(1)))


def is_free(data):
    """Whether no reader holds back the log of the database."""
    for path in data.rglob("*"):
        if path.is_file() and path.open("rb").read(16) == b"SQLite format 3\0":
            with contextlib.closing(sqlite3.connect(path, timeout=5)) as database:
                if database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0:
                    return False
    return True


def stalled_clients(checks, server, key, search, whole):
    before = memory(server.pid, "VmRSS")
    clients = [Wire(server.port, key, small=True).send(search) for _ in range(STALLED)]
    heads = [client.head() for client in clients]
    for client in clients:
        while len(client.waiting) < GLANCE and client.fill():
            pass
    checks.check("a stalled client holds no snapshot of the data", wait_for(lambda: is_free(server.data)))
    grown = memory(server.pid, "VmRSS") - before
    checks.check("stalled clients cost little memory", grown < STALLED * MEBIBYTES_A_CLIENT, f"{grown:.0f} MiB")
    other = Wire(server.port, key)
    checks.check("others are answered meanwhile", b"id: ticket/1\n" in other.send("ticket/1/show").answer())
    other.close()
    bodies = [client.body(fields) for client, (_, fields) in zip(clients, heads)]
    checks.check("each of them gets the whole answer", all(body == whole for body in bodies), [len(body) for body in bodies])
    for client in clients:
        client.close()


def forms_of_http(checks, server, key, search, whole):
    client = Wire(server.port, key)
    client.send(search, "HEAD")
    status, fields = client.head()
    checks.check("HEAD tells of the chunks and sends none", status == 200 and fields.get("transfer-encoding") == "chunked")
    client.send("ticket/1/show").send(search).send("ticket/2/show")
    answers = [client.answer() for _ in range(3)]
    checks.check("pipelined requests behind it are answered after it",
                 b"id: ticket/1\n" in answers[0] and answers[1] == whole and b"id: ticket/2\n" in answers[2])
    client.close()
    client = Wire(server.port, key).send(search, version="1.0")
    _, fields = client.head()
    while client.fill():
        pass
    checks.check("HTTP/1.0 gets it up to the connection's end", client.waiting == whole and "transfer-encoding" not in fields)
    client.close()


def clients_that_leave(checks, server, key, search):
    clients = [Wire(server.port, key, small=True).send(search) for _ in range(STALLED)]
    for client in clients:
        client.head()
        client.fill()
        client.close()
    # The question for the count is a request itself.
    checks.check("nothing goes on for clients that have left", wait_for(lambda: in_flight(server) <= 1), in_flight(server))


def run(checks, data, key):
    search = "search/ticket?format=l&query=id%3E0"
    server = Server(data=data, world=None)
    with contextlib.ExitStack() as stack:
        stack.callback(server.kill)
        server.start()
        client = Wire(server.port, key)
        numbers = client.send(search.replace("format=l", "format=i")).answer().count(b"\nticket/")
        whole = client.send(search).answer()
        checks.equal("a ticket has one form", whole.count(b"\nid: ticket/"), numbers)
        checks.check("the search finds nearly all", numbers > TICKETS * 0.9, numbers)
        client.close()
        stalled_clients(checks, server, key, search, whole)
        forms_of_http(checks, server, key, search, whole)
        clients_that_leave(checks, server, key, search)
        checks.check("the whole costs little memory", memory(server.pid, "VmHWM") < 140, f"{memory(server.pid, 'VmHWM'):.0f} MiB")
        client = Wire(server.port, key, small=True).send(search)
        _, fields = client.head()
        server.process.terminate()
        checks.check("a server that is told to end lets it come to its end", client.body(fields) == whole)
        checks.equal("and ends", server.process.wait(60), 0)


def main():
    checks = Checks()
    outer = pathlib.Path(tempfile.mkdtemp(prefix="parley-test-"))
    folder = outer / "data"
    try:
        key = next(user["api_key"] for user in yaml.safe_load(WORLD.read_text())["users"] if user["login"] == "devon")
        for arguments in (("apply", "--data", folder, WORLD), ("generate", "--data", folder, "--issues", TICKETS)):
            status, output = run_command(*arguments, timeout=600)
            if status != 0:
                raise ServerFailed(f"parley {arguments[0]} ended with {status}:\n{output[-2000:]}")
        run(checks, folder, key)
    except (ServerFailed, OSError, EOFError) as reason:
        checks.check("the run came to its end", False, f"{type(reason).__name__}: {reason}")
    finally:
        shutil.rmtree(outer, ignore_errors=True)
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
