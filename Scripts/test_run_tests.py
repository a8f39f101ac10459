#!/usr/bin/env python3
"""Tests of run_tests.py's counting, on output as the programs print it."""
import sys

from run_tests import Counts, count_build, count_closing, count_swift

GOOD = """◇ Test run started.
◇ Suite "a suite" started.
◇ Test "one name" started.
➜ Test five() skipped: "no"
◇ Test three(n:) started.
◇ Test case passing 1 argument n → 1 to three(n:) started.
━ Test known() recorded a known issue at A.swift:9:41: Expectation failed: 1 == 2
◇ Test known() started.
✔ Test "one name" passed after 0.001 seconds.
━ Test known() passed after 0.001 seconds with 1 known issue.
✔ Test three(n:) with 3 test cases passed after 0.001 seconds.
✔ Suite "a suite" passed after 0.002 seconds.
✔ Test run with 4 tests in 1 suite passed after 0.002 seconds with 1 known issue.
"""
BAD = """◇ Test two() started.
◇ Test one() started.
✘ Test two() recorded an issue at A.swift:5:22: Expectation failed: 1 == 2
✘ Test two() failed after 0.001 seconds with 1 issue.
✔ Test one() passed after 0.001 seconds.
✘ Test run with 2 tests in 1 suite failed after 0.002 seconds with 1 issue.
"""
CRASHED = """◇ Test two() started.
◇ Test one() started.
◇ Test three() started.
✔ Test one() passed after 0.001 seconds.
*** Program crashed: Illegal instruction at 0x00007fcb0136df7f ***
"""
SUITE_ONLY = "✔ Test one() passed after 0.1 seconds.\n✘ Test run with 1 test in 1 suite failed after 0.2 seconds with 1 issue.\n"

CASES = [
    ("a good run", count_swift, GOOD, 0, Counts(3, 0, 1)),
    ("a run with a failed test", count_swift, BAD, 1, Counts(1, 1)),
    ("a run that crashed", count_swift, CRASHED, 1, Counts(1, 2)),
    ("a run that crashed before its first test", count_swift, "", 1, Counts(0, 1)),
    ("an issue outside all tests", count_swift, SUITE_ONLY, 1, Counts(0, 1)),
    ("a run of nothing", count_swift, "✔ Test run with 0 tests passed after 0.001 seconds.\n", 0, Counts(0, 1)),
    ("a good run that exits badly", count_swift, GOOD, 1, Counts(3, 1, 1)),
    ("a closing line", count_closing, "ok    a\n2 passed, 1 failed\n", 1, Counts(2, 1)),
    ("a good closing line and a bad end", count_closing, "2 passed, 0 failed\n", 1, Counts(2, 1)),
    ("a closing line that is not the last", count_closing, "2 passed, 0 failed\nTraceback\n", 1, Counts(0, 1)),
    ("a build", count_build, "Build complete!\n", 0, Counts(1, 0)),
    ("a build that fails", count_build, "error: no such module\n", 1, Counts(0, 1)),
    ("no output", count_closing, "", 0, Counts(0, 1)),
]


def main():
    failed = 0
    for name, count, output, status, expected in CASES:
        actual, _ = count(output, status)
        if actual != expected:
            failed += 1
            print(f"FAIL  {name}: expected {expected}, got {actual}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
