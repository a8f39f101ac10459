"""A session of the command `rt` (Debian: rt5-clients) with the RT dialect."""
import os
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
BINARY = bytes(range(256)) * 5 + b"\n--\n"


class Session:
    """The command is started anew for each step; its sessions live in a home folder of their own."""

    def __init__(self, checks, base, unique, home):
        self.checks, self.base, self.unique, self.home = checks, base, unique, pathlib.Path(home)

    def rt(self, *arguments, user="ana", password=None, feed=None, raw=False, **settings):
        """Runs the command; what it printed, and in the end what it complained about."""
        environment = {**os.environ, "PERL5LIB": str(HERE / "rt_home"), "PERL5OPT": "-MRTHome", "RT_TEST_HOME": str(self.home),
                       "RTSERVER": self.base, "RTUSER": user, "RTPASSWD": password or f"{user}-secret-1",
                       "TERM": "dumb", **settings}
        done = subprocess.run(["rt", *map(str, arguments)], env=environment, cwd=self.home, timeout=120, check=False,
                              input=feed.encode() if feed is not None else b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.status = done.returncode
        if raw:
            return done.stdout
        return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")

    def fields(self, number, *names, user="ana"):
        """Some fields of a ticket."""
        text = self.rt("show", "-s", f"ticket/{number}", user=user)
        found = dict(line.split(":", 1) for line in text.splitlines() if re.match(r"[\w.{} ]+:", line))
        return tuple(found.get(name, "missing").strip() for name in names)

    def run(self):
        for part in (self.signing_in, self.creating, self.showing, self.editing, self.short_ways, self.listing, self.talking, self.linking,
                     self.owning, self.merging, self.refusals, self.people, self.signing_out):
            self.checks.complete(f"command: the part '{part.__name__}' runs to its end", part)

    def good(self, name, value, detail=""):
        return self.checks.check(f"command: {name}", value, detail)

    def equal(self, name, actual, expected):
        return self.checks.equal(f"command: {name}", actual, expected)

    def said(self, name, text, pattern):
        return self.good(name, re.search(pattern, text, re.M) is not None, f"{pattern!r} is not in {text[:800]!r}")

    # Parts, in this order.

    def signing_in(self):
        self.said("a wrong password is refused", self.rt("show", "-s", "ticket/1", password="wrong"), "Incorrect username or password")
        self.said("an unknown user is refused", self.rt("ls", user="nobody-here"), "Incorrect username or password")
        self.said("a ticket that is not there", self.rt("show", "-s", "ticket/99999999"), "^# Ticket 99999999 does not exist")
        kept = (self.home / ".rt_sessions").read_text()
        self.said("the session is kept", kept, rf"^{re.escape(self.base)} ana [^ ]+=[0-9A-Fa-f]+$")
        self.said("and is enough", self.rt("show", "-s", "ticket/99999999", password="wrong"), "^# Ticket 99999999 does not exist")
        broken = re.sub("=[0-9A-Fa-f]+$", "=0123456789abcdef", kept, flags=re.M)
        (self.home / ".rt_sessions").write_text(broken)
        self.said("one that is over is made anew", self.rt("show", "-s", "ticket/99999999"), "^# Ticket 99999999 does not exist")

    def creating(self):
        self.first = self.create("set", f"subject={self.unique} first ü", "queue=General", f"requestor={self.unique}@example.net",
                                 "cc=x@example.net,y@example.net", "priority=4", "CF.{Severity}=High", "CF-Serial=S 1",
                                 "text=one\ntwo\n\nfour ü", "due=2031-02-03")
        self.second = self.create("set", f"subject={self.unique} second", "queue=Support", "owner=ana")
        self.said("none in an unknown queue", self.rt("create", "-t", "ticket", "set", "subject=x", "queue=Nowhere"),
                  "^# Could not create ticket")
        self.said("an unknown field is refused", self.rt("create", "-t", "ticket", "set", "subject=x", "queue=General", "bogus=1"),
                  "^# bogus: Unknown field")
        form = self.rt("create", "-t", "ticket", "-o")
        self.said("the empty form", form, "^id: ticket/new\nQueue: General\nRequestor: ana$")
        filled = re.sub("^Subject:.*", f"Subject: {self.unique} by hand", form.split("\n\n", 1)[-1], flags=re.M)
        self.said("filled in and fed back", self.rt("create", "-t", "ticket", "-i", feed=filled), r"^# Ticket \d+ created")

    def create(self, *arguments):
        text = self.rt("create", "-t", "ticket", *arguments)
        found = re.search(r"^# Ticket (\d+) created", text, re.M)
        self.good(f"a ticket is created: {arguments[1]}", found, text)
        return int(found.group(1)) if found else 0

    def showing(self):
        text = self.rt("show", "-l", f"ticket/{self.first}")
        for name, pattern in (("its number", f"^id: ticket/{self.first}$"), ("its queue", "^Queue: General$"), ("its owner", "^Owner: Nobody$"),
                              ("its subject", f"^Subject: {self.unique} first ü$"), ("a due date", "^Due: Mon Feb 03 00:00:00 2031$"),
                              ("its requestor", f"^Requestors: {self.unique}@example.net$"), ("its people", "^Cc: x@example.net, y@example.net$"),
                              ("a custom field", r"^CF\.\{Severity\}: High$"), ("another", r"^CF\.\{Serial\}: S 1$")):
            self.said(f"show tells {name}", text, pattern)
        self.said("some fields", self.rt("show", "-f", "status,subject", f"ticket/{self.first}"),
                  f"^id: ticket/{self.first}\nStatus: new\nSubject: {self.unique} first ü$")
        digest = self.rt("show", self.first)
        self.said("the digest has the words", digest, "four ü")
        self.said("several at once", self.rt("show", "-s", f"ticket/{self.first},{self.second}"),
                  f"(?s)id: ticket/{self.first}\n.*\n--\n.*id: ticket/{self.second}\n")
        self.said("the history", self.rt("show", "-s", f"ticket/{self.first}/history"), r"^\d+: Ticket created by ana$")
        self.said("one kind of it", self.rt("show", "-s", f"ticket/{self.first}/history/type/Create"), r"^# 1/\d+ \(type/Create/total\)$")

    def editing(self):
        edit = self.rt("edit", f"ticket/{self.first}", "set", f"subject={self.unique} changed", "priority=9", "status=open")
        self.said("edit", edit, f"^# Ticket {self.first} updated")
        self.equal("its effect", self.fields(self.first, "Subject", "Priority", "Status"), (f"{self.unique} changed", "9", "open"))
        self.said("a value is added", self.rt("edit", f"ticket/{self.first}", "add", "cc=z@example.net"), "updated")
        self.equal("to the others", self.fields(self.first, "Cc"), ("x@example.net, y@example.net, z@example.net",))
        self.said("and taken away", self.rt("edit", f"ticket/{self.first}", "del", "cc=x@example.net"), "updated")
        self.equal("from the others", self.fields(self.first, "Cc"), ("y@example.net, z@example.net",))
        self.said("a custom field", self.rt("edit", self.first, "set", "CF.{Severity}=Low"), "updated")
        self.equal("is set", self.fields(self.first, "CF.{Severity}"), ("Low",))
        form = self.rt("edit", f"ticket/{self.first}", "-o")
        self.said("the form of a ticket", form, f"^id: ticket/{self.first}$")
        self.said("fed back as it is", self.rt("edit", "-i", self.first, feed=form.split("\n\n", 1)[-1]), f"^# Ticket {self.first} updated")
        several = f"id: ticket/{self.first}\nPriority: 11\n\n--\n\nid: ticket/{self.second}\nPriority: 12\n"
        self.said("two forms at once", self.rt("edit", "-i", self.first, self.second, feed=several), f"^# Ticket {self.first} updated.\n# Ticket {self.second} updated")
        self.equal("change two tickets", self.fields(self.first, "Priority") + self.fields(self.second, "Priority"), ("11", "12"))
        for name, change in (("field", "bogus=1"), ("status", "status=asleep"), ("choice", "CF.{Severity}=Extreme"), ("owner", "owner=nobody-here")):
            self.said(f"an unknown {name} is refused", self.rt("edit", self.first, "set", change), r"^# \w+: ")

    def short_ways(self):
        self.said("subject", self.rt("subject", self.second, "new words"), "updated")
        self.said("give", self.rt("give", self.second, "ben"), "updated")
        self.said("resolve", self.rt("resolve", self.second), "updated")
        self.equal("their effect", self.fields(self.second, "Owner", "Status"), ("ben", "resolved"))

    def listing(self):
        query = f"Subject LIKE '{self.unique}'"
        both = f"{query} and Priority >= 11"
        self.said("list in short form", self.rt("ls", "-s", query), f"^{self.first}: {self.unique} changed$")
        self.said("as numbers", self.rt("ls", "-i", query), f"^ticket/{self.first}$")
        self.said("whole", self.rt("ls", "-l", f"id = {self.first}"), f"^Subject: {self.unique} changed$")
        self.said("as a table", self.rt("ls", "-f", "subject,status", f"id = {self.first}"),
                  f"^id\tSubject\tStatus\n{self.first}\t{self.unique} changed\topen$")
        self.said("in the command's own table", self.rt("ls", query), f"{self.first}.*{self.unique}")
        query_all = f"id = {self.first} or id = {self.second}"
        self.said("in an order", self.rt("ls", "-i", "-o", "-id", query_all), f"^ticket/{self.second}\nticket/{self.first}$")
        self.said("in the other one", self.rt("ls", "-i", "-o", "+id", query_all), f"^ticket/{self.first}\nticket/{self.second}$")
        self.said("by number", self.rt("ls", "-i", "-o", "+id", both), f"^ticket/{self.first}$")
        self.said("nothing", self.rt("ls", "-s", f"Subject = '{self.unique} none'"), "^No matching results")
        self.said("a bad query", self.rt("ls", "-s", "Bogus = 'x'"), "Invalid query")
        self.said("queues", self.rt("ls", "-s", "-t", "queue"), r"^\d+: General$")
        self.said("users", self.rt("ls", "-s", "-t", "user", "Name = ana", user="root"), r"^\d+: ana$")
        self.said("groups", self.rt("ls", "-s", "-t", "group", "Name = Helpdesk", user="root"), r"^\d+: Helpdesk$")

    def talking(self):
        plain, raw = self.home / "plain.txt", self.home / "raw.bin"
        plain.write_bytes(b"plain\ntext\n")
        raw.write_bytes(BINARY)
        self.said("comment", self.rt("comment", "-m", "words among us\nsecond line ü", self.first), "^# Comments added")
        self.said("correspond", self.rt("correspond", "-m", "words for them", "-c", "copy@example.net", self.first), "^# Correspondence added")
        self.said("with files", self.rt("comment", "-m", "with files", "-a", plain, "-a", raw, self.first), "^# Comments added")
        self.said("with time and status", self.rt("comment", "-m", "x", "-w", "15", "-s", "stalled", self.first),
                  "^# Status changed from 'open' to 'stalled'")
        self.equal("time is worked", self.fields(self.first, "TimeWorked", "Status"), ("15 minutes", "stalled"))
        self.said("none on an unknown ticket", self.rt("comment", "-m", "x", "99999999"), "^rt: # Ticket 99999999 does not exist")
        listed = self.rt("show", "-s", f"ticket/{self.first}/attachments")
        numbers = {name: number for number, name in re.findall(r"(\d+): (\S+) \(", listed)}
        self.good("files are listed", {"plain.txt", "raw.bin"} <= set(numbers), listed)
        self.said("with their sizes", listed, r"raw\.bin \(application/octet-stream / 1\.2k\)")
        content = self.rt("show", f"ticket/{self.first}/attachments/{numbers.get('raw.bin', 0)}/content", raw=True)
        self.good("a file comes back octet by octet", content.rstrip(b"\n") == BINARY.rstrip(b"\n"), repr(content[-40:]))
        self.said("a text", self.rt("show", f"ticket/{self.first}/attachments/{numbers.get('plain.txt', 0)}/content"), "^plain\ntext$")
        self.said("one with its headers", self.rt("show", "-l", f"ticket/{self.first}/attachments/{numbers.get('plain.txt', 0)}"),
                  "^Filename: plain.txt$")
        self.said("the words in the history", self.rt("show", "-l", f"ticket/{self.first}/history/type/Comment"), "second line ü")

    def linking(self):
        first, second = self.first, self.second
        self.said("link", self.rt("link", first, "DependsOn", second), f"^Ticket {first} depends on Ticket {second}")
        self.said("a page", self.rt("link", first, "RefersTo", "http://ext.example/1"), "refers to URI http://ext.example/1")
        shown = self.rt("show", "-s", f"ticket/{first}/links")
        self.said("links are shown", shown, f"^DependsOn: fsck.com-rt://.*/ticket/{second}$")
        self.said("pages too", shown, "^RefersTo: http://ext.example/1$")
        self.said("unlink", self.rt("link", "-d", first, "DependsOn", second), "no longer depends on")
        self.said("not twice", self.rt("link", "-d", first, "DependsOn", second), "Link not found")
        self.said("a set of links", self.rt("edit", f"ticket/{first}/links", "set", f"memberof={second}", "refersto="), f"^# Links for ticket {first} updated")
        self.said("is what was said", self.rt("show", "-s", f"ticket/{second}/links"), f"^Members: fsck.com-rt://.*/ticket/{first}$")

    def owning(self):
        self.said("take", self.rt("take", self.first), "^# Owner changed from Nobody to ana")
        self.said("not twice", self.rt("take", self.first), "already own")
        self.said("steal", self.rt("steal", self.first, user="ben"), "^# Owner changed from ana to ben")
        self.said("untake", self.rt("untake", self.first, user="ben"), "^# Owner changed from ben to Nobody")

    def merging(self):
        gone = self.create("set", f"subject={self.unique} gone", "queue=General")
        self.said("merge", self.rt("merge", gone, self.first), "^# Merge completed")
        self.said("the merged number answers", self.rt("show", "-s", f"ticket/{gone}"), f"^id: ticket/{self.first}$")

    def refusals(self):
        self.said("a reader does not write", self.rt("edit", self.first, "set", "subject=x", user="rhea"), "not allowed to modify ticket")
        self.said("an outsider does not read", self.rt("show", "-s", f"ticket/{self.first}", user="ned"), "not allowed to display ticket")
        self.said("nor search users", self.rt("ls", "-t", "user", "Name = ana"), "Permission denied")

    def people(self):
        name = f"{self.unique}u"
        made = self.rt("create", "-t", "user", "set", f"name={name}", f"emailaddress={name}@example.org", "password=new-secret-1", user="root")
        self.said("a user is created", made, r"^# User \d+ created")
        self.said("and shown", self.rt("show", "-s", f"user/{name}", user="root"), f"^Name: {name}$")
        self.said("and changed", self.rt("edit", f"user/{name}", "set", "realname=New One", user="root"), f"^# User {name} updated")
        queue = f"{self.unique}q"
        self.said("a queue is created", self.rt("create", "-t", "queue", "set", f"name={queue}", "description=made here", user="root"),
                  r"^# Queue \d+ created")
        self.said("and shown", self.rt("show", "-s", f"queue/{queue}", user="root"), "^Description: made here$")
        self.said("and changed", self.rt("edit", f"queue/{queue}", "set", "description=other words", user="root"), f"^# Queue {queue} updated")
        self.said("a group is created", self.rt("create", "-t", "group", "set", f"name={self.unique}g", user="root"), r"^# Group \d+ created")
        self.said("not by others", self.rt("create", "-t", "queue", "set", f"name={queue}2"), "^rt: # Could not create queue")

    def signing_out(self):
        self.rt("logout")
        self.equal("logout", self.status, 0)
        self.said("the session is over", self.rt("show", "-s", f"ticket/{self.first}", password="wrong"), "Incorrect username or password")


def session(checks, base, unique):
    """The whole session."""
    with tempfile.TemporaryDirectory(prefix="parley-rt-home-") as home:
        Session(checks, base, unique, home).run()
