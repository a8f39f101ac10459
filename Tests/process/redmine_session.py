"""What the parts of the python-redmine session share: checks that may be known to fail, and short ways to ask."""
import io

from redminelib import exceptions as errors

from server import Checks

EXPORTS = (
    "CSV says that it is UTF-8", "issues as CSV have a head", "issues as CSV have the issue",
    "chosen columns of issues", "all columns of issues", "issues as a feed", "issues as PDF", "an issue as PDF",
    "an issue as a feed", "a wiki page as text", "a wiki page as HTML", "a wiki page as PDF", "time as CSV",
    "projects as CSV", "projects as a feed", "users as CSV", "news as a feed",
)

# Checks that hold for a real Redmine and not yet here: name and reason. One that begins to pass fails the run.
EXPECTED_TO_FAIL = {
    **dict.fromkeys(EXPORTS, "only JSON and XML are written, other formats are answered with 406"),
    "a relation twice is refused": "a second relation of another kind between the same two is accepted",
    "a copy keeps the rest": "copy_from beside the issue is passed over",
    "a copy is linked": "link_copy is passed over",
    "a copy has the files": "copy_attachments is passed over",
    "a copy has the parts": "copy_subtasks is passed over",
    "an unknown original is not found": "copy_from beside the issue is passed over",
    "a project's identifier is no number": "project_id in a time entry's body may be an identifier",
    "more than a thousand hours are refused": "refused in other words",
    "a version in use is not deleted": "refused with words, the original says nothing",
    "what is inherited is not deleted": "refused with words, the original says nothing",
    "an unknown parent is refused": "refused with words, the original's list of errors is empty",
    "an old version": "?version= of a wiki page is passed over, only the path's version is known",
    "a version without comments has none": "what was not given and what was given empty are both kept as empty",
    "an unknown version is not found": "?version= of a wiki page is passed over",
}


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
