"""Users, groups, memberships, roles, one's own account, and what belongs to the whole tracker."""
import datetime

from redminelib import Redmine
from redminelib import exceptions as errors
from requests.exceptions import JSONDecodeError

from redmine_session import raises


def parts(room):
    return [(users, room), (account, room), (user_lists, room), (groups, room), (memberships, room), (roles, room),
            (vocabularies, room), (project_states, room), (refusals, room)]


def make_user(room, name, **more):
    fields = dict(login=f"{name}-{room.unique}", password="a-long-secret-1", firstname=name.title(), lastname="Temporary",
                  mail=f"{name}-{room.unique}@example.org")
    user = room.admin.user.create(**dict(fields, **more))
    room.users.append(user.id)
    return user


def users(checks, room):
    admin = room.admin
    phone = next(f.id for f in admin.custom_field.all() if f.name == "Phone")
    made = make_user(room, "una", custom_fields=[{"id": phone, "value": "555"}])
    shown = admin.user.get(made.id, include=["memberships", "groups"])
    checks.equal("a user's fields", (shown.login, shown.firstname, shown.lastname, shown.mail, shown.admin, shown.status),
                 (f"una-{room.unique}", "Una", "Temporary", f"una-{room.unique}@example.org", False, 1))
    checks.equal("a user's own fields", [(f.name, f.value) for f in shown.custom_fields], [("Phone", "555")])
    checks.equal("a new user belongs to nothing", (list(shown.memberships), list(shown.groups)), ([], []))
    checks.check("a user has a time", isinstance(shown.created_on, datetime.datetime))
    checks.check("an administrator sees a user's key", lambda: len(shown.api_key) == 40)
    own = Redmine(admin.url, username=shown.login, password="a-long-secret-1")
    checks.equal("a new user signs in", lambda: own.auth().id, made.id)
    admin.user.update(made.id, firstname="Ursula", mail=f"ursula-{room.unique}@example.org", custom_fields=[{"id": phone, "value": "556"}])
    changed = admin.user.get(made.id)
    checks.equal("a user is changed", (changed.firstname, changed.lastname, changed.mail, changed.custom_fields[0].value),
                 ("Ursula", "Temporary", f"ursula-{room.unique}@example.org", "556"))
    admin.user.update(made.id, password="another-secret-1")
    checks.refused("an old password is no more", errors.AuthError, own.auth)
    checks.equal("a new password is", lambda: Redmine(admin.url, username=shown.login, password="another-secret-1").auth().id, made.id)
    admin.user.update(made.id, status=3)
    checks.equal("a user is locked", lambda: admin.user.get(made.id).status, 3)
    checks.refused("a locked user is nobody", errors.AuthError, lambda: Redmine(admin.url, key=shown.api_key).auth())
    admin.user.update(made.id, status=1, admin=True)
    checks.equal("a user becomes an administrator", lambda: (admin.user.get(made.id).status, admin.user.get(made.id).admin), (1, True))
    checks.refused("a user without anything is refused", errors.ValidationError, lambda: admin.user.create(login=""),
                   "Email cannot be blank, Login cannot be blank, First name cannot be blank, Last name cannot be blank")
    checks.refused("a login is taken once", errors.ValidationError, lambda: make_user(room, "una", mail=f"x-{room.unique}@example.org"),
                   "Login has already been taken")
    checks.refused("an address is taken once", errors.ValidationError,
                   lambda: make_user(room, "other", mail=f"ursula-{room.unique}@example.org"), "Email has already been taken")
    checks.refused("a short password is refused", errors.ValidationError, lambda: make_user(room, "short", password="x"),
                   "Password is too short (minimum is 8 characters)")
    checks.refused("an address is an address", errors.ValidationError, lambda: make_user(room, "odd", mail="nowhere"), "Email is invalid")
    checks.refused("a developer makes no users", errors.ForbiddenError,
                   lambda: room.connect["devon"].user.create(login="x", firstname="x", lastname="x", mail="x@example.org"))
    checks.refused("a developer changes no users", errors.ForbiddenError, lambda: room.connect["devon"].user.update(made.id, firstname="x"))
    generated = make_user(room, "gen", password="", generate_password=True, must_change_passwd=True)
    checks.equal("a user who must change the password has the API", lambda: Redmine(
        admin.url, key=admin.user.get(generated.id).api_key).auth().id, generated.id)
    checks.check("a user is deleted", lambda: admin.user.delete(made.id))
    checks.refused("a deleted user is gone", errors.ResourceNotFoundError, lambda: admin.user.get(made.id))


def account(checks, room):
    made = make_user(room, "ada")
    own = Redmine(room.admin.url, key=room.admin.user.get(made.id).api_key)
    mine = own.user.get("me")
    checks.equal("one's own account", (mine.id, mine.login, mine.firstname, mine.mail), (made.id, made.login, "Ada", made.mail))
    checks.check("one's own key", lambda: len(mine.api_key) == 40)
    own.user.update("me", firstname="Adele", lastname="Own", mail=f"adele-{room.unique}@example.org")
    mine = own.user.get("me")
    checks.equal("one's own account is changed", (mine.firstname, mine.lastname, mine.mail), ("Adele", "Own", f"adele-{room.unique}@example.org"))
    checks.refused("one's own account has a name", errors.ValidationError, lambda: own.user.update("me", firstname=""), "First name cannot be blank")
    own.user.update("me", admin=True, login="other")
    checks.equal("one's own rights are not", lambda: (own.user.get("me").login, room.admin.user.get(made.id).admin), (made.login, False))
    checks.refused("nobody anonymous has an account", errors.AuthError, lambda: room.anonymous.user.get("me"))
    acting = Redmine(room.admin.url, key=room.admin_key, impersonate=made.login)
    issue = acting.issue.create(project_id=room.main, subject=f"Acted {room.unique}")
    checks.equal("what is made for another is the other's", lambda: room.admin.issue.get(issue.id).author.id, made.id)
    checks.equal("acting for a time", lambda: _acting_login(room, made.login), (made.login, "admin"))
    checks.equal("only administrators act for others", lambda: Redmine(
        room.admin.url, key=mine.api_key, impersonate="admin").auth().login, made.login)
    room.admin.user.update(made.id, status=3)
    checks.refused("nobody acts for one locked", errors.ImpersonateError, acting.auth)
    room.admin.user.update(made.id, status=1)
    seen = room.connect["rita"].user.get(made.id)
    checks.equal("others see a name", (seen.firstname, seen.lastname), ("Adele", "Own"))
    checks.check("others see neither key nor address", lambda: raises(errors.ResourceAttrError, lambda: seen.api_key))
    checks.equal("issues one wrote", lambda: [i.id for i in room.admin.user.get(made.id).issues_authored], [issue.id])
    room.admin.issue.update(issue.id, assigned_to_id=room.ids["devon"])
    checks.equal("issues one has", lambda: issue.id in [i.id for i in room.admin.user.get(room.ids["devon"]).issues_assigned], True)


def _acting_login(room, login):
    client = Redmine(room.admin.url, key=room.admin_key)
    with client.session(key=room.admin_key, impersonate=login):
        inside = client.auth().login
    return inside, client.auth().login


def user_lists(checks, room):
    admin, name = room.admin, f"list{room.unique}"
    made = [make_user(room, f"{name}{n}", lastname=f"Listed{n}") for n in range(3)]
    admin.user.update(made[2].id, status=3)

    def found(**how):
        return [u.id for u in admin.user.filter(name=name, **how)]
    checks.equal("active users are the default", found, [made[0].id, made[1].id])
    checks.equal("locked users", lambda: found(status=3), [made[2].id])
    checks.equal("users of every status", lambda: [u.id for u in admin.user.all(name=name)], [u.id for u in made])
    page = admin.user.filter(name=name, limit=1, offset=1)
    checks.equal("a page of users", lambda: ([u.id for u in page], page.total_count), ([made[1].id], 2))
    checks.equal("a user by address", lambda: [u.id for u in admin.user.filter(name=made[0].mail)], [made[0].id])
    checks.refused("a developer lists no users", errors.ForbiddenError, lambda: list(room.connect["devon"].user.all()))


def groups(checks, room):
    admin = room.admin
    people = [make_user(room, "gina"), make_user(room, "gus")]
    made = admin.group.create(name=f"Group {room.unique}", user_ids=[people[0].id])
    room.groups.append(made.id)

    def members():
        return sorted(u.id for u in admin.group.get(made.id, include=["users"]).users)
    checks.equal("a group's fields", admin.group.get(made.id).name, f"Group {room.unique}")
    checks.equal("a group is made with users", members, [people[0].id])
    checks.check("a user joins", lambda: admin.group.get(made.id).user.add(people[1].id))
    checks.equal("both are in", members, [p.id for p in people])
    checks.equal("users of a group", lambda: sorted(u.id for u in admin.user.filter(group_id=made.id)), [p.id for p in people])
    checks.equal("a user's groups", lambda: [g.id for g in admin.user.get(people[0].id, include=["groups"]).groups], [made.id])
    checks.refused("a user joins once", errors.ValidationError, lambda: admin.group.get(made.id).user.add(people[1].id), "User is invalid")
    checks.check("a user leaves", lambda: admin.group.get(made.id).user.remove(people[0].id))
    checks.equal("one is left in the group", members, [people[1].id])
    checks.refused("one not in it does not leave", errors.ResourceNotFoundError, lambda: admin.group.get(made.id).user.remove(99999999))
    admin.group.update(made.id, name=f"Renamed {room.unique}", user_ids=[people[0].id, people[1].id])
    checks.equal("a group is changed", lambda: (admin.group.get(made.id).name, members()), (f"Renamed {room.unique}", [p.id for p in people]))
    checks.equal("groups are listed", lambda: made.id in [g.id for g in admin.group.all()], True)
    role = next(r.id for r in admin.role.all() if r.name == "Reporter")
    joined = admin.project_membership.create(project_id=room.part, user_id=made.id, role_ids=[role])
    checks.equal("a group is a member", lambda: admin.project_membership.get(joined.id).group.id, made.id)
    checks.equal("a group's memberships", lambda: [m.id for m in admin.group.get(made.id, include=["memberships"]).memberships], [joined.id])
    inherited = [m for m in admin.project_membership.filter(project_id=room.part) if "user" in m.raw() and m.user.id == people[0].id]
    checks.equal("its users inherit", [(r.name, r.inherited) for m in inherited for r in m.roles], [("Reporter", True)])
    checks.refused("what is inherited is not deleted", JSONDecodeError, lambda: admin.project_membership.delete(inherited[0].id))
    checks.refused("a group without a name is refused", errors.ValidationError, lambda: admin.group.create(name=""), "Name cannot be blank")
    checks.refused("a group's name is taken once", errors.ValidationError,
                   lambda: admin.group.create(name=f"Renamed {room.unique}"), "Name has already been taken")
    checks.refused("a developer lists no groups", errors.ForbiddenError, lambda: list(room.connect["devon"].group.all()))
    checks.check("a group is deleted", lambda: admin.group.delete(made.id))
    checks.refused("a deleted group is gone", errors.ResourceNotFoundError, lambda: admin.group.get(made.id))
    checks.equal("and nobody inherits any more", lambda: [m for m in admin.project_membership.filter(project_id=room.part)
                                                          if m.raw().get("user", {}).get("id") == people[0].id], [])


def memberships(checks, room):
    admin, user = room.admin, make_user(room, "mel")
    role = {r.name: r.id for r in admin.role.all()}
    made = admin.project_membership.create(project_id=room.main, user_id=user.id, role_ids=[role["Reporter"]])
    shown = admin.project_membership.get(made.id)
    checks.equal("a membership's fields", (shown.user.id, [r.name for r in shown.roles], shown.project.name),
                 (user.id, ["Reporter"], admin.project.get(room.main).name))
    admin.project_membership.update(made.id, role_ids=[role["Developer"], role["Reporter"]])
    checks.equal("a membership is changed", lambda: sorted(r.name for r in admin.project_membership.get(made.id).roles), ["Developer", "Reporter"])
    listed = [m.id for m in admin.project_membership.filter(project_id=room.main)]
    checks.equal("memberships are listed", made.id in listed and len(listed), 4)
    checks.equal("a project's memberships", lambda: made.id in [m.id for m in admin.project.get(room.main).memberships], True)
    checks.equal("a user's memberships", lambda: [(m.id, m.project.name) for m in admin.user.get(
        user.id, include=["memberships"]).memberships], [(made.id, shown.project.name)])
    own = Redmine(admin.url, key=admin.user.get(user.id).api_key)
    checks.equal("the membership counts", lambda: own.issue_category.create(project_id=room.main, name="By Mel").name, "By Mel")
    checks.refused("a membership without roles is refused", errors.ValidationError, lambda: admin.project_membership.create(
        project_id=room.main, user_id=make_user(room, "max").id, role_ids=[]), "Role cannot be empty")
    checks.refused("a membership without a user is refused", errors.ValidationError, lambda: admin.project_membership.create(
        project_id=room.main, role_ids=[role["Reporter"]]))
    checks.refused("a member is one once", errors.ValidationError, lambda: admin.project_membership.create(
        project_id=room.main, user_id=user.id, role_ids=[role["Manager"]]), "User has already been taken")
    checks.refused("a developer manages no members", errors.ForbiddenError, lambda: own.project_membership.delete(made.id))
    checks.check("a membership is deleted", lambda: admin.project_membership.delete(made.id))
    checks.refused("a deleted membership is gone", errors.ResourceNotFoundError, lambda: admin.project_membership.get(made.id))
    checks.refused("and counts no more", errors.ForbiddenError, lambda: own.issue_category.create(project_id=room.main, name="x"))


def roles(checks, room):
    admin = room.admin
    listed = {r.name: r.id for r in admin.role.all()}
    checks.equal("roles that are given", {"Manager", "Developer", "Reporter"} <= set(listed), True)
    reporter = admin.role.get(listed["Reporter"])
    checks.equal("a role's fields", (reporter.name, reporter.assignable, reporter.issues_visibility, reporter.time_entries_visibility,
                                     reporter.users_visibility), ("Reporter", True, "default", "all", "all"))
    checks.equal("a role's permissions", lambda: ("view_issues" in reporter.permissions, "edit_issues" in reporter.permissions), (True, False))
    checks.equal("a manager's permissions", lambda: sorted(admin.role.get(listed["Manager"]).permissions)[:5],
                 ["add_documents", "add_issue_notes", "add_issue_watchers", "add_issues", "add_message_watchers"])
    checks.refused("an unknown role is not found", errors.ResourceNotFoundError, lambda: admin.role.get(99999999))
    checks.equal("everybody sees a role", lambda: room.outsider.role.get(listed["Reporter"]).name, "Reporter")


def vocabularies(checks, room):
    admin = room.admin
    checks.equal("document categories", lambda: [c.name for c in admin.enumeration.filter(resource="document_categories")],
                 ["User documentation", "Technical documentation"])
    checks.refused("an unknown enumeration is not found", errors.ResourceNotFoundError,
                   lambda: list(admin.enumeration.filter(resource="no_such_things")))
    fields = {f.name: f for f in admin.custom_field.all()}
    version = fields["Affected version"]
    checks.equal("a list field", (version.customized_type, version.multiple, version.is_filter, version.is_required, version.searchable),
                 ("issue", True, True, False, False))
    checks.equal("a list field's values", [v["value"] for v in version.possible_values], ["1.0.0", "1.0.1", "1.0.2"])
    checks.equal("a list field's trackers", [t.name for t in version.trackers], ["Bug", "Feature", "Support"])
    checks.equal("a text field's limits", (fields["Customer"].max_length, fields["Ticket code"].regexp), (30, "^[A-Z]{2}-[0-9]+$"))
    checks.equal("formats of fields", [fields[n].field_format for n in ("Customer", "Story points", "Needs docs", "Found on", "Reviewer")],
                 ["string", "int", "bool", "date", "user"])
    checks.equal("kinds of fields", [fields[n].customized_type for n in ("Department", "Phone", "Billable")], ["project", "user", "time_entry"])
    tracker = next(t for t in admin.tracker.all() if t.name == "Bug")
    checks.equal("a tracker by id", admin.tracker.get(tracker.id).name, "Bug")
    checks.check("a tracker's standard fields", lambda: "assigned_to_id" in tracker.enabled_standard_fields)
    checks.equal("a status by id", lambda: admin.issue_status.get(next(s.id for s in admin.issue_status.all() if s.name == "Closed")).is_closed, True)
    project = admin.project.get(room.main, include=["time_entry_activities", "issue_custom_fields", "trackers"])
    checks.equal("a project's activities", [a.name for a in project.time_entry_activities], ["Design", "Development"])
    checks.equal("fields of all projects are not a project's", [f.name for f in project.issue_custom_fields], [])
    admin.project.update(room.part, issue_custom_field_ids=[fields["Contract"].id])
    checks.equal("a project's issue fields", lambda: [f.name for f in admin.project.get(
        room.part, include=["issue_custom_fields"]).issue_custom_fields], ["Contract"])
    department = fields["Department"].id
    admin.project.update(room.main, custom_fields=[{"id": department, "value": "Sales"}])
    checks.equal("a project's own fields", lambda: [(f.name, f.value) for f in admin.project.get(room.main).custom_fields], [("Department", "Sales")])
    checks.refused("a project's field outside its list", errors.ValidationError, lambda: admin.project.update(
        room.main, custom_fields=[{"id": department, "value": "Nowhere"}]), "Department is not included in the list")


def project_states(checks, room):
    admin = room.admin
    issue = admin.issue.create(project_id=room.part, subject=f"Frozen {room.unique}")
    project = admin.project.get(room.part)
    checks.equal("a project is active", project.status, 1)
    checks.check("a project is closed", lambda: project.close())
    checks.equal("a closed project says so", lambda: admin.project.get(room.part).status, 5)
    checks.refused("a closed project takes nothing", errors.ForbiddenError, lambda: admin.issue.create(project_id=room.part, subject="x"))
    checks.refused("a closed project's issues stay", errors.ForbiddenError, lambda: admin.issue.update(issue.id, subject="x"))
    checks.check("a project is opened again", lambda: project.reopen())
    checks.check("and takes issues", lambda: admin.issue.update(issue.id, subject=f"Thawed {room.unique}"))
    checks.check("a project is archived", lambda: project.archive())
    checks.refused("an archived project is hidden", errors.ForbiddenError, lambda: admin.issue.get(issue.id))
    checks.equal("and not listed", lambda: room.part in [p.identifier for p in admin.project.all()], False)
    checks.check("a project is fetched back", lambda: project.unarchive())
    checks.equal("and has its issue", lambda: admin.issue.get(issue.id).subject, f"Thawed {room.unique}")
    admin.project.update(room.part, inherit_members=True)
    checks.equal("members are inherited", lambda: room.ids["rita"] in [
        m.user.id for m in admin.project_membership.filter(project_id=room.part) if "user" in m.raw()], True)
    admin.project.update(room.part, is_public=False, inherit_members=False)
    checks.refused("a project becomes private", errors.ForbiddenError, lambda: room.outsider.project.get(room.part))
    admin.project.update(room.part, is_public=True)
    checks.refused("a project is no part of itself", errors.ValidationError, lambda: admin.project.update(
        room.main, parent_id=project.id), "Subproject of is invalid")


def refusals(checks, room):
    admin = room.admin
    for name, ask in (("issue", lambda: admin.issue.get(99999999)), ("user", lambda: admin.user.get(99999999)),
                      ("group", lambda: admin.group.get(99999999)), ("version", lambda: admin.version.get(99999999)),
                      ("news item", lambda: admin.news.get(99999999)), ("time entry", lambda: admin.time_entry.get(99999999)),
                      ("membership", lambda: admin.project_membership.get(99999999)),
                      ("category", lambda: admin.issue_category.get(99999999)),
                      ("relation", lambda: admin.issue_relation.get(99999999)),
                      ("wiki page", lambda: admin.wiki_page.get("Nowhere", project_id=room.main)),
                      ("project of issues", lambda: list(admin.issue.filter(project_id="no-such-project"))),
                      ("project of versions", lambda: list(admin.version.filter(project_id="no-such-project"))),
                      ("tracker", lambda: admin.tracker.get(99999999)), ("status", lambda: admin.issue_status.get(99999999))):
        checks.refused(f"no such {name}", errors.ResourceNotFoundError, ask)
    private = room.outsider
    for name, ask in (("project", lambda: private.project.get("vault")), ("list of issues", lambda: list(private.issue.filter(project_id="vault"))),
                      ("list of versions", lambda: list(private.version.filter(project_id="vault"))),
                      ("wiki", lambda: list(private.wiki_page.filter(project_id="vault"))),
                      ("list of files", lambda: list(private.file.filter(project_id="vault"))),
                      ("list of members", lambda: list(private.project_membership.filter(project_id="vault"))),
                      ("list of categories", lambda: list(private.issue_category.filter(project_id="vault")))):
        checks.refused(f"a private {name}", errors.ForbiddenError, ask)
    for name, values, text in (
            ("priority", {"priority_id": 99999999}, "Priority cannot be blank"),
            ("assignee", {"assigned_to_id": 99999999}, "Assignee is invalid"),
            ("parent", {"parent_issue_id": 99999999}, "Parent task is invalid"),
            ("start", {"start_date": "soon"}, "Start date is not a valid date"),
            ("due date", {"start_date": "2031-01-02", "due_date": "2031-01-01"}, "Due date must be greater than start date"),
            ("effort", {"estimated_hours": "long"}, "Estimated time is invalid"),
            ("subject", {"subject": "x" * 256}, "Subject is too long (maximum is 255 characters)")):
        checks.refused(f"an issue's {name} is checked", errors.ValidationError, lambda: admin.issue.create(
            **{"project_id": room.main, "subject": "Refused", **values}), text)
    made = admin.issue.create(project_id=room.main, subject="Default", tracker_id=99999999, status_id=99999999)
    checks.equal("an unknown tracker or status is the default", (made.tracker.name, made.status.name), ("Bug", "New"))
