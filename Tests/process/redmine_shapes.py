"""Which attributes each resource has, exactly, and what else the library does with resources."""
import datetime

from redminelib import Redmine
from redminelib import exceptions as errors

from redmine_session import raises, stream

SHAPES = {
    "an issue":
        "allowed_statuses assigned_to attachments author category changesets closed_on created_on "
        "custom_fields description done_ratio due_date estimated_hours fixed_version id is_private journals "
        "parent priority project relations spent_hours start_date status subject total_estimated_hours "
        "total_spent_hours tracker updated_on watchers",
    "an issue without anything":
        "author closed_on created_on custom_fields description done_ratio due_date estimated_hours "
        "fixed_version id is_private priority project spent_hours start_date status subject "
        "total_estimated_hours total_spent_hours tracker updated_on",
    "an issue in a list":
        "assigned_to author category closed_on created_on custom_fields description done_ratio due_date "
        "estimated_hours fixed_version id is_private parent priority project spent_hours start_date status "
        "subject total_estimated_hours total_spent_hours tracker updated_on",
    "an issue just made":
        "assigned_to author category closed_on created_on custom_fields description done_ratio due_date "
        "estimated_hours fixed_version id is_private parent priority project spent_hours start_date status "
        "subject total_estimated_hours total_spent_hours tracker updated_on",
    "an issue to an outsider":
        "assigned_to author category closed_on created_on custom_fields description done_ratio due_date "
        "estimated_hours fixed_version id is_private parent priority project spent_hours start_date status "
        "subject total_estimated_hours total_spent_hours tracker updated_on",
    "a closed issue":
        "author closed_on created_on custom_fields description done_ratio due_date estimated_hours "
        "fixed_version id is_private priority project spent_hours start_date status subject "
        "total_estimated_hours total_spent_hours tracker updated_on",
    "a journal": "created_on details id notes private_notes user",
    "a child": "id subject tracker",
    "a relation": "delay id issue_id issue_to_id relation_type",
    "an attachment": "author content_type content_url created_on description filename filesize id",
    "an allowed status": "id is_closed name",
    "a time entry": "activity comments created_on custom_fields hours id issue project spent_on updated_on user",
    "a version":
        "created_on description due_date estimated_hours id name project sharing spent_hours status "
        "updated_on wiki_page_title",
    "a version in a list":
        "created_on description due_date id name project sharing status updated_on wiki_page_title",
    "a category": "assigned_to id name project",
    "news": "author created_on description id project title",
    "news in a list": "author created_on description id project summary title",
    "a wiki page": "author comments created_on parent text title updated_on version",
    "a wiki page in the index": "created_on parent title updated_on version",
    "a wiki page just made": "author comments created_on text title updated_on version",
    "a file": "author content_type content_url created_on description digest downloads filename filesize id version",
    "a membership": "id project roles user",
    "a project":
        "created_on custom_fields description enabled_modules homepage id identifier inherit_members "
        "is_public issue_categories name parent status trackers updated_on",
    "a project in a list":
        "created_on custom_fields description id identifier inherit_members is_public name parent status "
        "updated_on",
    "a user to an administrator":
        "admin api_key created_on custom_fields firstname id last_login_on lastname login mail "
        "passwd_changed_on status twofa_scheme updated_on",
    "a user to others":
        "created_on custom_fields firstname id last_login_on lastname login mail passwd_changed_on updated_on",
    "oneself":
        "admin api_key created_on custom_fields firstname id last_login_on lastname login mail "
        "passwd_changed_on twofa_scheme updated_on",
    "one's account": "admin api_key created_on custom_fields firstname id last_login_on lastname login mail",
    "a user in a list":
        "admin created_on custom_fields firstname id last_login_on lastname login mail passwd_changed_on "
        "twofa_scheme updated_on",
    "a group": "id memberships name users",
    "a role": "assignable id issues_visibility name permissions time_entries_visibility users_visibility",
    "a role in a list": "id name",
    "a tracker": "default_status description enabled_standard_fields id name",
    "a status": "id is_closed name",
    "an enumeration": "active id is_default name",
    "a query": "id is_public name project_id",
    "a custom field":
        "customized_type default_value field_format id is_filter is_required max_length min_length multiple "
        "name possible_values regexp roles searchable trackers visible",
    "a custom field of projects":
        "customized_type default_value field_format id is_filter is_required max_length min_length multiple "
        "name possible_values regexp searchable visible",
}


def parts(room):
    return [(shapes, room), (new_resources, room), (options, room), (addresses, room)]


def shapes(checks, room):
    """Each resource's attributes, as the library received them."""
    for name, resource in furnished(room):
        asked = resource._includes + resource._relations  # the library adds these itself, without a value
        found = " ".join(key for key, value in sorted(resource.raw().items()) if value is not None or key not in asked)
        checks.equal(f"the attributes of {name}", found, SHAPES.get(name))


def furnished(room):
    """One of each resource, with everything that it can have, and what others see of it."""
    admin, today = room.admin, datetime.date.today()
    version = admin.version.create(project_id=room.main, name=f"Shape {room.unique}", due_date=today, wiki_page_title="Shape")
    category = admin.issue_category.create(project_id=room.main, name="Shape", assigned_to_id=room.ids["devon"])
    parent = admin.issue.create(project_id=room.main, subject="Shape of a parent")
    issue = admin.issue.create(project_id=room.main, subject="Shape", description="Text", category_id=category.id, due_date=today,
                               fixed_version_id=version.id, parent_issue_id=parent.id, estimated_hours=1,
                               uploads=[{"path": stream("x"), "filename": "x.txt"}], watcher_user_ids=[room.ids["rita"]])
    other = admin.issue.create(project_id=room.main, subject="Other")
    relation = admin.issue_relation.create(issue_id=issue.id, issue_to_id=other.id, relation_type="relates")
    admin.issue.update(issue.id, notes="A note")
    activity = list(admin.enumeration.filter(resource="time_entry_activities"))[0]
    entry = admin.time_entry.create(issue_id=issue.id, hours=1, activity_id=activity.id)
    includes = ["children", "attachments", "relations", "changesets", "journals", "watchers", "allowed_statuses"]
    whole = admin.issue.get(issue.id, include=includes)
    news = admin.news.create(project_id=room.main, title="Shape", description="Text")
    page = admin.wiki_page.create(project_id=room.main, title="Shape", text="Text")
    below = admin.wiki_page.create(project_id=room.main, title="Below_shape", text="Text", parent_title="Shape")
    file = admin.file.create(project_id=room.main, token=admin.upload(stream("x"), filename="shape.txt")["token"], version_id=version.id)
    member = next(iter(admin.project_membership.filter(project_id=room.main)))
    yield "an issue", whole
    yield "an issue without anything", admin.issue.get(relation.issue_to_id)
    yield "an issue in a list", next(iter(admin.issue.filter(project_id=room.main, issue_id=str(issue.id))))
    yield "an issue just made", issue
    yield "an issue to an outsider", room.outsider.issue.get(issue.id)
    yield "a closed issue", _closed(admin, room)
    yield "a journal", whole.journals[0]
    yield "a child", admin.issue.get(parent.id, include=["children"]).children[0]
    yield "a relation", relation
    yield "an attachment", whole.attachments[0]
    yield "an allowed status", whole.allowed_statuses[0]
    yield "a time entry", admin.time_entry.get(entry.id)
    yield "a version", admin.version.get(version.id)
    yield "a version in a list", next(v for v in admin.version.filter(project_id=room.main) if v.id == version.id)
    yield "a category", admin.issue_category.get(category.id)
    yield "news", admin.news.get(news.id)
    yield "news in a list", admin.news.filter(project_id=room.main).get(news.id)
    yield "a wiki page", admin.wiki_page.get(below.title, project_id=room.main)
    yield "a wiki page in the index", next(p for p in admin.wiki_page.filter(project_id=room.main) if p.title == below.title)
    yield "a wiki page just made", page
    yield "a file", next(f for f in admin.file.filter(project_id=room.main) if f.id == file.id)
    yield "a membership", member
    yield "a project", admin.project.get(room.part, include=["trackers", "issue_categories", "enabled_modules"])
    yield "a project in a list", next(p for p in admin.project.all() if p.identifier == room.part)
    yield "a user to an administrator", admin.user.get(room.ids["rita"])
    yield "a user to others", room.connect["rita"].user.get(room.ids["maya"])
    yield "oneself", room.connect["rita"].user.get("current")
    yield "one's account", room.connect["rita"].user.get("me")
    yield "a user in a list", next(u for u in admin.user.all() if u.login == "rita")
    yield "a group", admin.group.get(next(g.id for g in admin.group.all() if g.name == "QA"), include=["users", "memberships"])
    yield "a role", admin.role.get(next(r.id for r in admin.role.all() if r.name == "Reporter"))
    yield "a role in a list", next(r for r in admin.role.all() if r.name == "Reporter")
    yield "a tracker", next(t for t in admin.tracker.all() if t.name == "Bug")
    yield "a status", next(s for s in admin.issue_status.all() if s.name == "Closed")
    yield "an enumeration", activity
    yield "a query", next(q for q in admin.query.all() if q.name == "Open bugs")
    yield "a custom field", next(f for f in admin.custom_field.all() if f.name == "Affected version")
    yield "a custom field of projects", next(f for f in admin.custom_field.all() if f.name == "Department")


def _closed(admin, room):
    issue = admin.issue.create(project_id=room.main, subject="Shape, closed")
    admin.issue.update(issue.id, status_id=next(s.id for s in admin.issue_status.all() if s.name == "Closed"))
    return admin.issue.get(issue.id)


def new_resources(checks, room):
    """Resources that are made empty, filled and saved."""
    admin = room.admin
    issue = admin.issue.new()
    issue.project_id, issue.subject, issue.start_date = room.main, f"New {room.unique}", datetime.date(2031, 2, 3)
    checks.check("a new issue is saved", lambda: issue.save().id)
    checks.equal("and is there", lambda: (admin.issue.get(issue.id).subject, admin.issue.get(issue.id).start_date),
                 (f"New {room.unique}", datetime.date(2031, 2, 3)))
    issue.save(subject=f"Again {room.unique}", done_ratio=20)
    issue.refresh()
    checks.equal("a resource is read again", (issue.subject, issue.done_ratio), (f"Again {room.unique}", 20))
    checks.refused("an attribute it has not", errors.ResourceAttrError, lambda: issue.no_such_thing)
    version = admin.version.new()
    version.project_id, version.name = room.main, f"New {room.unique}"
    checks.check("a new version is saved", lambda: version.save().id)
    page = admin.wiki_page.new()
    page.project_id, page.title, page.text = room.main, "NewPage", "Text"
    checks.equal("a new page is saved", lambda: page.save().version, 1)
    entry = admin.time_entry.new()
    entry.issue_id, entry.hours = issue.id, 2
    entry.activity_id = list(admin.enumeration.filter(resource="time_entry_activities"))[0].id
    checks.equal("new time is saved", lambda: entry.save().hours, 2.0)
    checks.check("a resource deletes itself", lambda: issue.delete())
    checks.refused("and is gone", errors.ResourceNotFoundError, issue.refresh)
    checks.refused("so is its time", errors.ResourceNotFoundError, lambda: admin.time_entry.get(entry.id))


def options(checks, room):
    """Ways to connect."""
    zone = Redmine(room.admin.url, key=room.admin_key, timezone="+02:00")
    plain, moved = room.admin.project.get(room.main).created_on, zone.project.get(room.main).created_on
    checks.equal("times are UTC", moved.replace(tzinfo=None) - plain, datetime.timedelta(hours=2))
    versioned = Redmine(room.admin.url, key=room.admin_key, version="5.0.4")
    checks.equal("a client that knows the version", lambda: versioned.project.get(room.main).identifier, room.main)
    lenient = Redmine(room.admin.url, key=room.admin_key, raise_attr_exception=False)
    checks.equal("an attribute that is missing", lambda: lenient.project.get(room.main).no_such_thing, None)
    with room.admin.session(key=room.admin_key, return_response=False):
        made = room.admin.issue.create(project_id=room.main, subject=f"Unanswered {room.unique}")
    checks.equal("an answer not asked for", made, None)
    checks.equal("what was made without an answer", lambda: len(room.admin.issue.filter(
        project_id=room.main, subject=f"~Unanswered {room.unique}")), 1)
    slashed = Redmine(room.admin.url + "/", key=room.admin_key)
    checks.equal("a base with a slash", lambda: slashed.auth().login, "admin")


def addresses(checks, room):
    """What the library calls a resource's URL for humans answers something."""
    admin = room.admin
    issue = admin.issue.create(project_id=room.main, subject=f"Address {room.unique}")
    page = admin.wiki_page.create(project_id=room.main, title="Address", text="Text")
    for name, url in (("project", admin.project.get(room.main).url), ("issue", admin.issue.get(issue.id).url),
                      ("wiki page", admin.wiki_page.get(page.title, project_id=room.main).url)):
        checks.equal(f"a page of the {name}", lambda: raises(errors.JSONDecodeError, lambda: admin.engine.request(
            "get", url + ".json", params={"project_id": room.main})), None)
