#!/usr/bin/env python3
"""A session of the python-redmine library, which knows nothing of Parley, with the Redmine dialect.

Without arguments it starts a server of its own. With --base URL it talks to a running tracker that has the world of
Conformance/redmine (a real Redmine, to prove this script); what it makes there it deletes.
"""
import argparse
import datetime
import sys
import uuid

import yaml
from redminelib import Redmine
from redminelib import exceptions as errors

import redmine_content
import redmine_order
import redmine_people
import redmine_shapes
import redmine_tracking
from redmine_session import EXPECTED_TO_FAIL, SessionChecks, raises
from server import WORLD, Server, check_ending, world_secrets

PAGED = 230  # the library asks for a hundred at once


class Room:
    """Two projects of our own, one below the other, with members; what else is made is noted, to be deleted."""

    def __init__(self, base, users, connect, unique):
        self.admin, self.connect, self.unique = connect["admin"], connect, unique
        self.admin_key, self.outsider, self.anonymous = users["admin"]["api_key"], connect["nora"], Redmine(base)
        self.main, self.part = f"room-{unique}", f"room-{unique}-part"
        self.ids = {login: connect[login].auth().id for login in ("admin", "maya", "devon", "rita", "nora")}
        self.users, self.groups = [], []

    def furnish(self):
        trackers = [t.id for t in self.admin.tracker.all()]
        modules = ["issue_tracking", "time_tracking", "news", "documents", "files", "wiki"]
        project = self.admin.project.create(name=f"Room {self.unique}", identifier=self.main, is_public=True,
                                            tracker_ids=trackers, enabled_module_names=modules)
        self.admin.project.create(name=f"Room {self.unique}, part", identifier=self.part, is_public=True, parent_id=project.id,
                                  tracker_ids=trackers, enabled_module_names=modules)
        roles = {r.name: r.id for r in self.admin.role.all()}
        for login, role in (("maya", "Manager"), ("devon", "Developer"), ("rita", "Reporter")):
            self.admin.project_membership.create(project_id=self.main, user_id=self.ids[login], role_ids=[roles[role]])
        self.admin.project_membership.create(project_id=self.part, user_id=self.ids["maya"], role_ids=[roles["Manager"]])

    def clear(self):
        for manager, made in ((self.admin.group, self.groups), (self.admin.user, self.users),
                              (self.admin.project, [self.part, self.main])):
            for one in made:
                raises(errors.BaseRedmineError, lambda: manager.delete(one))


def room_session(checks, base, users, connect, unique):
    """The parts that play in a room of their own."""
    room = Room(base, users, connect, unique)
    try:
        room.furnish()
        for module in (redmine_tracking, redmine_order, redmine_content, redmine_people, redmine_shapes):
            for part, *arguments in module.parts(room):
                checks.complete(f"the part '{part.__name__}' of {module.__name__} runs to its end", part, checks, *arguments)
    finally:
        room.clear()


def session(checks, base, world):
    """Everything, with projects of our own that are deleted at the end."""
    users = {user["login"]: user for user in world["users"]}
    connect = {login: Redmine(base, key=user["api_key"]) for login, user in users.items()}
    unique = uuid.uuid4().hex[:8]
    identifiers = [f"client-{unique}", f"client-{unique}-sub"]
    parts = [
        (authentication, base, users, connect), (vocabulary, connect), (projects, connect, identifiers),
        (issues, connect, identifiers[0], unique), (journals, connect, identifiers[0], unique),
        (custom_fields, connect, identifiers[0], unique), (conflicts, connect["admin"], identifiers[0], unique),
        (filters, connect["admin"], identifiers, unique), (paging, connect["admin"], identifiers[0]),
        (room_session, base, users, connect, unique),
    ]
    try:
        for part, *arguments in parts:
            checks.complete(f"the part '{part.__name__}' runs to its end", part, checks, *arguments)
    finally:
        for identifier in reversed(identifiers):
            raises(errors.ResourceNotFoundError, lambda: connect["admin"].project.delete(identifier))
    checks.check("a deleted project is gone",
                 lambda: raises(errors.ResourceNotFoundError, lambda: connect["admin"].project.get(identifiers[0])))


def authentication(checks, base, users, connect):
    devon = users["devon"]
    current = connect["devon"].user.get("current")
    checks.equal("an API key says who one is", current.login, "devon")
    checks.equal("the current user has names", (current.firstname, current.lastname), ("Devon", "Developer"))
    checks.equal("the current user sees the own key", current.api_key, devon["api_key"])
    checks.equal("the current user has an address", current.mail, devon["email"])
    by_password = Redmine(base, username="devon", password=devon["password"])
    checks.equal("login and password say who one is", by_password.user.get("current").id, current.id)
    by_parameter = Redmine(base, requests={"params": {"key": devon["api_key"]}})
    checks.equal("a key as a parameter says who one is", by_parameter.user.get("current").id, current.id)
    by_basic_key = Redmine(base, username=devon["api_key"], password="anything")
    checks.equal("a key as a Basic user says who one is", by_basic_key.user.get("current").id, current.id)
    checks.equal("auth() answers the account", Redmine(base, username="rita", password=users["rita"]["password"]).auth().login, "rita")
    impersonated = Redmine(base, key=users["admin"]["api_key"], impersonate="rita")
    checks.equal("an administrator acts as another", impersonated.user.get("current").login, "rita")
    for name, client in (("a wrong key", Redmine(base, key="0" * 40)),
                         ("a wrong password", Redmine(base, username="devon", password="wrong")),
                         ("a locked account", Redmine(base, key=users["luke"]["api_key"])),
                         ("nobody", Redmine(base))):
        checks.check(f"{name} is nobody's", lambda: raises(errors.AuthError, lambda: client.user.get("current")))
    checks.check("acting as nobody known is refused", lambda: raises(
        errors.ImpersonateError, lambda: Redmine(base, key=users["admin"]["api_key"], impersonate="nobody-here").user.get("current")))


def vocabulary(checks, connect):
    client = connect["devon"]
    statuses = list(client.issue_status.all())
    checks.equal("statuses", [s.name for s in statuses], ["New", "In Progress", "Resolved", "Feedback", "Closed", "Rejected"])
    checks.equal("closed statuses", [s.name for s in statuses if s.is_closed], ["Closed", "Rejected"])
    trackers = list(client.tracker.all())
    checks.equal("trackers", [t.name for t in trackers], ["Bug", "Feature", "Support"])
    checks.equal("a tracker's default status", trackers[0].default_status["name"], "New")
    priorities = list(client.enumeration.filter(resource="issue_priorities"))
    checks.equal("priorities", [p.name for p in priorities], ["Low", "Normal", "High", "Urgent", "Immediate"])
    checks.equal("the default priority", [p.name for p in priorities if p.is_default], ["Normal"])
    fields = {f.name: f for f in connect["admin"].custom_field.all()}
    checks.equal("a custom field's format", fields["Affected version"].field_format, "list")
    checks.check("custom fields are for administrators", lambda: raises(errors.ForbiddenError, lambda: list(client.custom_field.all())))
    roles = {r.name: r for r in client.role.all()}
    checks.check("roles", {"Manager", "Developer", "Reporter"} <= set(roles))


def projects(checks, connect, identifiers):
    admin, (identifier, sub) = connect["admin"], identifiers
    trackers = [t.id for t in admin.tracker.all()]
    created = admin.project.create(name="Client session", identifier=identifier, description="Made by a client", is_public=True,
                                   tracker_ids=trackers, enabled_module_names=["issue_tracking", "time_tracking"])
    checks.check("a created project has an id", isinstance(created.id, int))
    shown = admin.project.get(identifier, include=["trackers", "enabled_modules"])
    checks.equal("a project by identifier", (shown.id, shown.name, shown.description), (created.id, "Client session", "Made by a client"))
    checks.equal("a project by id", admin.project.get(created.id).identifier, identifier)
    checks.equal("a project's trackers", [t.id for t in shown.trackers], trackers)
    checks.equal("a project's modules", sorted(shown.enabled_modules), ["issue_tracking", "time_tracking"])
    checks.check("a project has times", isinstance(shown.created_on, datetime.datetime))
    checks.check("a project's update is accepted", lambda: admin.project.update(identifier, description="Changed", homepage="http://example.org/"))
    checks.equal("an update stays", (admin.project.get(identifier).description, admin.project.get(identifier).homepage),
                 ("Changed", "http://example.org/"))
    child = admin.project.create(name="Client session, part", identifier=sub, parent_id=created.id)
    checks.equal("a sub-project has its parent", child.parent.id, created.id)
    every = list(admin.project.all())
    checks.check("projects are listed", {"alpha", identifier, sub} <= {p.identifier for p in every})
    refused = raises(errors.ValidationError, lambda: admin.project.create(name="", identifier=identifier))
    checks.check("a project without a name is refused in words",
                 refused and "Name cannot be blank" in str(refused) and "Identifier has already been taken" in str(refused), str(refused))
    checks.check("a member may not make projects",
                 lambda: raises(errors.ForbiddenError, lambda: connect["rita"].project.create(name="x", identifier=f"{sub}-x")))
    checks.check("an unknown project is not found", lambda: raises(errors.ResourceNotFoundError, lambda: admin.project.get("no-such-thing")))
    checks.check("a private project is forbidden to outsiders",
                 lambda: raises(errors.ForbiddenError, lambda: connect["rita"].project.get("vault")))


def issues(checks, connect, identifier, unique):
    admin = connect["admin"]
    high = next(p for p in admin.enumeration.filter(resource="issue_priorities") if p.name == "High")
    today = datetime.date.today()
    created = admin.issue.create(project_id=identifier, subject=f"Crash {unique}", description="Line one\nLine two",
                                 priority_id=high.id, start_date=today, due_date=today + datetime.timedelta(days=7),
                                 estimated_hours=4, done_ratio=10)
    checks.check("a created issue has an id", isinstance(created.id, int))
    shown = admin.issue.get(created.id)
    # Redmine ends a description's lines with CR LF, however they came; either is right here.
    checks.equal("subject and description", [shown.subject, *shown.description.splitlines()], [f"Crash {unique}", "Line one", "Line two"])
    checks.equal("defaults", (shown.tracker.name, shown.status.name, shown.author.name), ("Bug", "New", "Redmine Admin"))
    checks.equal("priority", (shown.priority.id, shown.priority.name), (high.id, "High"))
    checks.equal("dates", (shown.start_date, shown.due_date), (today, today + datetime.timedelta(days=7)))
    checks.equal("effort", (shown.estimated_hours, shown.done_ratio), (4.0, 10))
    checks.check("an issue's update is accepted", lambda: admin.issue.update(created.id, subject=f"Changed {unique}", done_ratio=50))
    shown = admin.issue.get(created.id)
    checks.equal("an update stays, the rest too", [shown.subject, shown.done_ratio, *shown.description.splitlines()],
                 [f"Changed {unique}", 50, "Line one", "Line two"])
    shown.subject = f"Saved {unique}"
    checks.check("an issue is saved", shown.save())
    checks.equal("what was saved stays", admin.issue.get(created.id).subject, f"Saved {unique}")
    child = admin.issue.create(project_id=identifier, subject=f"Child {unique}", parent_issue_id=created.id)
    checks.equal("a child has its parent", admin.issue.get(child.id).parent.id, created.id)
    checks.equal("a parent has its children", [c.id for c in admin.issue.get(created.id, include=["children"]).children], [child.id])
    refused = raises(errors.ValidationError, lambda: admin.issue.create(project_id=identifier, subject=""))
    checks.equal("an empty subject is refused in words", str(refused), "Subject cannot be blank")
    refused = raises(errors.ValidationError, lambda: admin.issue.update(child.id, done_ratio=101))
    checks.check("a progress over 100 is refused", refused, str(refused))
    checks.check("nobody anonymous creates", lambda: raises(
        errors.AuthError, lambda: Redmine(admin.url).issue.create(project_id=identifier, subject="x")))
    checks.check("an outsider may not update", lambda: raises(
        errors.ForbiddenError, lambda: connect["nora"].issue.update(created.id, subject="x")) or
        connect["nora"].issue.get(created.id).subject == f"Saved {unique}")
    checks.check("an outsider may not delete", lambda: raises(errors.ForbiddenError, lambda: connect["nora"].issue.delete(created.id)))
    checks.check("an issue is deleted", lambda: admin.issue.delete(child.id))
    checks.check("a deleted issue is gone", lambda: raises(errors.ResourceNotFoundError, lambda: admin.issue.get(child.id)))


def journals(checks, connect, identifier, unique):
    admin = connect["admin"]
    statuses = {s.name: s.id for s in admin.issue_status.all()}
    issue = admin.issue.create(project_id=identifier, subject=f"Talk {unique}")
    admin.issue.update(issue.id, notes="A first note")
    admin.issue.update(issue.id, notes="Working on it", status_id=statuses["In Progress"])
    admin.issue.update(issue.id, subject=f"Talk changed {unique}")
    told = list(admin.issue.get(issue.id, include=["journals"]).journals)
    checks.equal("journals in order", [getattr(j, "notes", "") or "" for j in told], ["A first note", "Working on it", ""])
    checks.equal("a journal's author", told[0].user.name, "Redmine Admin")
    checks.equal("a note alone has no details", list(told[0].details), [])
    expected = [{"property": "attr", "name": "status_id", "old_value": str(statuses["New"]), "new_value": str(statuses["In Progress"])}]
    checks.equal("a status change's details", [dict(d) for d in told[1].details], expected)
    expected = [{"property": "attr", "name": "subject", "old_value": f"Talk {unique}", "new_value": f"Talk changed {unique}"}]
    checks.equal("a subject change's details", [dict(d) for d in told[2].details], expected)
    admin.issue.update(issue.id, subject=f"Talk changed {unique}")
    checks.equal("an update that changes nothing leaves no journal",
                 len(list(admin.issue.get(issue.id, include=["journals"]).journals)), 3)
    admin.issue.update(issue.id, status_id=statuses["Closed"])
    checks.check("closing sets a time", isinstance(admin.issue.get(issue.id).closed_on, datetime.datetime))
    admin.issue.update(issue.id, notes="Between us", private_notes=True)
    seen = [getattr(j, "notes", "") for j in connect["nora"].issue.get(issue.id, include=["journals"]).journals]
    checks.check("a private note is hidden from outsiders", "A first note" in seen and "Between us" not in seen, str(seen))


def custom_fields(checks, connect, identifier, unique):
    admin = connect["admin"]
    ids = {field.name: field.id for field in admin.custom_field.all()}
    issue = admin.issue.create(project_id=identifier, subject=f"Fields {unique}", custom_fields=[
        {"id": ids["Customer"], "value": f"ACME {unique}"}, {"id": ids["Affected version"], "value": ["1.0.0", "1.0.2"]}])

    def values():
        return {f.name: getattr(f, "value", None) for f in admin.issue.get(issue.id).custom_fields}
    checks.equal("values of custom fields", (values()["Customer"], values()["Affected version"]), (f"ACME {unique}", ["1.0.0", "1.0.2"]))
    checks.equal("a default value", values()["Needs docs"], "0")
    admin.issue.update(issue.id, custom_fields=[{"id": ids["Customer"], "value": "Other"}])
    checks.equal("one field changes, the other stays", (values()["Customer"], values()["Affected version"]), ("Other", ["1.0.0", "1.0.2"]))
    details = [dict(d) for j in admin.issue.get(issue.id, include=["journals"]).journals for d in j.details]
    checks.equal("a custom field's details", details, [
        {"property": "cf", "name": str(ids["Customer"]), "old_value": f"ACME {unique}", "new_value": "Other"}])
    found = admin.issue.filter(project_id=identifier, **{f"cf_{ids['Customer']}": "Other"})
    checks.equal("a filter by custom field", [i.id for i in found], [issue.id])
    refused = raises(errors.ValidationError, lambda: admin.issue.update(issue.id, custom_fields=[{"id": ids["Ticket code"], "value": "bad"}]))
    checks.equal("a value that fits no pattern is refused", str(refused), "Ticket code is invalid")
    refused = raises(errors.ValidationError, lambda: admin.issue.update(issue.id, custom_fields=[{"id": ids["Resolution"], "value": "Perhaps"}]))
    checks.equal("a value outside the list is refused", str(refused), "Resolution is not included in the list")


def conflicts(checks, admin, identifier, unique):
    issue = admin.issue.create(project_id=identifier, subject=f"Two editors {unique}")

    def refused(version):
        return raises(errors.BaseRedmineError, lambda: admin.issue.update(issue.id, subject=f"Late {unique}", lock_version=version))
    admin.issue.update(issue.id, subject=f"First {unique}", lock_version=1)
    checks.check("a stale lock_version is refused", refused(1))
    checks.equal("the first editor's change stays", admin.issue.get(issue.id).subject, f"First {unique}")
    checks.check("a current lock_version is accepted", not refused(2))
    checks.equal("and its change stays", admin.issue.get(issue.id).subject, f"Late {unique}")


def filters(checks, admin, identifiers, unique):
    statuses = {s.name: s.id for s in admin.issue_status.all()}
    trackers = {t.name: t.id for t in admin.tracker.all()}
    me = admin.user.get("current").id
    word = f"needle{unique}"
    mine = admin.issue.create(project_id=identifiers[0], subject=f"a {word}", assigned_to_id=None, tracker_id=trackers["Feature"])
    closed = admin.issue.create(project_id=identifiers[0], subject=f"b {word}")
    admin.issue.update(closed.id, status_id=statuses["Closed"])

    def found(**how):
        return [i.id for i in admin.issue.filter(project_id=identifiers[0], subject=f"~{word}", **how)]
    checks.equal("open ones are the default", found(), [mine.id])
    checks.equal("closed ones", found(status_id="closed"), [closed.id])
    checks.equal("all, newest first", found(status_id="*"), [closed.id, mine.id])
    checks.equal("all, by id", found(status_id="*", sort="id"), [mine.id, closed.id])
    checks.equal("all, by subject backwards", found(status_id="*", sort="subject:desc"), [closed.id, mine.id])
    checks.equal("by tracker", found(status_id="*", tracker_id=trackers["Feature"]), [mine.id])
    checks.equal("by author", found(status_id="*", author_id=me, sort="id"), [mine.id, closed.id])
    checks.equal("by author me", found(status_id="*", author_id="me", sort="id"), [mine.id, closed.id])
    checks.equal("assigned to nobody", found(status_id="*", assigned_to_id="!*", sort="id"), [mine.id, closed.id])
    checks.equal("by ids", [i.id for i in admin.issue.filter(issue_id=f"{mine.id},{closed.id}", status_id="*", sort="id")], [mine.id, closed.id])
    today = datetime.date.today()
    checks.equal("created since yesterday", found(status_id="*", created_on=f">={today - datetime.timedelta(days=1)}", sort="id"), [mine.id, closed.id])
    checks.equal("created before last week", found(status_id="*", created_on=f"<={today - datetime.timedelta(days=7)}"), [])
    part = admin.issue.create(project_id=identifiers[1], subject=f"c {word}")
    checks.equal("sub-projects are included", found(), [part.id, mine.id])
    checks.equal("and can be left out", found(subproject_id="!*"), [mine.id])


def paging(checks, admin, identifier):
    for number in range(PAGED):
        admin.issue.create(project_id=identifier, subject=f"Page {number:03d}")
    ordered = [f"Page {number:03d}" for number in range(PAGED)]
    query = {"project_id": identifier, "subject": "~Page", "sort": "id"}
    every = list(admin.issue.filter(**query))
    checks.equal("all pages together", [i.subject for i in every], ordered)
    first = admin.issue.filter(limit=25, **query)
    checks.equal("the first page", [i.subject for i in first], ordered[:25])
    checks.equal("the total beside a page", first.total_count, PAGED)
    last = admin.issue.filter(limit=25, offset=PAGED - 25, **query)
    checks.equal("the last page", [i.subject for i in last], ordered[-25:])
    across = admin.issue.filter(limit=120, offset=30, **query)
    checks.equal("more than the tracker answers at once", [i.subject for i in across], ordered[30:150])
    beyond = admin.issue.filter(limit=25, offset=PAGED, **query)
    checks.equal("a page beyond the end", [i.subject for i in beyond], [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", help="a running tracker that has the world; otherwise one is started")
    options = parser.parse_args()
    world = yaml.safe_load(WORLD.read_text())
    checks = SessionChecks({} if options.base else EXPECTED_TO_FAIL)
    if options.base:
        session(checks, options.base, world)
        return checks.close()
    with Server() as server:
        checks.complete("the session runs to its end", session, checks, server.base, world)
        check_ending(checks, server, world_secrets(world))
        if checks.failed:
            print(f"--- the server's log, its end\n{server.log_tail()}\n---")
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
