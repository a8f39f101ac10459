"""Starts, stops and examines one Parley server as its own process, for the tests that need a real one."""
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORLD = ROOT / "Conformance/redmine/world.yaml"
ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)")


def binary():
    """The command under test; PARLEY_BINARY names another one."""
    return os.environ.get("PARLEY_BINARY", str(ROOT / ".build/debug/parley"))


def run_command(*arguments, timeout=120):
    """Runs `parley ARGUMENTS` and answers its exit status and everything it printed."""
    done = subprocess.run([binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


class ServerFailed(Exception):
    """The server did not do what every test needs of it."""


class Server:
    """A server on a free port of the loopback interface.

    As a context manager it starts, and at the end stops; a folder that it made itself is removed.
    """

    def __init__(self, data=None, world=WORLD, arguments=(), patience=60):
        self.own_folder = None if data else tempfile.mkdtemp(prefix="parley-test-")
        self.data = pathlib.Path(data) if data else pathlib.Path(self.own_folder) / "data"
        self.log_path = self.data.parent / (self.data.name + ".log")
        self.world, self.arguments, self.patience = world, list(arguments), patience
        self.process, self.port, self.start_seconds = None, None, None

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        """Everything that all runs of this server have printed."""
        return self.log_path.read_bytes() if self.log_path.exists() else b""

    def start(self):
        """Starts the process and returns when it answers requests. Later starts of the same object keep the data."""
        began = time.monotonic()
        self._spawn(0)
        if not self._find_port(began + self.patience / 2):
            self.kill()
            self._spawn(free_port())
        while not self._is_ready():
            self._fail_if_ended()
            if time.monotonic() > began + self.patience:
                self.kill()
                raise ServerFailed(f"the server was not ready after {self.patience} s:\n{self.log_tail()}")
            time.sleep(0.01)
        self.start_seconds = time.monotonic() - began
        return self

    def _spawn(self, port):
        command = [binary(), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{port}"]
        if self.world:
            command += ["--world", str(self.world)]
        self.port = port or None
        self.log_start = len(self.log())
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command + self.arguments, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def _find_port(self, deadline):
        """Reads the port from the log; False when the server lives but does not tell it."""
        while time.monotonic() < deadline:
            found = ADDRESS.search(self.log(), self.log_start)
            if found and int(found.group(1)):
                self.port = int(found.group(1))
                return True
            self._fail_if_ended()
            time.sleep(0.01)
        return False

    def _fail_if_ended(self):
        if self.process.poll() is not None:
            raise ServerFailed(f"the server ended with {self.process.returncode} while starting:\n{self.log_tail()}")

    def _is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def log_tail(self, limit=4000):
        return self.log()[-limit:].decode("utf-8", "replace")

    def kill(self):
        """Ends the process at once, as a power cut would."""
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self, patience=30):
        """Asks the process to end and answers its exit status; None when it had to be killed."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
                return None
        return self.process.returncode

    def check(self):
        """Runs `parley check` on the data of the stopped server: exit status and output."""
        return run_command("check", "--data", self.data)

    def remove(self):
        if self.own_folder:
            shutil.rmtree(self.own_folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        self.remove()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Checks:
    """Counts named checks, prints one line each and the closing line."""

    def __init__(self, verbose=True):
        self.passed, self.failed, self.verbose = 0, 0, verbose

    def check(self, name, good, detail=""):
        """Records one check. `good` may be a function, whose exception is a failure."""
        if callable(good):
            try:
                good = good()
            except Exception as reason:  # whatever a client library raises is a failed check
                good, detail = False, f"{type(reason).__name__}: {reason}"
        if good:
            self.passed += 1
            if self.verbose:
                print(f"ok    {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {name}" + (f"\n      {detail}" if detail else ""), flush=True)
        return bool(good)

    def equal(self, name, actual, expected):
        return self.check(name, actual == expected, f"expected {expected!r}, got {actual!r}")

    def complete(self, name, action, *arguments):
        """Runs a group of checks; an exception that leaves it is one failed check more."""
        try:
            action(*arguments)
        except Exception:
            self.check(name, False, traceback.format_exc(limit=-4))

    def close(self):
        """Prints the closing line; the exit status of the program."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def check_ending(checks, server, secrets=()):
    """What must hold at the end of every process test: a clean stop, sound data, no secret in the log."""
    status = server.stop()
    checks.check("the server ends by itself when asked to", status == 0, f"status {status}\n{server.log_tail(1500)}")
    status, output = server.check()
    checks.check("parley check finds nothing", status == 0, output[-3000:])
    check_no_secrets(checks, server, secrets)


def check_no_secrets(checks, server, secrets):
    log = server.log()
    told = [secret for secret in secrets if secret.encode() in log]
    checks.check("no password or key is in the log", not told, f"{told}")


def world_secrets(world):
    """The passwords and keys of a world's accounts."""
    return [user[key] for user in world.get("users", []) for key in ("password", "api_key") if user.get(key)]
