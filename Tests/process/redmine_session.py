"""What the parts of the python-redmine session share: checks that may be known to fail, and short ways to ask."""
import io

from redminelib import exceptions as errors

from server import Checks

# Checks that hold for a real Redmine and not yet here: name and reason. One that begins to pass fails the run.
EXPECTED_TO_FAIL = {}


def raises(kind, action):
    """Whether the action raises this exception, which is answered; others pass through."""
    try:
        action()
    except kind as reason:
        return reason
    return None


def stream(text):
    """A file to upload."""
    return io.BytesIO(text if isinstance(text, bytes) else text.encode())


def plain(text):
    """A text with one kind of line ends."""
    return (text or "").replace("\r\n", "\n")


class SessionChecks(Checks):
    """Checks whose actual value may be a function, and of which some are known to fail."""

    def __init__(self, known=None):
        super().__init__()
        self.known, self.known_failed, self.names = known or {}, 0, set()

    def check(self, name, good, detail=""):
        if callable(good):
            try:
                good = good()
            except Exception as reason:  # whatever a client library raises is a failed check
                good, detail = False, f"{type(reason).__name__}: {reason}"
        if name in self.names:
            return super().check(f"{name} (a second check of this name)", False)
        self.names.add(name)
        if name not in self.known:
            return super().check(name, good, detail)
        if good:
            return super().check(name, False, f"passes, but is expected to fail: {self.known[name]}")
        self.known_failed += 1
        print(f"known {name}: {self.known[name]}", flush=True)
        return False

    def equal(self, name, actual, expected):
        if callable(actual):
            try:
                actual = actual()
            except Exception as reason:  # as above
                return self.check(name, False, f"expected {expected!r}, got {type(reason).__name__}: {reason}")
        return super().equal(name, actual, expected)

    def refused(self, name, kind, action, text=None):
        """The action raises exactly this exception; with a text, with this text."""
        try:
            reason = raises(errors.BaseRedmineError, action)
        except Exception as other:  # as above
            reason = other
        good = type(reason) is kind and (text is None or str(reason) == text)
        expected = kind.__name__ + (f" {text!r}" if text is not None else "")
        return self.check(name, good, f"expected {expected}, got {type(reason).__name__} {str(reason)!r}")

    def close(self):
        for name in sorted(self.known.keys() - self.names):
            super().check(f"{name}: expected to fail, and never asked", False)
        if self.known:
            print(f"{self.known_failed} known to fail")
        return super().close()
