#!/usr/bin/env python3
"""A random walk of valid and invalid requests, each sent to a real Request Tracker and to a Parley server, whose answers are compared.

    walk_rt.py --rt URL --parley COMMAND [--requests N] [--seed N]

RT must hold the world of Conformance/rt/world.yaml. What the walk creates there stays: RT destroys nothing; all of it has a name that begins
with `walk-`. Differences are printed once per kind, "here" being RT and "there" Parley; those that are meant are in KNOWN, each with
a page that explains it. Closes with 'N passed, N failed': requests answered alike or explained, and unexplained kinds.
"""
import argparse
import dataclasses
import http.client
import os
import random
import re
import sys
import time
import urllib.parse
import uuid

import walk_rt_requests as values
from server import ROOT, Server
from walk_rt_compare import Numbers, compare_found, compare_histories, compare_objects, compare_texts
from walk_rt_known import KNOWN
from walk_rt_more import More

WORLD = ROOT / "Conformance/rt/world.yaml"
USERS = ["ana", "ben", "root", "rhea", "ned"]


@dataclasses.dataclass
class Request:
    step: str
    path: str
    parameters: list = dataclasses.field(default_factory=list)
    files: list = dataclasses.field(default_factory=list)
    user: str = "ana"
    # What bare numbers at the beginning of a line are.
    numbered: str = None
    creates: str = None


class Side:
    """One of the two servers; each user has a session."""

    def __init__(self, url, numbers, side):
        self.address, self.numbers, self.side = urllib.parse.urlsplit(url), numbers, side
        self.cookies, self.connection = {}, None

    def send(self, request):
        parameters = [(key, self.numbers.resolve(value, self.side)) for key, value in request.parameters]
        if request.user not in self.cookies:
            parameters += [("user", request.user), ("pass", f"{request.user}-secret-1")]
        kind, body = encode(parameters, request.files)
        headers = {"Content-Type": kind, **({"Cookie": self.cookies[request.user]} if request.user in self.cookies else {})}
        target = "/REST/1.0/" + urllib.parse.quote(self.numbers.resolve(request.path, self.side), safe="/?=&%+:@,")
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
                self.connection.request("POST", target, body, headers)
                answer = self.connection.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self.connection = None
                if attempt == 2:
                    raise
        cookie = answer.getheader("Set-Cookie")
        if cookie and request.user not in self.cookies:
            self.cookies[request.user] = cookie.split(";")[0]
        return content


def encode(parameters, files):
    """Content type and octets of a form."""
    if not files:
        return "application/x-www-form-urlencoded", urllib.parse.urlencode(parameters).encode()
    boundary = uuid.uuid4().hex
    parts = [(f'name="{key}"', "", value.encode()) for key, value in parameters]
    parts += [(f'name="{key}"; filename="{name}"', f"Content-Type: {kind}\r\n", content) for key, name, kind, content in files]
    body = b"".join(f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n{more}\r\n".encode() + content + b"\r\n" for head, more, content in parts)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


class Walk(More):
    request = Request

    def __init__(self, rt, parley, options):
        self.chance, self.options = random.Random(options.seed), options
        self.numbers, self.pools = Numbers(), {}
        self.sides = [Side(rt, self.numbers, 0), Side(parley, self.numbers, 1)]
        self.values = values.Values(self.chance, self.pools)
        self.values.prefix = self.prefix = f"walk-{options.seed}-{int(time.time()) % 100000}"
        self.serial, self.sent, self.alike, self.kinds, self.explained = 0, 0, 0, {}, {}
        self.files, self.odd = {}, set()
        # Tickets of which RT may tell what its own order of an edit's steps made of it.
        self.unordered, self.respelled = set(), set()
        # What others were merged into, as answers are compared.
        self.merged = set()
        # Which ticket each was merged into.
        self.into = {}

    # Sending

    def ask(self, request, compare=None):
        """Sends a request to both, compares, and answers (both texts, were they alike)."""
        self.sent += 1
        answers = [side.send(request).decode("utf-8", "replace") for side in self.sides]
        if request.creates:
            made = [re.search(r"^# \w+ (\d+) created", answer, re.M) for answer in answers]
            if all(made):
                self.numbers.learn(request.creates, made[0][1], made[1][1])
                self.pools.setdefault(request.creates, []).append(int(made[0][1]))
        request = dataclasses.replace(request, step=self.named(request.step, request))
        found = (compare or compare_texts)(self.numbers, *answers, *([] if compare else [request.numbered]))
        return answers, self.note(request, found)

    def note(self, request, found):
        unexplained = False
        for what, here, there in found:
            name = f"{request.step}: {what}"
            page = next((page for pattern, page in KNOWN if re.search(pattern, name)), None)
            kinds = self.kinds if page is None else self.explained
            if name not in kinds:
                kinds[name] = [0, page]
                if page is None or self.options.explained:
                    self.show(name, request, here, there)
            kinds[name][0] += 1
            unexplained = unexplained or page is None
        self.alike += not unexplained
        return not found

    def show(self, name, request, here, there):
        print(f"DIFF  {name}\n      {request.path} as {request.user}")
        for key, value in request.parameters:
            print(f"      {key}={value[:400]!r}")
        print(f"      here  {here[:500]!r}\n      there {there[:500]!r}", flush=True)

    # What the walk needs

    def prepare(self):
        for kind, names in (("user", ["root", "ana", "ben", "rhea", "rita", "ned", "dora"]), ("queue", ["General", "Support", "Network", "Vault"]),
                            ("group", ["Helpdesk", "Empty group"])):
            for name in names:
                shown = [side.send(Request("", f"search/{kind}", [("query", f"Name = '{name}'"), ("format", "s")], user="root")) for side in self.sides]
                found = [re.search(rb"^(\d+): ", one, re.M) for one in shown]
                if all(found):
                    self.numbers.learn(kind, int(found[0][1]), int(found[1][1]))
        for _ in range(5):
            self.new_ticket("ana")

    def user(self):
        return self.chance.choice(USERS) if self.chance.random() < 0.25 else self.chance.choice(["ana", "ana", "ben", "root"])

    def new_ticket(self, user=None):
        queue = self.values.pick(values.QUEUES[:3] if user else values.QUEUES, ["Nowhere", ""], 0.05)
        lines = ["id: ticket/new", f"Queue: {queue}", f"Subject: {self.values.subject()}"]
        if not user or self.chance.random() < 0.5:
            lines += [line for line in self.values.fields(True) if not line.lower().startswith(("subject", "queue", "id:", "text"))]
        if self.chance.random() < 0.6:
            lines.append("Text: first words\n  second line")
        if not queue:
            # Whether RT knows of fields then, its own order tells.
            lines = [line for line in lines if "Rack" not in line]
        request = Request("new", "ticket/new", [("content", "\n".join(lines))], user=user or self.user(), creates="ticket")
        answers, _ = self.ask(request)
        made = [re.search(r"^# Ticket (\d+) created", answer, re.M) for answer in answers]
        if all(made):
            self.look(int(made[0][1]), request)

    def sees(self, user, ticket):
        """Whether a user sees a ticket, by RT's word."""
        shown = self.sides[0].send(Request("", f"ticket/{ticket}/show", user=user)).decode("utf-8", "replace")
        return "# You are not allowed to display" not in shown

    def named(self, step, request):
        """A step's name with what is peculiar to the tickets that it is about."""
        marks = re.findall(r"@ticket:(\d+)@", request.path) if step.startswith(("show after edit", "history")) else []
        if any(int(mark) in self.unordered for mark in marks):
            step += " of one edited in RT's own order"
        if any(int(mark) in self.respelled for mark in marks):
            step += " of one with a value spelled anew"
        return step

    def look(self, ticket, cause, is_silent=False):
        """Whether a ticket is the same on both; one that is not is left alone from then on. Silent where that is no wonder."""
        shown = Request(self.named(f"show after {cause.step}", cause), f"ticket/@ticket:{ticket}@/show", [("format", "l")], user="root")
        answers = [side.send(shown).decode("utf-8", "replace") for side in self.sides]
        found = compare_texts(self.numbers, *answers)
        if found:
            if not is_silent:
                self.sent += 1
                self.note(Request(shown.step, cause.path, cause.parameters, user=cause.user), found)
            self.leave([ticket])

    # Steps

    def step_new(self):
        self.new_ticket()

    def changed(self, request):
        marks = re.findall(r"@ticket:\d+@", request.path)
        if request.user != "root" and marks and not self.sees(request.user, marks[0]):
            request = dataclasses.replace(request, step=f"{request.step} of one unseen")
        answers, are_alike = self.ask(request)
        if "circular relationship" in answers[1] and "circular relationship" not in answers[0]:
            # RT makes loops (rt-links.md): what is linked now differs.
            self.leave({int(number) for number in re.findall(r"@ticket:(\d+)@", request.path + str(request.parameters))})
            return False
        if answers[0].startswith("RT/") and " 409 " in answers[0][:40]:
            unchanged = " as already so" if ": That is already the current value\n" in answers[0] else ""
            request = dataclasses.replace(request, step=f"refused{unchanged} {request.step}")
        is_kept_open = ["unresolved dependencies" in answer for answer in answers]
        codes = {answer.split("\n")[0].split(" ")[1:2][0] if answer.startswith("RT/") else "" for answer in answers}
        for ticket in {int(number) for number in re.findall(r"@ticket:(\d+)@", request.path + str(request.parameters))}:
            self.look(ticket, request, is_silent=len(codes) > 1 or is_kept_open[0] != is_kept_open[1] or ("with a queue" in request.step and not are_alike))
        if "comment of one unseen" in request.step and request.parameters and " 200 Ok" in answers[0]:
            # A reply sets Told here and not in RT (rt-hidden-tickets.md), which each later answer would tell again.
            self.leave({int(number) for number in re.findall(r"@ticket:(\d+)@", request.path)})
        return True

    def root(self, ticket):
        """The ticket that one's number stands for."""
        while ticket in self.into:
            ticket = self.into[ticket]
        return ticket

    def leave(self, tickets):
        """Leaves tickets alone from now on, by whatever number."""
        roots = {self.root(ticket) for ticket in tickets}
        for ticket in [one for one in self.numbers_of_tickets() if self.root(one) in roots]:
            self.odd.add(self.numbers.mark("ticket", ticket, 0))
            if ticket in self.pools["ticket"]:
                self.pools["ticket"].remove(ticket)

    def numbers_of_tickets(self):
        return list(self.pools["ticket"]) + [one for one in self.into if one not in self.pools["ticket"]]

    def step_edit(self):
        lines = self.values.fields(False)
        if self.chance.random() < 0.05:
            lines.append(f"Queue: {self.values.pick(values.QUEUES, ['Nowhere', '1'])}")
        ticket, user = self.values.ticket(), self.user()
        self.note_order(ticket, lines)
        has_queue = len(lines) > 1 and any(line.startswith("Queue:") for line in lines)
        has_list = any(key in line.lower().split(":")[0] for line in lines for key in ("systems", "keywords"))
        self.changed(Request("edit" + " with a queue" * has_queue + " with a list" * has_list, f"ticket/{ticket}/edit", [("content", "\n".join(lines))], user=user))

    def note_order(self, ticket, lines):
        """RT takes the fields of a form in no fixed order: of these two kinds one may undo what the other did."""
        keys = {line.split(":")[0].lower() for line in lines}
        found = re.search(r"\d+", ticket)
        if "@" not in ticket or not found:
            return
        if ("status" in keys and keys & {"started", "resolved"}) or ("queue" in keys and len(keys) > 1):
            self.unordered.add(int(found[0]))
        if any("systems" in key or "keywords" in key for key in keys) or any("<" in line and "@" in line for line in lines):
            self.respelled.add(int(found[0]))

    def step_show(self):
        parameters = []
        if self.chance.random() < 0.5:
            parameters.append(("fields", self.chance.choice(values.FIELD_LISTS)))
        if self.chance.random() < 0.3:
            parameters.append(("format", self.chance.choice("lsx")))
        self.ask(Request("show", f"ticket/{self.values.ticket()}" + self.chance.choice(["", "/show", "/bogus"]), parameters, user=self.user()))

    def step_show_several(self):
        several = ",".join(self.values.ticket() for _ in range(self.chance.randint(1, 3)))
        name = self.chance.choice([f"ticket/{several}", several, f"ticket/{self.values.ticket()}/links", "x"])
        path = self.chance.choice(["show", "ticket/show"]) if name.startswith("ticket") else "ticket/show"
        if "," in several and self.chance.random() < 0.9 and path == "ticket/show" and not name.startswith("ticket"):
            name = several
        self.ask(Request("show several", path, [("id", name), ("fields", "subject,status,owner")], user=self.user()))

    def step_comment(self):
        ticket, user = self.values.ticket(), self.user()
        lines = [f"id: {ticket}", f"Action: {self.values.pick(['comment', 'correspond', 'Comment'], ['shout', ''])}"]
        if self.chance.random() < 0.9:
            lines.append(f"Text: {self.chance.choice(values.TEXTS)}" + self.chance.choice(["", "\n more\n\n words"]))
        for name, choices, bad in (("TimeWorked", ["15", "90"], ["-5"]), ("Status", values.STATUSES, ["asleep"]), ("Cc", ["copy@example.net"], ["x y"]),
                                   ("Bcc", ["blind@example.net"], [])):
            if self.chance.random() < 0.15:
                lines.append(f"{name}: {self.values.pick(choices, bad)}")
        files = []
        if self.chance.random() < 0.3:
            for number in range(1, self.chance.randint(2, 3)):
                self.serial += 1
                name, kind = self.chance.choice([("note%d.txt", "text/plain"), ("raw%d.bin", "application/octet-stream"), ("ü %d.png", "image/png")])
                content = bytes(self.chance.randrange(256) for _ in range(self.chance.choice([0, 3, 2000]))) if kind != "text/plain" else "Zeile ü\n".encode() * number
                files.append((f"attachment_{number}", name % self.serial, kind, content))
                lines.append(f"Attachment: {name % self.serial}")
        if files and self.chance.random() < 0.1:
            files.pop()
        request = Request("comment", f"ticket/{ticket}/comment", [("content", "\n".join(lines))], files, user)
        self.changed(request)
        for _, name, _, content in files:
            self.files[name] = (ticket, content)

    def end(self, ticket, name):
        """A ticket for a field of links. RT's form makes loops, which its other address and Parley refuse (rt-links.md): here none is asked for."""
        other = self.values.ticket()
        if name in ("RefersTo", "ReferredToBy") or "@" not in ticket + other:
            return other
        number, own = (int("".join(filter(str.isdigit, text))) for text in (other, ticket))
        return other if (number > own) == (name in ("DependsOn", "Members")) else "http://ext.example/loop"

    def step_links(self):
        ticket = self.values.ticket()
        if self.chance.random() < 0.4:
            user = self.user()
            self.ask(Request("show links" if user == "root" else "show links to others", f"ticket/{ticket}/links" + self.chance.choice(["", "/show"]),
                             [("format", "l")] if self.chance.random() < 0.4 else [], user=user))
            return
        lines = []
        for name in self.chance.sample(values.LINK_FIELDS, self.chance.randint(1, 2)):
            # RT breaks off at the next change of a ticket that an address refers to: rt-malformed.md.
            ends = [self.values.pick([self.end(ticket, name)], values.URIS, 0 if name == "ReferredToBy" else 0.3) for _ in range(self.chance.randint(0, 1))]
            lines.append(f"{name}: {', '.join(ends)}")
        if self.chance.random() < 0.05:
            lines.append("Bogus: 1")
        user = self.user()
        step = "edit links" if user == "root" else "edit links by others"
        if self.changed(Request(step, f"ticket/{ticket}/links", [("content", "\n".join(lines))], user=user)):
            self.ask(Request("show links", f"ticket/{ticket}/links/show", user="root"))

    def step_link(self):
        ticket = self.values.ticket()
        relation = self.chance.choice(values.RELATIONS)
        to = self.values.pick([self.values.ticket()], values.URIS, 0 if relation == "ReferredToBy" else 0.2)
        parameters = [("id", ticket), ("rel", relation), ("to", to)]
        if self.chance.random() < 0.35:
            parameters.append(("del", "1"))
        self.changed(Request("link", "ticket/link", parameters, user=self.user()))
        self.ask(Request("show links", f"ticket/{ticket}/links/show", user="root"))

    def step_take(self):
        ticket, user = self.values.ticket(), self.user()
        action = self.values.pick(["take", "steal", "untake"], ["grab", ""])
        self.changed(Request("take", f"ticket/{ticket}/take", [("content", f"Ticket: {ticket}\nAction: {action}")], user=user))

    def step_merge(self):
        if len(self.pools["ticket"]) < 12:
            return self.new_ticket()
        ticket, target = self.values.ticket(), self.values.ticket()
        self.ask(Request("merge", f"ticket/{ticket}/merge/{target}", user=self.user()))
        ends = [int("".join(filter(str.isdigit, one))) for one in (ticket, target)]
        for kind in (self.unordered, self.respelled):
            kind |= {ends[1]} if ends[0] in kind else set()
        self.merged.add(self.numbers.mark("ticket", ends[1], 0))
        if self.root(ends[0]) != self.root(ends[1]):
            self.into[self.root(ends[0])] = ends[1]
        for number in {int(number) for number in re.findall(r"\d+", ticket + " " + target) if int(number) < 9_000_000}:
            self.look(number, Request("merge", f"ticket/{ticket}/merge/{target}"))
        found = re.search(r"\d+", ticket)
        if found and int(found[0]) in self.pools["ticket"]:
            self.pools["ticket"].remove(int(found[0]))
        return None

    def step_search(self):
        query, user = f"Subject LIKE '{self.prefix}' AND {self.values.query()}", self.user()
        step = "search" if user == "root" else "search by others"
        if self.chance.random() < 0.08:
            query, step = self.chance.choice(values.BROKEN), "broken search"
        parameters = [("query", query)]
        if self.chance.random() < 0.4:
            parameters.append(("orderby", self.chance.choice(values.ORDERS)))
            step += " in an order"
        if self.chance.random() < 0.5:
            parameters.append(("format", self.chance.choice(["i", "s", "l", "i", "s", "x"])))
        if self.chance.random() < 0.2:
            parameters.append(("fields", self.chance.choice(values.FIELD_LISTS)))
        request = Request(step, "search/ticket", parameters, user=user, numbered="ticket")
        # Without an order RT's database gives them as it finds them.
        is_ordered = any(key == "orderby" and value in ("id", "-id") for key, value in parameters)
        self.ask(request, lambda *answers: self.search_differences(request, is_ordered, *answers))

    def search_differences(self, request, is_ordered, numbers, *answers):
        """Where a search finds other tickets, the conditions that do so alone are told instead."""
        found = compare_found(numbers, *answers, is_ordered, self.odd)
        if not found or not found[0][0].startswith("found"):
            return found
        query = dict(request.parameters)["query"]
        blamed = []
        for condition in values.CONDITIONS:
            for alone in {condition.replace("{ticket}", mark) for mark in re.findall(r"@ticket:\d+@", query) or [""]}:
                if alone not in query or not alone:
                    continue
                parameters = [("query", f"Subject LIKE '{self.prefix}' AND {alone}"), ("format", "i")]
                texts = [side.send(Request("", "search/ticket", parameters, user=request.user)).decode() for side in self.sides]
                blamed += [(f"{self.where(one)} by {condition}", *one[1:]) for one in compare_found(numbers, *texts, False, self.odd)]
        return blamed or found

    def where(self, difference):
        """On which side a search finds more, and whether it is merged tickets alone."""
        marks = (difference[1] + " " + difference[2]).split()
        return difference[0] + (", where others were merged," if marks and self.merged.issuperset(marks) else "")

    def step_search_objects(self):
        kind = self.chance.choice(["queue", "user", "group"])
        query = self.chance.choice(values.OBJECT_QUERIES)
        if "id =" in query:
            query = "Name = ana"
        request = Request(f"search {kind}", f"search/{kind}", [("query", query), ("format", self.chance.choice("is"))], user=self.user())
        self.ask(request, lambda *answers: compare_objects(*answers, kind))

    def step_history(self):
        ticket = self.values.ticket()
        if self.chance.random() < 0.8:
            user = self.chance.choice(["root", "ana", "rhea"])
            step = "history" if user == "root" else "history for others"
            self.ask(Request(step, f"ticket/{ticket}/history", [("format", "l")], user=user), compare_histories)
        else:
            kind = self.chance.choice(["Create", "Comment", "Correspond", "Status", "Set", "Bogus"])
            self.ask(Request("history of a kind", f"ticket/{ticket}/history/type/{kind}", [("format", "l")], user="ana"), compare_histories)

    def step_file(self):
        if not self.files:
            return
        name = self.chance.choice(list(self.files))
        ticket, content = self.files[name]
        lists = [side.send(Request("", f"ticket/{ticket}/attachments", user="root")).decode("utf-8", "replace") for side in self.sides]
        found = [re.search(rf"(\d+): {re.escape(name)} \((.*?)\)", text) for text in lists]
        if not all(found):
            if any(found):
                self.note(Request("attachments", f"ticket/{ticket}/attachments"), [("a file is listed on one side only", lists[0], lists[1])])
            return
        self.sent += 1
        request = Request("file", f"ticket/{ticket}/attachments/N/content")
        differences = [] if found[0][2] == found[1][2] else [("kind or size of a file", found[0][2], found[1][2])]
        octets = [side.send(Request("", f"ticket/{ticket}/attachments/{one[1]}/content", user="root")) for side, one in zip(self.sides, found)]
        octets = [one.split(b"\n\n", 1)[-1] for one in octets]
        if octets[0] != octets[1]:
            differences.append(("the octets of a file", repr(octets[0][:80]), repr(octets[1][:80])))
        self.note(request, differences)

    def step_address(self):
        path = self.chance.choice(values.ADDRESSES)
        parameters = [("query", "")] if path.startswith("search") else []
        if self.chance.random() < 0.2:
            parameters.append(("format", "l"))
        if self.chance.random() < 0.1:
            parameters.append(("fields", "name,description"))
        kind = path.split("/")[0]
        self.ask(Request(f"address {path}", path, parameters, user=self.user(), numbered=kind))

    def step_malformed(self):
        path = self.chance.choice([f"ticket/{self.values.ticket()}/edit", "ticket/new", "edit", "ticket/edit", f"ticket/{self.values.ticket()}/comment",
                                   f"ticket/{self.values.ticket()}/links", f"ticket/{self.values.ticket()}/take"])
        content = self.chance.choice(values.MALFORMED)
        self.changed(Request(f"malformed {content[:20]!r}", path, [("content", content)], user="ana"))

    def step_user(self):
        pool = self.pools.get("user", [])
        self.serial += 1
        name = f"{self.prefix}-u{self.serial}"
        if len(pool) < 3 or self.chance.random() < 0.15:
            lines = [f"Name: {self.values.pick([name], ['', 'ana', name + ' blank'])}"]
            if self.chance.random() < 0.7:
                lines.append(f"EmailAddress: {self.values.pick([name + '@example.org'], ['ana@example.org', 'no address'])}")
            lines += [f"{key}: {self.chance.choice(values.WORDS)}" for key in self.chance.sample(values.USER_FIELDS, 2)]
            lines += [f"Password: {self.values.pick(['secret-12'], ['abc'])}", f"Privileged: {self.chance.choice('01')}"]
            self.ask(Request("new user", "user/new", [("content", "\n".join(lines))], user=self.values.pick(["root"], ["ana"]), creates="user"))
            return
        user = f"@user:{self.chance.choice(pool)}@"
        if self.chance.random() < 0.6:
            lines = [f"{key}: {self.values.pick(values.WORDS, [''])}" for key in self.chance.sample(values.USER_FIELDS, self.chance.randint(1, 3))]
            if self.chance.random() < 0.15:
                lines.append(self.chance.choice(["Name: ana", "Name:", "EmailAddress: ben@example.org", "Password: abc", "Bogus: 1", "Privileged: 0", "Disabled: 1",
                                                 "Disabled: 0", "Privileged: 1", "EmailAddress:"]))
            self.ask(Request("edit user", f"user/{user}/edit", [("content", "\n".join(lines))], user=self.values.pick(["root"], ["ana"])))
        self.ask(Request("show user", f"user/{user}", [("format", self.chance.choice("sl"))], user=self.chance.choice(["root", "ana"])))

    def step_queue(self):
        pool = self.pools.get("queue", [])
        self.serial += 1
        name = f"{self.prefix}-q{self.serial}"
        if len(pool) < 2 or self.chance.random() < 0.1:
            lines = [f"Name: {self.values.pick([name, name + ' Ü/b'], ['', 'General', '123', '<queue name>'])}", f"Description: {self.chance.choice(values.TEXTS)}"]
            self.ask(Request("new queue", "queue/new", [("content", "\n".join(lines))], user=self.values.pick(["root"], ["ana"]), creates="queue"))
            return
        queue = f"@queue:{self.chance.choice(pool)}@"
        if self.chance.random() < 0.6:
            line = self.chance.choice([f"Description: {self.chance.choice(values.TEXTS)}", "CorrespondAddress: q@example.org", "CommentAddress:", "Disabled: 1", "Disabled: 0",
                                       "SLADisabled: 0", "Name: General", "Name:", "Bogus: 1", f"Name: {name}"])
            self.ask(Request("edit queue", f"queue/{queue}/edit", [("content", line)], user=self.values.pick(["root"], ["ana"])))
        fields = [("fields", "name,description,correspondaddress,commentaddress,disabled,sladisabled")]
        self.ask(Request("show queue", f"queue/{queue}/show", fields, user=self.chance.choice(["root", "ana"])))

    def step_group(self):
        pool = self.pools.get("group", [])
        self.serial += 1
        if len(pool) < 2 or self.chance.random() < 0.1:
            name = self.values.pick([f"{self.prefix}-g{self.serial}"], ["", "Helpdesk", "12"])
            self.ask(Request("new group", "group/new", [("content", f"Name: {name}\nDescription: {self.chance.choice(values.TEXTS)}")],
                             user=self.values.pick(["root"], ["ana"]), creates="group"))
            return
        group = f"@group:{self.chance.choice(pool)}@"
        if self.chance.random() < 0.6:
            line = self.chance.choice([f"Description: {self.chance.choice(values.TEXTS)}", "Disabled: 1", "Disabled: 0", "Name: Helpdesk", "Name:", "Bogus: 1"])
            self.ask(Request("edit group", f"group/{group}/edit", [("content", line)], user=self.values.pick(["root"], ["ana"])))
        self.ask(Request("show group", f"group/{group}", [("fields", "name,description,disabled,members")], user=self.chance.choice(["root", "ana"])))

    STEPS = {"new": 12, "edit": 22, "show": 8, "show_several": 4, "comment": 14, "links": 7, "link": 7, "take": 6, "merge": 2, "search": 26, "search_objects": 5,
             "history": 10, "file": 4, "address": 10, "malformed": 4, "user": 6, "queue": 4, "group": 3,
             "conditions": 30, "order": 5, "path": 10, "odd_lines": 12, "several_forms": 5, "several_objects": 5, "attachment": 6, "transaction": 4,
             "session": 3, "object_list": 4}

    def run(self):
        self.prepare()
        only = self.options.only.split(",") + ["new"] if self.options.only else self.STEPS
        names, weights = list(only), [self.STEPS[name] for name in only]
        while self.sent < self.options.requests:
            getattr(self, "step_" + self.chance.choices(names, weights)[0])()

    def close(self):
        for title, kinds in (("explained", self.explained), ("not explained", self.kinds)):
            for name, (count, page) in sorted(kinds.items(), key=lambda item: -item[1][0]):
                print(f"{title}: {count} times {name}" + (f" ({page})" if page else ""))
        print(f"{self.alike} passed, {len(self.kinds)} failed")
        return 1 if self.kinds else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rt", required=True)
    parser.add_argument("--parley", required=True, help="the command")
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="the steps to take, separated by commas, besides new tickets")
    parser.add_argument("--explained", action="store_true", help="print also the differences that a page explains")
    options = parser.parse_args()
    os.environ["PARLEY_BINARY"] = options.parley
    with Server(world=WORLD) as server:
        walk = Walk(options.rt.rstrip("/"), server.base, options)
        walk.run()
        status = walk.close()
        if server.process.poll() is not None:
            print(f"the server ended: {server.log_tail()}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
