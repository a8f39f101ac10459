#!/usr/bin/env python3
"""Builds everything once, runs every suite, and closes with the line 'N passed, N failed'.

    run_tests.py [--long] [--only SUITE[,SUITE...]] [--skip-build]

A suite is a command whose output tells its counts: Swift Testing's own lines, or a closing 'N passed, N failed'. A suite
that ends badly without a failed test counts as one failed. Logs are kept in .build/test-logs.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGS = ROOT / ".build/test-logs"
PROCESS = ROOT / "Tests/process"
SHOWN_LINES, SHOWN_CHARACTERS = 200, 20_000

# The scenario files that are Parley's to pass today, by dialect.
SCENARIOS = {
    "redmine": ["attachments", "auth", "content", "issues", "issues_list", "issues_more", "issues_xml", "journals", "meta",
                "permissions", "projects", "relations", "seed", "time_entries", "users_groups"],
    "rt": ["attachments", "auth", "comment", "generic", "group", "history", "links", "merge", "queue", "search", "search_objects",
           "seed", "seed_only", "take", "ticket_create", "ticket_edit", "user", "wire"],
}

CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
SWIFT_RUN = re.compile(r"^\S+ Test run with (\d+) tests?\b.* (passed|failed) after ", re.M)
SWIFT_TEST = re.compile(r"^\S+ Test (?!run with |case )(.+) (passed|failed) after ", re.M)
SWIFT_START = re.compile(r"^\S+ Test (?!run started|case )(.+) started\.$", re.M)
SWIFT_SKIP = re.compile(r"^\S+ Test (?!case ).+ skipped", re.M)


@dataclasses.dataclass
class Counts:
    passed: int
    failed: int
    skipped: int = 0


@dataclasses.dataclass
class Suite:
    name: str
    command: list
    count: object
    minutes: int
    # Suites of one lane run one after the other; two lanes run at once.
    lane: int


@dataclasses.dataclass
class Outcome:
    suite: Suite
    counts: Counts
    seconds: float
    log: pathlib.Path
    note: str = ""


def suites(long):
    """Every suite, the longest of each lane first."""
    python = sys.executable
    swift = ["swift", "test", "--skip-build", "--disable-xctest"]
    rounds = "200" if long else "6"
    all_suites = [Suite("swift", swift, count_swift, 60 if long else 20, lane=0)]
    all_suites += [Suite(f"conformance-{dialect}", [python, str(PROCESS / "conformance.py"), dialect, *files], count_closing, 10, lane=1)
                   for dialect, files in sorted(SCENARIOS.items())]
    for name in ("redmine_client", "rt_clients", "worlds", "concurrency", "long_answers"):
        all_suites.append(Suite(name.replace("_", "-"), [python, str(PROCESS / f"{name}.py")], count_closing, 10, lane=1))
    crash = [python, str(PROCESS / "crash.py"), "--rounds", rounds]
    all_suites.append(Suite("crash", crash, count_closing, 60 if long else 10, lane=0))
    # The optimizer sees what a debug build does not; last in its lane, when the others are nearly done.
    release = ["swift", "build", "--configuration", "release", "--product", "parley"]
    all_suites.append(Suite("release", release, count_build, 30, lane=0))
    all_suites.append(Suite("runner", [python, str(ROOT / "Scripts/test_run_tests.py")], count_closing, 1, lane=1))
    return all_suites


def count_closing(output, status):
    """The counts of a program that closes with 'N passed, N failed'."""
    lines = output.rstrip().splitlines()
    closing = CLOSING.match(lines[-1]) if lines else None
    if not closing:
        return Counts(0, 1), "it did not close with its counts"
    counts = Counts(int(closing.group(1)), int(closing.group(2)))
    return blame(counts, status)


def count_swift(output, status):
    """The counts of a Swift Testing run, also of one that crashed: a test that began and did not end has failed."""
    ended = SWIFT_TEST.findall(output)
    failed = sum(how == "failed" for _, how in ended)
    skipped = len(SWIFT_SKIP.findall(output))
    run = SWIFT_RUN.search(output)
    if not run:
        unfinished = len(SWIFT_START.findall(output)) - len(ended)
        return Counts(len(ended) - failed, max(failed + unfinished, 1), skipped), "the run did not come to its end"
    total = int(run.group(1))
    if run.group(2) == "failed":
        failed = max(failed, 1)
    counts = Counts(max(total - failed - skipped, 0), failed, skipped)
    if counts.passed + counts.failed == 0:
        return Counts(0, 1, skipped), "no test ran"
    return blame(counts, status)


def count_build(_, status):
    """A build that succeeds is one check."""
    return (Counts(1, 0), "") if status == 0 else (Counts(0, 1), "it does not build")


def blame(counts, status):
    """A suite that ended badly although no test failed has failed itself."""
    if status != 0 and counts.failed == 0:
        return Counts(counts.passed, 1, counts.skipped), f"exit status {status} without a failed test"
    return counts, ""


def run_to_log(command, log, minutes):
    """Runs a command in a process group of its own; its exit status, or None when its time was over."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SWIFT_BACKTRACE": "color=no,interactive=no"}
    with open(log, "wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def run_suite(suite):
    log, began = LOGS / f"{suite.name}.log", time.monotonic()
    status = run_to_log(suite.command, log, suite.minutes)
    output = log.read_text("utf-8", "replace")
    counts, note = suite.count(output, status if status is not None else 1)
    if status is None:
        counts, note = Counts(counts.passed, max(counts.failed, 1), counts.skipped), f"stopped after {suite.minutes} minutes"
    outcome = Outcome(suite, counts, time.monotonic() - began, log, note)
    print(summary(outcome), flush=True)
    return outcome


def summary(outcome):
    counts = outcome.counts
    mark = "FAIL" if counts.failed else "ok"
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    note = f" ({outcome.note})" if outcome.note else ""
    return f"{mark:5} {outcome.suite.name:22} {outcome.seconds:6.1f} s  passed {counts.passed}, failed {counts.failed}{skipped}{note}"


def show_log(outcome):
    """The lines that tell what failed, then the log's end, both bounded."""
    lines = outcome.log.read_text("utf-8", "replace").splitlines()
    print(f"\n--- {outcome.suite.name}: {outcome.log.relative_to(ROOT)}")
    if len(lines) <= SHOWN_LINES:
        shown = lines
    else:
        telling = [line for line in lines if re.match(r"FAIL|✘|↳|.*(error:|Fatal error)", line)]
        shown = telling[:SHOWN_LINES // 2] + ["..."] + lines[-SHOWN_LINES // 2:]
    print("\n".join(defused(line) for line in shown)[:SHOWN_CHARACTERS])


def defused(line):
    """A closing line within a log must not pass for the closing line of the whole."""
    return f"  {line}" if CLOSING.match(line) else line


def build():
    """Builds all targets and tests once; whether that went well."""
    log, began = LOGS / "build.log", time.monotonic()
    print("building", flush=True)
    status = run_to_log(["swift", "build", "--build-tests"], log, 60)
    print(f"{'ok' if status == 0 else 'FAIL':5} {'build':22} {time.monotonic() - began:6.1f} s", flush=True)
    if status != 0:
        lines = log.read_text("utf-8", "replace").splitlines()
        errors = [line for line in lines if "error:" in line]
        print("\n".join(errors[:60] + ["..."] + lines[-40:])[:SHOWN_CHARACTERS])
    return status == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="200 rounds of the crash test, more random cases")
    parser.add_argument("--only", help="names of suites, separated by commas")
    parser.add_argument("--skip-build", action="store_true")
    options = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    if options.long:
        os.environ["PARLEY_LONG_TESTS"] = "1"
    chosen = suites(options.long)
    if options.only:
        names = options.only.split(",")
        unknown = set(names) - {suite.name for suite in chosen}
        if unknown:
            parser.error(f"no suite is called {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in chosen)}")
        chosen = [suite for suite in chosen if suite.name in names]
    if not options.skip_build and not build():
        print("0 passed, 1 failed")
        return 1
    outcomes = run_lanes(chosen)
    for outcome in outcomes:
        if outcome.counts.failed:
            show_log(outcome)
    passed = sum(outcome.counts.passed for outcome in outcomes)
    failed = sum(outcome.counts.failed for outcome in outcomes)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def run_lanes(chosen):
    """Runs the lanes side by side; every outcome in the order in which the suites were given."""
    lanes = {}
    for suite in chosen:
        lanes.setdefault(suite.lane, []).append(suite)
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(len(lanes), 1)) as pool:
        finished = [outcome for lane in pool.map(lambda lane: [run_suite(s) for s in lane], lanes.values()) for outcome in lane]
    return sorted(finished, key=lambda outcome: chosen.index(outcome.suite))


if __name__ == "__main__":
    sys.exit(main())
