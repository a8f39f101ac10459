#!/usr/bin/env python3
"""A random walk of valid and invalid requests, each sent to a real Redmine and to a Parley server, whose answers are compared.

    walk_redmine.py --redmine URL --parley COMMAND [--requests N] [--seed N] [--log FILE]

Redmine must hold the world of Conformance/redmine/world.yaml. All that the walk creates there has a name that begins with
`walk-` and is deleted at the end. Differences are printed once per kind, "here" being Redmine and "there" Parley;
those that are meant are in KNOWN, each with a page that explains it. Closes with 'N passed, N failed': requests answered
alike or explained, and unexplained kinds of differences.
"""
import argparse
import base64
import concurrent.futures
import dataclasses
import http.client
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import urllib.parse
import xml.sax.saxutils

import yaml

from walk_compare import Numbers, compare_answers, read_body
from walk_known import KNOWN
from walk_requests import (GONE, ISSUE_FILTERS, ISSUE_INCLUDES, ISSUE_ORDERS, JUDGED, LONG, OPERATORS, PAGES, PERMITTED_READS, TEXTS,
                           TEXT_ORDERS, TIMED_ORDERS, TIME_FILTERS, TIME_JUDGED, TIME_ORDERS, USERS, Values)

# What the marks in walk_requests.py stand for on a Redmine that has just been given its default data and the world.
STANDARD = {
    "status": ("issue_statuses", {1: "New", 2: "In Progress", 3: "Resolved", 4: "Feedback", 5: "Closed", 6: "Rejected"}),
    "tracker": ("trackers", {1: "Bug", 2: "Feature", 3: "Support"}), "role": ("roles", {3: "Manager", 4: "Developer", 5: "Reporter"}),
    "priority": ("enumerations/issue_priorities", {1: "Low", 2: "Normal", 3: "High", 4: "Urgent", 5: "Immediate"}),
    "activity": ("enumerations/time_entry_activities", {8: "Design", 9: "Development"}),
    "document_category": ("enumerations/document_categories", {6: "User documentation", 7: "Technical documentation"}),
    "field": ("custom_fields", {1: "Affected version", 2: "Resolution", 3: "Customer", 4: "Ticket code", 5: "Story points",
                                6: "Needs docs", 7: "Found on", 8: "Reviewer", 9: "Contract", 10: "Department", 11: "Phone", 12: "Billable"}),
    "principal": ("users", {1: "admin", 5: "maya", 6: "devon", 7: "rita", 8: "nora", 9: "greta", 10: "luke"}),
    "project": ("projects", {1: "alpha", 2: "alpha-tools", 3: "vault"}), "group": ("groups", {11: "QA"}),
}
# Filters that Redmine answers with a look at issues that the asking user may not see.
LINKS = {"relates", "duplicates", "blocks", "blocked", "precedes", "follows", "copied_to", "child_id"}
PLACES = {"issue": "issues", "time_entry": "time_entries", "version": "versions", "category": "issue_categories", "news": "news",
          "relation": "relations", "membership": "memberships", "project": "projects", "user": "users", "group": "groups",
          "attachment": "attachments"}


@dataclasses.dataclass
class Request:
    method: str
    path: str
    query: list = dataclasses.field(default_factory=list)
    body: object = None
    user: str = "admin"
    format: str = "json"
    unordered: bool = False
    known_only: bool = False
    creates: str = None
    after: str = ""
    raw: bytes = None
    kind: str = None
    headers: dict = dataclasses.field(default_factory=dict)
    variant: str = None


@dataclasses.dataclass
class Answer:
    status: int
    kind: str
    headers: dict
    body: bytes


class Side:
    """One of the two servers."""

    def __init__(self, url, keys, numbers, side):
        self.address = urllib.parse.urlsplit(url)
        self.keys, self.numbers, self.side = keys, numbers, side
        self.connection = None

    def written(self, request):
        """A request as this server is sent it: target, body, headers."""
        headers = dict(request.headers)
        if request.user in self.keys:
            headers["X-Redmine-API-Key"] = self.keys[request.user]
        elif ":" in request.user:
            headers["Authorization"] = "Basic " + base64.b64encode(request.user.encode()).decode()
        path = self.numbers.resolve(request.path, self.side) + ("." + request.format if request.format else "")
        query = [(self.numbers.resolve(key, self.side), self.numbers.resolve(value, self.side)) for key, value in request.query]
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        body = request.raw
        if body is not None:
            headers["Content-Type"] = request.kind
        elif request.body is not None:
            body, headers["Content-Type"] = write(self.numbers.resolve_value(request.body, self.side), request)
        return target, body, headers

    def send(self, request):
        target, body, headers = self.written(request)
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
                self.connection.request(request.method, urllib.parse.quote(target, safe="/?&=%+:@!*~,.-_[]()"), body, headers)
                answer = self.connection.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self.connection = None
                if attempt == 2:
                    raise
        found = {key.lower(): value for key, value in answer.getheaders()}
        kind = re.sub(r"\s", "", found.get("content-type", "")) if content else ""
        own = f"{self.address.hostname}:{self.address.port}".encode()
        if "location" in found:
            found["location"] = found["location"].replace(own.decode(), "HOST")
        return Answer(answer.status, kind, found, content.replace(own, b"HOST"))


def write(value, request):
    """A request's content as octets, and of which type they are."""
    if request.variant == "form":
        return urllib.parse.urlencode(list(form_pairs(value))).encode(), "application/x-www-form-urlencoded"
    if request.format == "xml" and isinstance(value, dict):
        root, content = next(iter(value.items()))
        text = xml_element(root, content, request.variant == "mapper")
        return ('<?xml version="1.0" encoding="UTF-8"?>' + text).encode(), "application/xml"
    return json.dumps(value).encode(), "application/json"


def form_pairs(value, name=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from form_pairs(item, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from form_pairs(item, name + "[]")
    else:
        yield name, "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def xml_element(name, value, is_mapper=False):
    """An element; as object mappers write it with dashes and types, if wanted."""
    tag = name.replace("_", "-") if is_mapper else name
    if isinstance(value, dict):
        return f"<{tag}>" + "".join(xml_element(key, item, is_mapper) for key, item in value.items()) + f"</{tag}>"
    if isinstance(value, list):
        single = {"custom_fields": "custom_field", "uploads": "upload"}.get(name, "value")
        return f'<{tag} type="array">' + "".join(xml_element(single, item, is_mapper) for item in value) + f"</{tag}>"
    if value is None:
        return f'<{tag} nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else None
    typed = f' type="{kind}"' if is_mapper and kind else ""
    return f"<{tag}{typed}>{xml.sax.saxutils.escape(text)}</{tag}>"


class Walk:
    def __init__(self, redmine, parley, world, options):
        self.chance, self.options = random.Random(options.seed), options
        self.numbers, self.pools = Numbers(), {}
        keys = {user["login"]: user["api_key"] for user in world["users"]}
        self.sides = [Side(redmine, keys, self.numbers, 0), Side(parley, keys, self.numbers, 1)]
        self.values = Values(self.chance, self.pools)
        self.threads = concurrent.futures.ThreadPoolExecutor(2)
        self.prefix, self.serial = f"walk-{options.seed}", 0
        self.changed, self.is_ready = "", False
        self.log = open(options.log, "w", encoding="utf-8") if options.log else None  # pylint: disable=consider-using-with
        self.sent, self.alike, self.kinds, self.explained = 0, 0, {}, {}

    # Sending

    def ask(self, request):
        """Sends a request to both, compares the answers, notes differences, and answers (both answers, were they alike)."""
        self.sent += 1
        if self.is_ready:
            self.vary(request)
        if request.method != "GET":
            target, body, _ = self.sides[0].written(request)
            self.changed = f"{request.method} {urllib.parse.unquote(target)} as {request.user}: {(body or b'')[:600].decode('utf-8', 'replace')}"
        answers = list(self.threads.map(lambda side: side.send(request), self.sides))
        for pause in (0.3, 1):
            # Redmine on SQLite answers 500 when others write at the same moment.
            if answers[0].status == 500:
                time.sleep(pause)
                answers[0] = self.sides[0].send(request)
        if self.log:
            target, body, _ = self.sides[0].written(request)
            print(f"{request.method} {urllib.parse.unquote(target)} as {request.user} {request.headers or ''}: {(body or b'').decode('utf-8', 'replace')[:900]}"
                  f" -> {[answer.status for answer in answers]}", file=self.log, flush=True)
        if request.creates and answers[0].status == answers[1].status == 201:
            numbers = [self.created_number(answer) for answer in answers]
            if all(numbers):
                self.numbers.learn(request.creates, *numbers)
        found = compare_answers(self.numbers, *answers, request.unordered, request.known_only)
        if found and request.method == "GET" and request.path.endswith("/time_entries") and self.has_private(request):
            request.after = "entries of private issues"
        if found and request.method == "GET" and request.path.endswith("/issues") and self.is_about_unseen(request):
            request.after = "relations with unseen issues"
        names = [self.signature(request, where, what) for where, what, _, _ in found]
        unexplained = False
        for name, difference in zip(names, found):
            page = next((page for pattern, page in KNOWN if re.search(pattern, name)), None)
            kinds = self.kinds if page is None else self.explained
            if name not in kinds:
                kinds[name] = [0, page]
                if page is None:
                    self.show(name, request, difference)
            kinds[name][0] += 1
            unexplained = unexplained or page is None
        self.alike += not unexplained
        if request.method != "GET" and (answers[0].status < 300) != (answers[1].status < 300):
            self.forget_object(request.path)
            for number in re.findall(r"@issue:(\d+)@", json.dumps(request.body)):
                self.forget_object(f"/issues/@issue:{number}@")
        return answers, not found

    def has_private(self, request):
        """Whether Redmine's list has entries of issues that the asking user may not see."""
        answer = self.quietly(dataclasses.replace(request, format="json"), 0)[0]
        body = read_body(answer) if answer.status == 200 else {}
        issues = {item["issue"]["id"] for item in body.get("time_entries", []) if "issue" in item}
        seen = [self.quietly(Request("GET", f"/issues/{number}", user=request.user, headers=request.headers), 0)[0] for number in issues]
        return any(answer.status != 200 for answer in seen)

    def is_about_unseen(self, request):
        """Whether the issues in which two lists differ are all related with some that the asking user may not see."""
        if not any(name in (key, value) for key, value in request.query for name in LINKS):
            return False
        query = [pair for pair in request.query if pair[0] not in ("limit", "offset", "page", "nometa")] + [("limit", "100")]
        answers = self.quietly(dataclasses.replace(request, format="json", query=query))
        if any(answer.status != 200 for answer in answers):
            return False
        numbers = [{str(item["id"]) for item in read_body(answer)["issues"]} for answer in answers]
        numbers[0] = {self.numbers.second("issue", number) for number in numbers[0]}
        return bool(numbers[0] ^ numbers[1]) and all(self.has_unseen(number, request) for number in numbers[0] ^ numbers[1])

    def has_unseen(self, number, request):
        """Whether an issue of the second server has relatives that the asking user may not see."""
        include = [("include", "relations,children")]
        issue = read_body(self.quietly(Request("GET", f"/issues/{number}", include), 1)[0])["issue"]
        others = {relation[key] for relation in issue.get("relations", []) for key in ("issue_id", "issue_to_id")}
        others |= {child["id"] for child in issue.get("children", [])}
        seen = [self.quietly(Request("GET", f"/issues/{other}", user=request.user, headers=request.headers), 1)[0] for other in others]
        return any(answer.status != 200 for answer in seen)

    def forget_object(self, path):
        """Deletes the object that a path names, since it may be different now."""
        for kind, place in PLACES.items():
            named = re.match(rf"/{place}/@{kind_of(kind)}:(\d+)@", path)
            if named and kind != "project":
                self.drop(kind, int(named[1]))
                self.forget_lost_issues()

    def vary(self, request):
        """Says some requests in another way."""
        if request.body is not None and not request.variant and request.method in ("POST", "PUT") and self.chance.random() < 0.12:
            request.variant = "mapper" if request.format == "xml" else "form"
        if request.method == "PUT" and self.chance.random() < 0.1:
            request.method, request.headers = self.chance.choice([("PATCH", {}), ("POST", {"X-HTTP-Method-Override": "PUT"})])
        if request.raw is None and "@token" not in json.dumps(request.body) and "a.b" not in request.path:
            request.headers.update(self.switched(request.user))

    def switched(self, user):
        """Now and then an administrator acts as somebody else, others try to."""
        if user not in ("admin", "maya") or self.chance.random() > 0.04:
            return {}
        return {"X-Redmine-Switch-User": self.chance.choice(["devon", "rita", "nora", "luke", "nobody", "", "maya"])}

    def created_number(self, answer):
        body = read_body(answer)
        content = next(iter(body.values()), None) if isinstance(body, dict) else None
        number = content.get("id") if isinstance(content, dict) else None
        return int(number) if str(number).isdigit() else None

    def signature(self, request, where, what):
        path = re.sub(r"@\w+:\d+@|\b\d{3,}\b|-1\b", "N", request.path.replace(self.prefix, "walk"))
        path = re.sub(r"(/projects/)[^/]+", r"\1P", path)
        path = re.sub(r"(/wiki/)(?!index)[^/]+", r"\1T", path)
        after = f" after {request.after}" if request.after else ""
        return f"{request.method} {path}.{request.format}{after}: {where}: {what}"

    def show(self, name, request, difference):
        target, body, _ = self.sides[0].written(request)
        print(f"DIFF  {name}\n      {request.method} {urllib.parse.unquote(target)} as {request.user} {request.headers or ''}")
        if request.after and self.changed:
            print(f"      after {self.changed}")
        if body:
            print(f"      body: {body[:600].decode('utf-8', 'replace')}")
        for word, value in zip(("here ", "there"), difference[2:]):
            print(f"      {word} {json.dumps(value, ensure_ascii=False)[:400]}")
        sys.stdout.flush()

    def quietly(self, request, side=None):
        """Sends without comparing."""
        sides = self.sides if side is None else [self.sides[side]]
        return [one.send(request) for one in sides]

    # What the walk needs

    def prepare(self):
        self.clean_up([self.sides[0]])
        for kind, (place, names) in STANDARD.items():
            found = [self.names_of(side, place) for side in self.sides]
            for number, name in names.items():
                if found[0].get(name) != number or name not in found[1]:
                    sys.exit(f"{place}: {name} is to have number {number} in Redmine (has {found[0].get(name)}), and to be in Parley. "
                             "Load Conformance/redmine/world.yaml into a Redmine with fresh default data.")
                self.numbers.learn("principal" if kind == "group" else kind, number, found[1][name])
        queries = [self.names_of(side, "queries") for side in self.sides]
        for name in sorted(queries[0].keys() & queries[1].keys()):
            self.numbers.learn("query", queries[0][name], queries[1][name])
            self.pools.setdefault("query", []).append(queries[0][name])
        members = [("5", ["@role:3@"]), ("6", ["@role:4@"]), ("7", ["@role:5@"]), ("11", ["@role:5@"])]
        for suffix, more in (("a", {}), ("b", {"is_public": False}), ("c", {"parent_id": "@project:%s@"})):
            if "parent_id" in more:
                more = {"parent_id": more["parent_id"] % self.pools["project"][0]}
            body = {"name": f"Walk {self.options.seed} {suffix}", "identifier": f"{self.prefix}-{suffix}", **more,
                    "enabled_module_names": ["issue_tracking", "time_tracking", "news", "files", "wiki"]}
            self.create("project", Request("POST", "/projects", body={"project": body}))
            project = f"@project:{self.pools['project'][-1]}@"
            for principal, roles in members:
                body = {"membership": {"user_id": f"@principal:{principal}@", "role_ids": roles}}
                self.create("membership", Request("POST", f"/projects/{project}/memberships", body=body))
            for maker in (self.make_version, self.make_category, self.make_issue, self.make_issue):
                maker(project, "admin")
        for user in USERS[:-1]:
            self.quietly(Request("GET", "/users/current", user=user))
        self.is_ready = True

    def names_of(self, side, place):
        query = [("status", ""), ("limit", "100")] if place == "users" else [("limit", "100")]
        body = read_body(side.send(Request("GET", "/" + place, query)))
        items = next(value for value in body.values() if isinstance(value, list))
        return {item.get("login") or item.get("identifier") or item["name"]: item["id"] for item in items}

    def create(self, kind, request):
        """Asks for a new object; where only one server makes it, it is removed there again."""
        request.creates = "principal" if kind in ("user", "group") else kind
        answers, _ = self.ask(request)
        numbers = [self.created_number(answer) if answer.status == 201 else None for answer in answers]
        if all(numbers):
            self.pools.setdefault(kind, []).append(numbers[0])
            return numbers[0]
        for side, number in enumerate(numbers):
            if number:
                self.quietly(Request("DELETE", f"/{PLACES[kind]}/{number}"), side)
        return None

    def drop(self, kind, number):
        """Deletes an object on both servers and forgets it; of an issue the whole tree."""
        if kind == "issue":
            number = self.root_of(number)
        self.quietly(Request("DELETE", f"/{PLACES[kind]}/@{kind_of(kind)}:{number}@"))
        self.forget(kind, number)

    def root_of(self, number):
        """The topmost issue above one, as Redmine knows it."""
        for _ in range(20):
            answer = self.quietly(Request("GET", f"/issues/{number}"), 0)[0]
            parent = read_body(answer)["issue"].get("parent") if answer.status == 200 else None
            if not parent:
                break
            number = parent["id"]
        return number

    def forget(self, kind, number):
        pool = self.pools.get(kind, [])
        if number in pool:
            pool.remove(number)
        self.numbers.forget(kind_of(kind), number)

    def clean_up(self, sides):
        for side in sides:
            for place, name in (("projects", "identifier"), ("users", "login"), ("groups", "name")):
                query = [("status", ""), ("limit", "100"), ("name", self.prefix)] if place == "users" else [("limit", "100")]
                for status in ("1", "5", "9") if place == "projects" else ("",):
                    body = read_body(side.send(Request("GET", "/" + place, [("status", status)] + query if status else query)))
                    for item in body[place]:
                        if item[name].startswith(self.prefix):
                            side.send(Request("DELETE", f"/{place}/{item['id']}"))

    # Steps

    def user(self, likely="admin maya devon rita"):
        return self.chance.choice(likely.split()) if self.chance.random() < 0.8 else self.chance.choice(USERS)

    def format(self):
        return "xml" if self.chance.random() < 0.25 else "json"

    def project(self):
        return self.values.known("project") or f"@project:{self.pools['project'][0]}@"

    def name(self):
        self.serial += 1
        return f"{self.prefix}-{self.serial}"

    def fill(self, text):
        """Puts known objects in the places of `{issue}` and the like."""
        return re.sub(r"\{(\w+)\}", lambda found: self.values.known(found[1]) or str(GONE), text)

    def make_issue(self, project=None, user=None):
        user, project = user or self.user(), project or self.project()
        body = self.values.issue(project, True)
        path = f"/projects/{project}/issues" if self.chance.random() < 0.3 else "/issues"
        if self.chance.random() < 0.1:
            body["uploads"] = self.uploads(user)
        number = self.create("issue", Request("POST", path, body={"issue": body}, user=user, format=self.format()))
        if number:
            self.check_issue(number, f"POST {re.sub('@.*@', 'P', path)}")

    def uploads(self, user):
        if self.chance.random() < 0.15:
            return [{"token": "999.abc", "filename": "x.txt"}]
        name = self.chance.choice(["note.txt", "a b.txt", "ä.png", "a/b.txt", "", "x" * 300])
        token = self.token(user, name)
        return [{"token": token, "filename": name, "description": self.chance.choice(["", "described"])}] if token else []

    def token(self, user, name):
        kind = self.values.pick(["application/octet-stream"], ["text/plain", "application/json"], 0.1)
        content = self.chance.choice([b"some text", b"\x89PNG\r\n\x1a\n", b"", b"{}"]) + str(self.serial).encode()
        query = [("filename", name)] if name or self.chance.random() < 0.5 else []
        request = Request("POST", "/uploads", query, user=user, raw=content, kind=kind, creates="attachment")
        answers, _ = self.ask(request)
        if any(answer.status != 201 for answer in answers):
            return None
        tokens = [read_body(answer)["upload"]["token"] for answer in answers]
        self.numbers.learn("token", self.serial + 1, tokens[1])
        self.serial += 1
        self.tokens = getattr(self, "tokens", {})
        self.tokens[str(self.serial)] = tokens[0]
        return f"@token:{self.serial}@"

    def check_issue(self, number, after, user=None):
        """Reads an issue whole; one that differs is deleted on both sides, so that the walk goes on from equal states."""
        include = [("include", "children,attachments,relations,journals,watchers,allowed_statuses")]
        user = user or self.chance.choice(["admin", "admin", "maya", "devon", "rita", "nora", "none"])
        request = Request("GET", f"/issues/@issue:{number}@", include, user=user, format=self.format(), after=after)
        if not self.ask(request)[1]:
            self.drop("issue", number)
            self.forget_lost_issues()

    def forget_lost_issues(self):
        """Takes out of the pool what went with a deleted parent."""
        for number in list(self.pools.get("issue", [])):
            statuses = [answer.status for answer in self.quietly(Request("GET", f"/issues/@issue:{number}@"))]
            if 404 in statuses:
                if statuses != [404, 404]:
                    self.drop("issue", number)
                self.forget("issue", number)

    def change_issue(self):
        mark, user = self.values.some("issue", 0.02), self.user()
        body = self.values.issue(self.project(), False)
        if self.chance.random() < 0.08:
            body["uploads"] = self.uploads(user)
        self.ask(Request("PUT", f"/issues/{mark or GONE}", body={"issue": body}, user=user, format=self.format()))
        if str(mark).startswith("@"):
            self.check_issue(int(mark.strip("@").split(":")[1]), "PUT /issues/N")

    def long_filters(self, filters, judged):
        """One or two filters in their long form, and whether each database makes something else of them."""
        query, odd = [], ""
        for name in self.chance.sample(list(filters), self.chance.randint(1, 2)):
            value = self.fill(self.chance.choice(filters[name]).lstrip("!~^$><=*"))
            operator = self.chance.choice(OPERATORS)
            if operator in judged.get(name, ()):
                odd = "an operator that each database judges for itself"
            query += [("f[]", name), (f"op[{name}]", operator), (f"v[{name}][]", value)]
        return query, odd

    def judged(self, query, orders):
        """What of an ordinary list depends on Redmine's database, if anything."""
        if any(pair in query for pair in (("updated_on", "*"), ("updated_on", "!*"), ("op[updated_on]", "*"), ("op[updated_on]", "!*"))):
            return "moments of change"
        if any(not value.isascii() for _, value in query):
            return "letters beyond ASCII"
        if any(order in TEXT_ORDERS for order in orders):
            return "an order of texts"
        return ""

    def list_issues(self):
        query, orders, odd = [], [], ""
        if self.chance.random() < 0.35:
            query, odd = self.long_filters(ISSUE_FILTERS, JUDGED)
        else:
            for name in self.chance.sample(list(ISSUE_FILTERS), self.chance.randint(0, 2)):
                query.append((name, self.fill(self.chance.choice(ISSUE_FILTERS[name]))))
        if self.chance.random() < 0.4:
            orders = self.chance.sample(ISSUE_ORDERS, self.chance.randint(1, 2))
            query.append(("sort", ",".join(order + self.chance.choice(["", ":desc", ":asc"]) for order in orders)))
        odd = odd or self.judged(query, orders)
        if self.chance.random() < 0.3:
            query.append(("include", self.chance.choice(ISSUE_INCLUDES)))
        timed = any(order in TIMED_ORDERS for order in orders)
        if self.chance.random() < 0.25 and not timed:
            query.append(self.chance.choice(PAGES))
        if self.chance.random() < 0.04:
            query.append(("query_id", str(self.values.some("query"))))
        path, user = f"/projects/{self.project()}/issues", self.user()
        if self.chance.random() < 0.3:
            path, query = "/issues", query + [("project_id", self.project())]
        request = Request("GET", path, query, user=user, format=self.format(), unordered=timed, after=odd)
        if not self.ask(request)[1] and not request.after:
            self.sweep()

    def sweep(self):
        """Reads every issue: those that differ are deleted, so that one cause does not show in all lists that follow."""
        for number in list(self.pools.get("issue", [])):
            if number in self.pools["issue"]:
                self.check_issue(number, "all before", "admin")

    def delete_issue(self):
        if len(self.pools.get("issue", [])) < 8:
            return
        numbers = self.chance.sample(self.pools["issue"], self.chance.choice([1, 1, 2]))
        request = Request("DELETE", f"/issues/@issue:{numbers[0]}@", user=self.user(), format=self.format())
        if len(numbers) > 1:
            request.path, request.query = "/issues", [("ids[]", f"@issue:{number}@") for number in numbers]
            if self.chance.random() < 0.3:
                request.query.append(("ids[]", str(GONE)))
        if self.chance.random() < 0.5:
            request.query += [("todo", self.chance.choice(["nullify", "reassign", "reassign", "destroy", "x"])),
                              ("reassign_to_id", str(self.values.some("issue")))]
        roots = [self.root_of(number) for number in numbers]
        answers, _ = self.ask(request)
        if any(answer.status == 204 for answer in answers):
            for number in self.pools.get("time_entry", [])[-6:]:
                self.ask(Request("GET", f"/time_entries/@time_entry:{number}@", after="DELETE /issues"))
            for number in roots + numbers:
                self.drop("issue", number)
            self.forget_lost_issues()

    def show_issue(self):
        mark = self.values.some("issue", 0.05) or GONE
        query = [("include", ",".join(self.chance.sample(ISSUE_INCLUDES, 3)))] if self.chance.random() < 0.7 else []
        self.ask(Request("GET", f"/issues/{mark}", query, user=self.user(), format=self.chance.choice(["json", "xml"])))

    def relate(self):
        mark, choice = self.values.known("issue"), self.chance.random()
        if not mark:
            return
        if choice < 0.6:
            kinds = ["relates", "duplicates", "blocks", "precedes", "copied_to", "duplicated", "blocked", "follows", "copied_from"]
            body = {"issue_to_id": self.values.some("issue")}
            if self.chance.random() < 0.8:
                body["relation_type"] = self.values.pick(kinds, ["x", ""])
            if self.chance.random() < 0.3:
                body["delay"] = self.values.pick([0, 2, "3"], ["x", -1])
            number = self.create("relation", Request("POST", f"/issues/{mark}/relations", body={"relation": body}, user=self.user(),
                                                     format=self.format()))
            if number:
                self.check_issue(int(mark.strip("@").split(":")[1]), "POST /issues/N/relations")
        elif choice < 0.75:
            self.ask(Request("GET", f"/issues/{mark}/relations", user=self.user(), format=self.format()))
        else:
            self.remove_or_show("relation", 0.5)

    def remove_or_show(self, kind, share, user=None):
        mark = self.values.known(kind_of(kind)) if kind not in ("user", "group") else None
        if kind in ("user", "group") and self.pools.get(kind):
            mark = f"@principal:{self.chance.choice(self.pools[kind])}@"
        if not mark:
            return
        method = "DELETE" if self.chance.random() < share else "GET"
        query = [("reassign_to_id", str(self.values.some("category")))] if kind == "category" and method == "DELETE" else []
        if query and self.chance.random() < 0.4:
            query.append(("todo", self.chance.choice(["reassign", "nullify", "x", ""])))
        answers, _ = self.ask(Request(method, f"/{PLACES[kind]}/{mark}", query, user=user or self.user(), format=self.format()))
        statuses = [answer.status for answer in answers]
        if method == "DELETE" and any(status == 204 for status in statuses) or statuses == [404, 404]:
            self.drop(kind, int(mark.strip("@").split(":")[1]))

    def watch(self):
        mark = self.values.known("issue")
        if not mark:
            return
        if self.chance.random() < 0.6:
            several = {"user_ids": [self.values.user(), self.values.user(["maya", "devon"])]}
            body = several if self.chance.random() < 0.2 else {"user_id": self.values.user()}
            self.ask(Request("POST", f"/issues/{mark}/watchers", body=body, user=self.user(), format=self.format()))
        else:
            who = str(self.values.user() or GONE).split(".", maxsplit=1)[0]
            self.ask(Request("DELETE", f"/issues/{mark}/watchers/{who}", user=self.user(), format=self.format()))
        self.check_issue(int(mark.strip("@").split(":")[1]), "watching")

    def make_version(self, project=None, user=None):
        body = self.values.version(self.name())
        self.create("version", Request("POST", f"/projects/{project or self.project()}/versions", body={"version": body},
                                       user=user or self.user(), format=self.format()))

    def make_category(self, project=None, user=None):
        body = {"name": self.values.pick([self.name()], ["", "x" * 61, None])}
        if self.chance.random() < 0.3:
            body["assigned_to_id"] = self.values.user()
        self.create("category", Request("POST", f"/projects/{project or self.project()}/issue_categories", body={"issue_category": body},
                                        user=user or self.user(), format=self.format()))

    def parts(self):
        """Versions, categories, memberships and news: made, changed, listed, shown, deleted."""
        kind = self.chance.choice(["version", "category", "membership", "news"])
        listed, choice, user = {"category": "issue_categories"}.get(kind, PLACES[kind]), self.chance.random(), self.user()
        if choice < 0.2:
            path = f"/projects/{self.project()}/{listed}"
            if kind in ("version", "category"):
                return self.make_version() if kind == "version" else self.make_category()
            if kind == "membership":
                body = {"user_id": self.values.user(["nora", "greta", "rita"]), "role_ids": self.roles()}
                return self.create(kind, Request("POST", path, body={kind: body}, user=user, format=self.format()))
            return self.make_news(path, user)
        if choice < 0.45:
            path = f"/projects/{self.project()}/{listed}"
            self.ask(Request("GET", path, self.page(), user=user, format=self.format(), unordered=kind == "membership"))
        elif choice < 0.75:
            self.change_part(kind, user)
        else:
            self.remove_or_show(kind, 0.3, user)

    def page(self):
        return [self.chance.choice([("nometa", "1"), ("limit", "100"), ("offset", "0"), ("page", "1")])] if self.chance.random() < 0.3 else []

    def roles(self):
        return self.values.pick([["@role:4@"], ["@role:5@"], ["@role:3@", "@role:5@"]], [[], [GONE], ["abc"], None])

    def make_news(self, path, user):
        body = {"title": self.values.pick([self.name()], ["", "x" * 61, None]), "description": self.values.text()}
        if self.chance.random() < 0.5:
            body["summary"] = self.values.pick(TEXTS, [LONG])
        answers, _ = self.ask(Request("POST", path, body={"news": body}, user=user, format=self.format()))
        if all(answer.status == 204 for answer in answers):
            found = [read_body(answer)["news"] for answer in self.quietly(Request("GET", path))]
            numbers = [next((item["id"] for item in items if item["title"] == body["title"]), None) for items in found]
            if all(numbers):
                self.numbers.learn("news", *numbers)
                self.pools.setdefault("news", []).append(numbers[0])

    def change_part(self, kind, user):
        mark = self.values.known(kind)
        if not mark:
            return
        body = {"version": lambda: self.values.version(self.name()), "membership": lambda: {"role_ids": self.roles()},
                "category": lambda: {"name": self.values.pick([self.name()], ["", LONG]), "assigned_to_id": self.values.user()},
                "news": lambda: {"title": self.values.pick([self.name()], ["", LONG]), "summary": self.values.text()}}[kind]()
        root = "issue_category" if kind == "category" else kind
        path = f"/{PLACES[kind]}/{mark}"
        answers, _ = self.ask(Request("PUT", path, body={root: body}, user=user, format=self.format()))
        after = ("refused " if answers[0].status == answers[1].status == 422 else "") + f"PUT /{PLACES[kind]}/N"
        if not self.ask(Request("GET", path, format=self.format(), after=after))[1]:
            self.drop(kind, int(mark.strip("@").split(":")[1]))

    def times(self):
        choice, user = self.chance.random(), self.user()
        if choice < 0.35:
            body = {"time_entry": self.values.time_entry(True)}
            path = f"/projects/{self.project()}/time_entries" if self.chance.random() < 0.2 else "/time_entries"
            self.create("time_entry", Request("POST", path, body=body, user=user, format=self.format()))
        elif choice < 0.55 and self.values.known("time_entry"):
            path = f"/time_entries/{self.values.known('time_entry')}"
            self.ask(Request("PUT", path, body={"time_entry": self.values.time_entry(False)}, user=user, format=self.format()))
            if not self.ask(Request("GET", path, format=self.format(), after="PUT /time_entries/N"))[1]:
                self.drop("time_entry", int(path.strip("@").split(":")[1]))
        elif choice < 0.85:
            query, odd = [(name, self.fill(self.chance.choice(TIME_FILTERS[name])))
                          for name in self.chance.sample(list(TIME_FILTERS), self.chance.randint(0, 2))], ""
            if self.chance.random() < 0.3:
                query, odd = self.long_filters({name: values for name, values in TIME_FILTERS.items() if name not in ("from", "to")},
                                               TIME_JUDGED)
            if self.chance.random() < 0.3:
                query.append(("sort", self.chance.choice(TIME_ORDERS)))
            path = f"/projects/{self.project()}/time_entries"
            if self.chance.random() < 0.3:
                path, query = "/time_entries", query + [("project_id", self.project())]
            self.ask(Request("GET", path, query + self.page(), user=user, format=self.format(), unordered=True, after=odd))
        else:
            self.remove_or_show("time_entry", 0.3, user)

    def projects(self):
        choice, user, project = self.chance.random(), self.user("admin maya"), self.project()
        includes = ["trackers", "issue_categories", "time_entry_activities", "enabled_modules", "issue_custom_fields"]
        if choice < 0.5:
            query = [("include", ",".join(self.chance.sample(includes, 2)))]
            self.ask(Request("GET", f"/projects/{project}", query, user=self.user(), format=self.format()))
        elif choice < 0.7:
            identifier = self.name()
            members = self.values.project(identifier, True)
            number = self.create("project", Request("POST", "/projects", body={"project": members}, user=user, format=self.format()))
            if number:
                path = f"/projects/@project:{number}@"
                self.ask(Request("GET", path, [("include", ",".join(includes))], after="POST /projects"))
                self.change_project(path, user)
                self.drop("project", number)
        else:
            query = [self.chance.choice([("name", "~walk"), ("is_public", "0"), ("parent_id", project), ("include", "trackers"), ("x", "1")])]
            self.ask(Request("GET", "/projects", query + [("limit", "100")], user=self.user(), format=self.format(), known_only=True))

    def change_project(self, path, user):
        for _ in range(self.chance.randint(0, 3)):
            if self.chance.random() < 0.5:
                body = {"project": self.values.project(self.name(), False)}
                answers, _ = self.ask(Request("PUT", path, body=body, user=user, format=self.format()))
            else:
                verb = self.chance.choice(["archive", "unarchive", "close", "reopen"])
                method = self.chance.choice(["PUT", "POST"])
                answers, _ = self.ask(Request(method, f"{path}/{verb}", user=user, format=self.format()))
            after = ("refused " if answers[0].status == answers[1].status == 422 else "") + "PUT /projects/P"
            if not self.ask(Request("GET", path, [("include", "trackers,enabled_modules")], after=after))[1]:
                return

    def people(self):
        kind, choice, user = self.chance.choice(["user", "group"]), self.chance.random(), self.user("admin admin admin maya")
        name = self.name()
        if choice < 0.3:
            body = self.values.account(name, True) if kind == "user" else {"name": self.values.pick([name], ["", LONG, "QA", None]),
                                                                          "user_ids": self.values.pick([[], ["@principal:8@"]], [[GONE]])}
            return self.create(kind, Request("POST", f"/{PLACES[kind]}", body={kind: body}, user=user, format=self.format()))
        if choice < 0.45 or not self.pools.get(kind):
            query = self.values.pick([[("name", self.prefix)], [("name", "maya")], [("status", "3"), ("name", "luke")],
                                      [("group_id", "@principal:11@")]]) if kind == "user" else []
            return self.ask(Request("GET", f"/{PLACES[kind]}", query, user=user, format=self.format(), known_only=True))
        mark = f"@principal:{self.chance.choice(self.pools[kind])}@"
        path = f"/{PLACES[kind]}/{mark}"
        if choice < 0.75:
            members = self.values.account(name, False) if kind == "user" else {"name": self.values.pick([name], ["", LONG])}
            self.ask(Request("PUT", path, body={kind: members}, user=user, format=self.format()))
            include = [("include", "groups,memberships" if kind == "user" else "users,memberships")]
            if not self.ask(Request("GET", path, include, format=self.format(), after=f"PUT /{PLACES[kind]}/N"))[1]:
                self.drop(kind, int(mark.strip("@").split(":")[1]))
        elif choice < 0.85 and kind == "group":
            method = self.chance.choice(["POST", "DELETE"])
            who = str(self.values.user(["nora", "greta"]) or GONE).split(".", maxsplit=1)[0]
            self.ask(Request("POST", f"{path}/users", body={"user_id": who}, user=user, format=self.format()) if method == "POST" else
                     Request("DELETE", f"{path}/users/{who}", user=user, format=self.format()))
        else:
            self.remove_or_show(kind, 0.3, user)
        return None

    def account(self):
        """A user of the walk reads and changes its own account."""
        body = self.values.account(self.name(), True)
        body = {**body, "login": self.name(), "password": "long-enough-1", "mail": f"{self.name()}@example.org", "firstname": "A",
                "lastname": "B", "status": 1, "mail_notification": "all"}
        number = self.create("user", Request("POST", "/users", body={"user": body}))
        if number:
            user = body["login"] + ":long-enough-1"
            self.ask(Request("GET", "/my/account", user=user, format=self.format()))
            members = {key: value for key, value in self.values.account(self.name(), False).items() if key not in ("password", "status")}
            self.ask(Request("PUT", "/my/account", body={"user": members}, user=user, format=self.format()))
            self.ask(Request("GET", "/my/account", user=user, format=self.format(), after="PUT /my/account"))
            self.drop("user", number)

    def wiki(self):
        base, choice, user = f"/projects/{self.project()}/wiki", self.chance.random(), self.user()
        title = self.chance.choice(["Wiki", "First_page", "first page", "Ünï", "Second", "Third", "a.b", "No such"])
        path = f"{base}/{urllib.parse.quote(title)}"
        if choice < 0.4:
            body = {"text": self.values.pick(TEXTS, ["", None])}
            for key, maker in (("comments", self.values.text), ("version", lambda: self.chance.choice([1, 2, 99, "x"])),
                               ("parent_title", lambda: self.chance.choice(["Wiki", "", "None such"]))):
                if self.chance.random() < 0.25:
                    body[key] = maker()
            self.ask(Request("PUT", path, body={"wiki_page": body}, user=user, format=self.format()))
            self.ask(Request("GET", path, format=self.format(), after="PUT wiki"))
        elif choice < 0.6:
            self.ask(Request("GET", f"{base}/index", user=user, format=self.format()))
        elif choice < 0.9:
            path = self.chance.choice([path, path, base, path + "/1", path + "/99", path + "/x"])
            query = [("include", "attachments")] if self.chance.random() < 0.3 else []
            self.ask(Request("GET", path, query, user=user, format=self.format()))
        else:
            self.ask(Request("DELETE", path, user=user, format=self.format()))

    def files(self):
        path, choice, user = f"/projects/{self.project()}/files", self.chance.random(), self.user()
        if choice < 0.4:
            token = self.token(user, self.chance.choice(["a.txt", "b c.bin", "ä.png"])) or "1.bad"
            body = {"token": token}
            if self.chance.random() < 0.5:
                body.update(description="described", version_id=self.values.some("version"))
            self.ask(Request("POST", path, body={"file": body}, user=user, format=self.format()))
        answers, _ = self.ask(Request("GET", path, user=self.user(), format="json", unordered=True))
        if answers[0].status == answers[1].status == 200:
            items = read_body(answers[0])["files"]
            if items:
                mark = f"@attachment:{self.chance.choice(items)['id']}@"
                self.attachment(mark)

    def attachment(self, mark):
        path, choice, user = f"/attachments/{mark}", self.chance.random(), self.user()
        if choice < 0.4:
            body = {"attachment": self.values.pick([{"filename": "new.txt"}, {"description": "x"}, {"content_type": "text/plain"}],
                                                   [{"filename": ""}, {"description": LONG}, {"filename": LONG}])}
            self.ask(Request(self.chance.choice(["PUT", "PATCH"]), path, body=body, user=user, format=self.format()))
        elif choice < 0.5:
            answers, _ = self.ask(Request("DELETE", path, user=user, format=self.format()))
            if any(answer.status == 204 for answer in answers):
                self.quietly(Request("DELETE", path))
            return
        self.ask(Request("GET", path, user=user, format=self.format()))

    def look_up(self):
        path = self.chance.choice(PERMITTED_READS)
        query = [("include", "users,memberships")] if "/users/" in path and "N" in path else []
        self.ask(Request("GET", path, query + [("limit", "100")], user=self.user(" ".join(USERS)), format=self.format(), known_only=True))

    def look_at_project(self):
        """Lists without a step of their own."""
        place, project = self.chance.choice(["news", "versions", "memberships", "wiki/index", "files", "issue_categories"]), self.project()
        user = self.user(" ".join(USERS))
        if place == "news" and self.chance.random() < 0.5 and self.pools.get("news"):
            path, query = f"/news/{self.values.known('news')}", [("include", self.chance.choice(["comments", "attachments", "comments,attachments"]))]
        else:
            path, query = f"/projects/{project}/{place}", self.page()
        unordered = place in ("memberships", "files")
        self.ask(Request("GET", path, query, user=user, format=self.format(), unordered=unordered))

    def search(self):
        words = self.chance.choice(["plain", "tags", "next", "zzz", "a", "", "Zürich", "plain text", "\"Plain text\"", "blanks", "plain word",
                                    "line next", "text plain", "bold lines", "described"])
        query = [("q", words)]
        if self.chance.random() < 0.3:
            query.append(self.chance.choice([("attachments", "1"), ("attachments", "only"), ("attachments", "0"), ("attachments", ""),
                                             ("scope", "subprojects"), ("scope", "x"), ("documents", "1"), ("messages", "1")]))
        for key in self.chance.sample(["issues", "news", "wiki_pages", "projects", "titles_only", "all_words", "open_issues"], 2):
            if self.chance.random() < 0.5:
                query.append((key, self.chance.choice(["1", "1", ""])))
        self.ask(Request("GET", f"/projects/{self.project()}/search", query, user=self.user(), format=self.format(), unordered=True))

    def journals(self):
        mark = self.values.known("issue")
        if not mark:
            return
        answers = self.quietly(Request("GET", f"/issues/{mark}", [("include", "journals")]))
        if any(answer.status != 200 for answer in answers):
            return
        entries = [read_body(answer)["issue"]["journals"] for answer in answers]
        if entries[0] and len(entries[0]) == len(entries[1]):
            place = self.chance.randrange(len(entries[0]))
            self.numbers.learn("journal", entries[0][place]["id"], entries[1][place]["id"])
            body = {"journal": self.values.pick([{"notes": "changed"}, {"notes": ""}, {"private_notes": True}, {}])}
            self.ask(Request("PUT", f"/journals/@journal:{entries[0][place]['id']}@", body=body, user=self.user(), format=self.format()))
            self.check_issue(int(mark.strip("@").split(":")[1]), "PUT /journals/N")

    def broken(self):
        """Bodies that are none, formats that are none."""
        path = self.chance.choice(["/issues", "/projects", "/time_entries", f"/projects/{self.project()}/versions", "/users"])
        raw = self.chance.choice([b"{", b"", b"[]", b"<issue>", b"{}", b"null", b'{"issue":{}}', b"\xff\xfe"])
        kind = self.chance.choice(["application/json", "application/xml", "text/plain", "application/x-www-form-urlencoded"])
        form = self.chance.choice(["json", "xml", "txt", ""])
        self.ask(Request(self.chance.choice(["POST", "PUT", "DELETE"]), path, user=self.user(), raw=raw, kind=kind, format=form))

    def run(self):
        steps = {self.make_issue: 12, self.change_issue: 16, self.list_issues: 22, self.delete_issue: 1, self.show_issue: 4, self.relate: 6,
                 self.watch: 3, self.parts: 12, self.times: 9, self.projects: 4, self.people: 6, self.account: 1, self.wiki: 5,
                 self.files: 4, self.look_up: 8, self.look_at_project: 5, self.search: 3, self.journals: 2, self.broken: 2}
        self.tokens = {}
        resolve = self.numbers.resolve
        self.numbers.resolve = lambda text, side: resolve(re.sub(r"@token:(\d+)@", lambda found: self.tokens[found[1]], text)
                                                          if side == 0 else text, side)
        try:
            self.prepare()
            while self.sent < self.options.requests:
                self.chance.choices(list(steps), list(steps.values()))[0]()
        finally:
            self.clean_up([self.sides[0]])

    def close(self):
        pages = {}
        for count, page in self.explained.values():
            pages[page] = pages.get(page, 0) + count
        for page, count in sorted(pages.items()):
            print(f"known {count:5}  {page}")
        for name, (count, _) in sorted(self.kinds.items()):
            print(f"FAIL  {count:5}  {name}")
        print(f"seed {self.options.seed}, {self.sent} requests, {len(self.explained)} explained kinds, {len(self.kinds)} unexplained kinds")
        print(f"{self.alike} passed, {len(self.kinds)} failed")
        return 1 if self.kinds else 0


def kind_of(kind):
    return "principal" if kind in ("user", "group") else kind


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redmine", default=os.environ.get("REDMINE_URL"), required=not os.environ.get("REDMINE_URL"))
    parser.add_argument("--parley", default=os.environ.get("PARLEY"), required=not os.environ.get("PARLEY"))
    parser.add_argument("--requests", type=int, default=int(os.environ.get("WALK_REQUESTS", "3000")))
    parser.add_argument("--log", help="a file for a line about each request")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WALK_SEED", "1")))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before the end"))
    with tempfile.TemporaryDirectory(prefix="parley-walk-") as folder:
        copy = os.path.join(folder, "parley")
        shutil.copy2(options.parley, copy)
        os.environ["PARLEY_BINARY"] = copy
        from server import WORLD, Server
        with Server(world=WORLD) as server:
            walk = Walk(options.redmine, server.base, yaml.safe_load(WORLD.read_text()), options)
            walk.run()
            status = walk.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
