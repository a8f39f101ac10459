#!/usr/bin/env python3
"""Measures a release build of Parley beside the limits of this machine, in one run, as Markdown.

    BENCH_SIZES        numbers of issues, "10000 1000000"
    BENCH_SECONDS      length of each measurement, 5
    BENCH_CONNECTIONS  numbers of connections, "1 8 64"
    BENCH_KINDS        kinds of requests, all of them

The data are made once by `parley generate` and kept in .build/bench-data; each run works on a copy.
"""
import dataclasses
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/process"))
os.environ.setdefault("PARLEY_BINARY", str(ROOT / ".build/release/parley"))

import yaml  # noqa: E402
from server import WORLD, Server, free_port, run_command  # noqa: E402

DATA = ROOT / ".build/bench-data"
LIMITS = pathlib.Path(os.environ.get("PARLEY_LIMITS", ROOT / ".build/release/parley-limits"))
SCRIPT = ROOT / "Bench/wrk/requests.lua"
SIZES = [int(word) for word in os.environ.get("BENCH_SIZES", "10000 1000000").split()]
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
CONNECTIONS = [int(word) for word in os.environ.get("BENCH_CONNECTIONS", "1 8 64").split()]
TITLES = {
    "show": "show one issue", "list": "list of 25, first page", "filter": "list of 25, filtered", "sort": "list of 25, sorted",
    "deep": "list of 25, deep page", "subject": "list by a word of the subject", "search": "text search",
    "rt-show": "RT: show one ticket", "rt-list": "RT: search of 25, long form", "rt-list-100": "RT: search of 100, long form",
    "rt-history": "RT: history of 100 changes, long form",
    "update": "update with a note", "create": "create", "rt-create": "RT: create",
}
KINDS = os.environ.get("BENCH_KINDS", " ".join(TITLES)).split()
# The floor under a kind's processor time: a static answer and, where it reads rows, the same rows through bare SQLite.
FLOOR_ROWS = {"show": "row", "rt-show": "row", "rt-list": "page", "list": "page", "filter": "page", "sort": "page", "deep": "page"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Figures:
    rate: float
    p50: float
    p99: float
    requests: int
    errors: int
    cpu: float


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mebibytes(pid, key):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1)) / 1024


def load(base, pid, connections, kind, *arguments):
    """One measurement by wrk: figures, with the server's processor time for each request in microseconds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "-s", str(SCRIPT), base, "--", kind]
    before = cpu_seconds(pid)
    output = subprocess.run(command + [str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=SECONDS + 120, check=True).stdout
    spent = cpu_seconds(pid) - before
    found = re.search(r"^FIGURES (\S+) (\S+) (\S+) (\d+) (\d+)$", output, re.M)
    if not found:
        raise RuntimeError(f"wrk said:\n{output}")
    rate, p50, p99, requests, errors = found.groups()
    return Figures(float(rate), float(p50), float(p99), int(requests), int(errors), spent * 1e6 / max(int(requests), 1))


def number(value):
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


# ---------------------------------------------------------------- the machine's limits

def static_limits():
    """Figures of a bare HTTP server, by number of connections."""
    port = free_port()
    process = subprocess.Popen([str(LIMITS), "serve", str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        return {c: load(f"http://127.0.0.1:{port}", process.pid, c, "static") for c in CONNECTIONS}
    finally:
        process.kill()
        process.wait()


def wait_for(port, process):
    for _ in range(500):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("parley-limits ended") from None
            time.sleep(0.01)
    raise RuntimeError("parley-limits does not answer")


def bare(mode, path, count):
    """Microseconds by the clock and of the processor for each operation of bare SQLite, by name."""
    output = subprocess.run([str(LIMITS), mode, str(path), str(count)], stdout=subprocess.PIPE, text=True, timeout=600, check=True).stdout
    return {name: (float(wall), float(cpu)) for name, wall, cpu in (line.split() for line in output.splitlines())}


def database_of(data):
    """The largest SQLite database of a data folder."""
    files = [p for p in data.rglob("*") if p.is_file() and p.open("rb").read(16) == b"SQLite format 3\0"]
    return max(files, key=lambda path: path.stat().st_size)


# ---------------------------------------------------------------- Parley

def data_set(size):
    """The folder with this many issues, made if it is not there yet."""
    folder = DATA / str(size)
    if not folder.exists():
        making = DATA / f"{size}.making"
        shutil.rmtree(making, ignore_errors=True)
        DATA.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        world = ROOT / "Conformance" / "redmine" / "world.yaml"
        status, output = run_command("apply", "--data", making, world, timeout=300)
        if status != 0:
            raise RuntimeError(f"parley apply ended with {status}:\n{output[-3000:]}")
        status, output = run_command("generate", "--data", making, "--issues", size, timeout=3600)
        if status != 0:
            raise RuntimeError(f"parley generate ended with {status}:\n{output[-3000:]}")
        making.rename(folder)
        print(f"made {size:,} issues in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return folder


class Client:
    """Single requests, to find out what there is to ask for."""

    def __init__(self, server, key):
        self.server, self.key = server, key

    def get(self, path):
        return self.send("GET", path)

    def send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = {"X-Redmine-API-Key": self.key, "Content-Type": "application/json"}
        try:
            connection.request(method, path, headers=headers, body=json.dumps(body) if body else None)
            response = connection.getresponse()
            content = response.read()
            return response.status, json.loads(content) if response.status == 200 and content.strip() else None
        finally:
            connection.close()

    def issues(self, query):
        status, answer = self.get(f"/issues.json?status_id=*&{query}")
        if status != 200:
            raise RuntimeError(f"a list was answered {status}")
        return answer


def arguments_for(client):
    """What the load script needs to know of the data: the ids that the account sees, a filter that finds something."""
    everything = client.issues("limit=1&sort=id")
    newest = client.issues("limit=100&sort=id:desc")["issues"]
    sample = next((i for i in newest if "assigned_to" in i), newest[0])
    first, last, total = everything["issues"][0]["id"], newest[0]["id"], everything["total_count"]
    assignee = sample["assigned_to"]["id"] if "assigned_to" in sample else "me"
    long = sample["id"]
    for number in range(100):
        status, _ = client.send("PUT", f"/issues/{long}.json", {"issue": {"notes": f"remark {number}", "subject": f"remarked {number}"}})
        if status != 204:
            raise RuntimeError(f"a note was answered {status}")
    density = total / (last - first + 1)
    return [client.key, first, last, total * 9 // 10, sample["project"]["id"], sample["status"]["id"], assignee, density, long,
            sample["project"]["name"]], total


def measure_size(size, statics, key):
    """Measures everything on a copy of the data with this many issues and prints the section."""
    copy = DATA / "run"
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-r", "--reflink=auto", str(data_set(size)), str(copy)], check=True)
    rows = bare("rows", database_of(copy), 20_000)
    server = Server(data=copy, world=None, patience=300)
    try:
        server.start()
        resident = memory_mebibytes(server.pid, "VmRSS")
        client = Client(server, key)
        arguments, total = arguments_for(client)
        print(f"\n### {size:,} issues\n")
        print(f"The account sees {total:,} of them. The database has {database_of(copy).stat().st_size / 2**20:,.0f} MiB. "
              f"Start to first answer {server.start_seconds * 1000:.0f} ms, resident {resident:.0f} MiB then. Bare SQLite reads an issue in "
              f"{number(rows['row'][1])} µs of processor time and a page of 25 in {number(rows['page'][1])} µs.\n")
        print("| request | connections | requests/s | p50 ms | p99 ms | CPU µs/request | rate / bare HTTP | CPU / floor | errors |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
        serial = measure_kinds(server, client, arguments, statics, rows)
        print(f"\nResident after the load {memory_mebibytes(server.pid, 'VmRSS'):.0f} MiB, at most {memory_mebibytes(server.pid, 'VmHWM'):.0f} MiB.")
        if serial:
            report_group_commit(serial)
        if server.stop() != 0:
            print("\n**The server did not end by itself.**")
    finally:
        server.kill()
        shutil.rmtree(copy, ignore_errors=True)


def measure_kinds(server, client, arguments, statics, rows):
    """Prints one row for each kind and number of connections; the rates of creating, by number of connections."""
    creates = {}
    for kind in KINDS:
        if kind == "search" and client.get("/search.json?issues=1&q=crash")[0] != 200:
            print(f"| {TITLES[kind]} | - | not answered yet | | | | | | |")
            continue
        for connections in CONNECTIONS:
            figures = load(server.base, server.pid, connections, kind, *arguments)
            static = statics[connections]
            floor = static.cpu + (rows[FLOOR_ROWS[kind]][1] if kind in FLOOR_ROWS else 0)
            print(f"| {TITLES[kind]} | {connections} | {number(figures.rate)} | {number(figures.p50)} | {number(figures.p99)} | "
                  f"{number(figures.cpu)} | {figures.rate / static.rate:.2f} | {figures.cpu / floor:.1f} | {figures.errors} |", flush=True)
            if kind == "create":
                creates[connections] = figures.rate
    return creates


def report_group_commit(creates):
    fewest, most = min(creates), max(creates)
    path = DATA / "commits.db"
    for name in DATA.glob("commits.db*"):
        name.unlink()
    wall, _ = bare("commits", path, 500)["commit"]
    for name in DATA.glob("commits.db*"):
        name.unlink()
    print(f"\nGroup commit: {fewest} client creates {number(creates[fewest])} issues/s, one transaction each; {most} clients "
          f"{number(creates[most])}, which is {creates[most] / max(creates[fewest], 0.01):.1f} times that. Bare SQLite makes "
          f"{number(1e6 / wall)} durable transactions of one row a second on this disk.")


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} processors ({model.group(1) if model else 'unknown'}), load average {os.getloadavg()[0]:.2f} at the start"


def main():
    unknown = set(KINDS) - set(TITLES)
    if unknown:
        sys.exit(f"no kind of request is called {', '.join(sorted(unknown))}; there are {', '.join(TITLES)}")
    world = yaml.safe_load(WORLD.read_text())
    key = next(user["api_key"] for user in world["users"] if user["login"] == "devon")
    print(f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} on {machine()}; {SECONDS} s each, wrk with one thread on the same machine.\n")
    print("### The machine's limits\n")
    statics = static_limits()
    print("| bare NIO, 300 octets | connections | requests/s | p50 ms | p99 ms | CPU µs/request |\n|---|---:|---:|---:|---:|---:|")
    for connections, figures in statics.items():
        print(f"| static answer | {connections} | {number(figures.rate)} | {number(figures.p50)} | {number(figures.p99)} | {number(figures.cpu)} |")
    for size in SIZES:
        measure_size(size, statics, key)
    print("\n`CPU / floor`: the processor time of a request over that of a static answer and, for lists and show, of the same rows read by bare SQLite.")


if __name__ == "__main__":
    main()
