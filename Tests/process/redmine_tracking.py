"""Issues and what hangs on them: uploads, notes, relations, watchers, time, versions, categories."""
import datetime

from redminelib import exceptions as errors
from requests.exceptions import JSONDecodeError

from redmine_session import plain, raises, stream


def parts(room):
    return [(uploads, room), (notes, room), (relations, room), (watchers, room), (copies, room), (issue_sets, room),
            (time_entries, room), (time_filters, room), (versions, room), (shared_versions, room), (categories, room)]


def uploads(checks, room):
    admin, word = room.admin, room.unique
    issue = admin.issue.create(project_id=room.main, subject=f"Upload {word}", uploads=[
        {"path": stream("one\n"), "filename": f"one-{word}.txt", "description": "First", "content_type": "text/plain"},
        {"path": stream(bytes(range(256))), "filename": f"two {word}.bin"}])
    shown = admin.issue.get(issue.id, include=["attachments"])
    files = {a.filename: a for a in shown.attachments}
    checks.equal("an issue is made with uploads", sorted(files), [f"one-{word}.txt", f"two {word}.bin"])
    one, two = files[f"one-{word}.txt"], files[f"two {word}.bin"]
    checks.equal("an upload's fields", (one.filesize, one.description, one.content_type, one.author.name),
                 (4, "First", "text/plain", "Redmine Admin"))
    checks.check("an upload has a time", isinstance(one.created_on, datetime.datetime))
    checks.equal("an upload is downloaded", lambda: one.download().content, b"one\n")
    checks.equal("every byte comes back", lambda: two.download().content, bytes(range(256)))
    admin.issue.update(issue.id, notes="with a file", uploads=[{"path": stream("three"), "filename": "three.txt"}])
    shown = admin.issue.get(issue.id, include=["attachments", "journals"])
    third = list(shown.attachments)[-1]
    checks.equal("an update adds an upload", third.filename, "three.txt")
    checks.equal("an added upload is in the journal", [dict(d) for d in shown.journals[0].details],
                 [{"property": "attachment", "name": str(third.id), "old_value": None, "new_value": "three.txt"}])
    alone = admin.attachment.get(one.id)
    checks.equal("an attachment by id", (alone.id, alone.filename), (one.id, f"one-{word}.txt"))
    checks.check("an attachment's URL is its own", lambda: f"/attachments/download/{one.id}/" in alone.content_url)
    admin.attachment.update(one.id, filename="renamed.txt", description="Other")
    changed = admin.attachment.get(one.id)
    checks.equal("an attachment is changed", (changed.filename, changed.description), ("renamed.txt", "Other"))
    changed.description = "Saved"
    checks.check("an attachment is saved", changed.save)
    checks.equal("a saved attachment stays", lambda: admin.attachment.get(one.id).description, "Saved")
    checks.refused("an attachment without a name is refused", errors.ValidationError,
                   lambda: admin.attachment.update(one.id, filename=""), "File cannot be blank")
    checks.refused("an outsider changes no attachment", errors.ForbiddenError,
                   lambda: room.outsider.attachment.update(one.id, description="x"))
    checks.refused("an outsider deletes no attachment", errors.ForbiddenError, lambda: room.outsider.attachment.delete(one.id))
    checks.check("an attachment is deleted", lambda: admin.attachment.delete(third.id))
    checks.refused("a deleted attachment is gone", errors.ResourceNotFoundError, lambda: admin.attachment.get(third.id))
    details = [dict(d) for j in admin.issue.get(issue.id, include=["journals"]).journals for d in j.details]
    checks.equal("a deleted attachment is in the journal", details[-1:],
                 [{"property": "attachment", "name": str(third.id), "old_value": "three.txt", "new_value": None}])
    checks.refused("a token of nobody adds nothing", errors.ResourceNotFoundError, lambda: admin.attachment.get(99999999))
    token = admin.upload(stream("later"), filename="later.txt")
    checks.check("an upload answers a token", token["token"].startswith(f"{token['id']}."))
    admin.issue.update(issue.id, uploads=[{"token": token["token"], "filename": "chosen.txt"}])
    checks.equal("a token is used", [a.filename for a in admin.issue.get(issue.id, include=["attachments"]).attachments][-1], "chosen.txt")
    checks.refused("too much is refused", errors.ValidationError, lambda: admin.upload(stream(b"x" * 5242881), filename="big"),
                   "This file cannot be uploaded because it exceeds the maximum allowed file size (5242880)")
    checks.equal("the greatest file is accepted", lambda: "token" in admin.upload(stream(b"x" * 5242880), filename="big"), True)
    checks.refused("nobody anonymous uploads", errors.AuthError, lambda: room.anonymous.upload(stream("x"), filename="x"))


def notes(checks, room):
    admin = room.admin
    issue = admin.issue.create(project_id=room.main, subject=f"Notes {room.unique}")
    admin.issue.update(issue.id, notes="Open to all")
    admin.issue.update(issue.id, notes="For few", private_notes=True)

    def told(client=admin):
        return list(client.issue.get(issue.id, include=["journals"]).journals)
    checks.equal("notes tell whether they are private", [(j.notes, j.private_notes) for j in told()],
                 [("Open to all", False), ("For few", True)])
    checks.equal("a developer sees private notes", [j.notes for j in told(room.connect["devon"])], ["Open to all", "For few"])
    checks.equal("a reporter does not", [j.notes for j in told(room.connect["rita"])], ["Open to all"])
    first, second = told()
    admin.issue_journal.update(first.id, notes="Put right")
    checks.equal("a note is changed", [j.notes for j in told()], ["Put right", "For few"])
    first.notes = "Saved"
    checks.check("a note is saved", first.save)
    checks.equal("a saved note stays", [j.notes for j in told()][0], "Saved")
    admin.issue_journal.update(first.id, private_notes=True)
    checks.equal("a note becomes private", lambda: told()[0].private_notes, True)
    checks.refused("a reporter changes no other's note", errors.ForbiddenError,
                   lambda: room.connect["devon"].issue_journal.update(second.id, notes="x"))
    checks.refused("an unknown note is not found", errors.ResourceNotFoundError,
                   lambda: admin.issue_journal.update(99999999, notes="x"))
    admin.issue_journal.update(second.id, notes="")
    checks.equal("an emptied note is gone", [j.notes for j in told()], ["Saved"])
    reported = room.connect["rita"].issue.update(issue.id, notes="By the reporter", private_notes=True)
    checks.check("a reporter's note is accepted", reported)
    checks.equal("a reporter's note is not private", lambda: [j.private_notes for j in told()][-1], False)
    checks.equal("a reporter changes only what the workflow lets", lambda: (
        room.connect["rita"].issue.update(issue.id, subject="Reporter's"), admin.issue.get(issue.id).subject)[1], issue.subject)


def relations(checks, room):
    admin = room.admin
    first, second, third = (admin.issue.create(project_id=room.main, subject=f"Related {n} {room.unique}").id for n in range(3))
    made = admin.issue_relation.create(issue_id=first, issue_to_id=second, relation_type="blocks")
    checks.equal("a relation's fields", (made.issue_id, made.issue_to_id, made.relation_type, made.delay), (first, second, "blocks", None))
    shown = admin.issue_relation.get(made.id)
    checks.equal("a relation by id", (shown.id, shown.issue_id, shown.issue_to_id), (made.id, first, second))
    later = admin.issue_relation.create(issue_id=first, issue_to_id=third, relation_type="precedes", delay=2)
    checks.equal("a relation's delay", later.delay, 2)
    checks.equal("an issue's relations", sorted(r.id for r in admin.issue_relation.filter(issue_id=first)), [made.id, later.id])
    checks.equal("relations on the other side", [(r.id, r.relation_type) for r in admin.issue.get(second, include=["relations"]).relations],
                 [(made.id, "blocks")])
    checks.equal("relations through the issue", sorted(r.id for r in admin.issue.get(first).relations), [made.id, later.id])
    turned = admin.issue_relation.create(issue_id=second, issue_to_id=third, relation_type="duplicated")
    checks.equal("a turned relation is kept straight", (turned.issue_id, turned.issue_to_id, turned.relation_type),
                 (third, second, "duplicates"))
    checks.refused("a relation twice is refused", errors.ValidationError,
                   lambda: admin.issue_relation.create(issue_id=third, issue_to_id=second, relation_type="relates"),
                   "Related issue has already been taken")
    checks.refused("a circle is refused", errors.ValidationError,
                   lambda: admin.issue_relation.create(issue_id=third, issue_to_id=first, relation_type="precedes"),
                   "This relation would create a circular dependency")
    checks.refused("a relation to nothing is refused", errors.ValidationError,
                   lambda: admin.issue_relation.create(issue_id=first, issue_to_id=99999999, relation_type="relates"),
                   "Related issue cannot be blank")
    checks.refused("a relation of no kind is refused", errors.ValidationError,
                   lambda: admin.issue_relation.create(issue_id=second, issue_to_id=first, relation_type="likes"))
    checks.refused("an outsider relates nothing", errors.ForbiddenError, lambda: room.outsider.issue_relation.create(
        issue_id=first, issue_to_id=second, relation_type="relates"))
    statuses = {s.name: s.id for s in admin.issue_status.all()}
    checks.equal("a blocked issue may not be closed", lambda: "Closed" in [
        s.name for s in admin.issue.get(second, include=["allowed_statuses"]).allowed_statuses], False)
    checks.equal("a free issue may be closed", lambda: "Closed" in [
        s.name for s in admin.issue.get(first, include=["allowed_statuses"]).allowed_statuses], True)
    checks.equal("and is left open", lambda: (raises(errors.ValidationError, lambda: admin.issue.update(second, status_id=statuses["Closed"])),
                                              admin.issue.get(second).status.name)[1], "New")
    checks.check("a relation is deleted", lambda: admin.issue_relation.delete(made.id))
    checks.refused("a deleted relation is gone", errors.ResourceNotFoundError, lambda: admin.issue_relation.get(made.id))
    told = [dict(d) for j in admin.issue.get(first, include=["journals"]).journals for d in j.details]
    checks.equal("relations are in the journal", [(d["property"], d["name"], d.get("old_value"), d.get("new_value")) for d in told], [
        ("relation", "blocks", None, str(second)), ("relation", "precedes", None, str(third)), ("relation", "blocks", str(second), None)])


def watchers(checks, room):
    admin, rita, devon = room.admin, room.ids["rita"], room.ids["devon"]
    issue = admin.issue.create(project_id=room.main, subject=f"Watched {room.unique}", watcher_user_ids=[rita])

    def names():
        return [w.id for w in admin.issue.get(issue.id, include=["watchers"]).watchers]
    checks.equal("an issue is made with watchers", names, [rita])
    checks.check("a watcher is added", lambda: admin.issue.get(issue.id).watcher.add(devon))
    checks.equal("both watch", lambda: sorted(names()), sorted([rita, devon]))
    checks.check("a watcher is added twice", lambda: admin.issue.get(issue.id).watcher.add(devon))
    checks.equal("and watches once", lambda: sorted(names()), sorted([rita, devon]))
    checks.equal("a filter by watcher", lambda: [i.id for i in room.connect["devon"].issue.filter(project_id=room.main, watcher_id="me")],
                 [issue.id])
    checks.check("a watcher is removed", lambda: admin.issue.get(issue.id).watcher.remove(rita))
    checks.equal("one is left", names, [devon])
    checks.refused("an unknown watcher is not removed", errors.ResourceNotFoundError,
                   lambda: admin.issue.get(issue.id).watcher.remove(99999999))
    checks.refused("a reporter adds no watcher", errors.ForbiddenError,
                   lambda: room.connect["rita"].issue.get(issue.id).watcher.add(rita))
    checks.equal("a reporter is told no watchers", lambda: list(room.connect["rita"].issue.get(issue.id, include=["watchers"]).watchers), [])


def copies(checks, room):
    admin = room.admin
    issue = admin.issue.create(project_id=room.main, subject=f"Original {room.unique}", description="The text", done_ratio=30,
                               uploads=[{"path": stream("kept"), "filename": "kept.txt"}])
    child = admin.issue.create(project_id=room.main, subject=f"Part {room.unique}", parent_issue_id=issue.id)
    copied = admin.issue.get(issue.id).copy(subject=f"Copy {room.unique}")
    shown = admin.issue.get(copied.id, include=["relations", "attachments", "children"])
    checks.equal("a copy keeps the rest", (shown.subject, plain(shown.description)), (f"Copy {room.unique}", "The text"))
    checks.equal("a copy is linked", [(r.issue_id, r.issue_to_id, r.relation_type) for r in shown.relations],
                 [(issue.id, copied.id, "copied_to")])
    checks.equal("a copy has the files", [a.filename for a in shown.attachments], ["kept.txt"])
    checks.equal("a copy has the parts", [c.subject for c in shown.children], [child.subject])
    alone = admin.issue.copy(issue.id, link_original=False, include=None, project_id=room.main, subject="Alone")
    shown = admin.issue.get(alone.id, include=["relations", "attachments", "children"])
    checks.equal("a copy of the issue alone", [len(list(x)) for x in (shown.relations, shown.attachments, shown.children)], [0, 0, 0])
    admin.issue.update(alone.id, project_id=admin.project.get(room.part).id)
    checks.equal("an issue moves", lambda: admin.issue.get(alone.id).project.id, admin.project.get(room.part).id)
    checks.refused("an unknown original is not found", errors.ResourceNotFoundError,
                   lambda: admin.issue.copy(99999999, project_id=room.main, subject="x"))
    private = admin.issue.create(project_id=room.main, subject=f"Private {room.unique}", is_private=True)
    checks.equal("a private issue says so", lambda: admin.issue.get(private.id).is_private, True)
    checks.refused("a private issue is for few", errors.ForbiddenError, lambda: room.outsider.issue.get(private.id))


def issue_sets(checks, room):
    """What the library does with whole sets of issues."""
    admin, word = room.admin, f"set{room.unique}"
    made = [admin.issue.create(project_id=room.main, subject=f"{word} {n}", done_ratio=n * 10).id for n in range(4)]
    found = admin.issue.filter(project_id=room.main, subject=f"~{word}", sort="id")
    checks.equal("a set is sliced", [i.id for i in found[1:2]], made[1:3])  # from the second, two
    found = admin.issue.filter(project_id=room.main, subject=f"~{word}", sort="id")
    checks.equal("a set is filtered", [i.id for i in found.filter(done_ratio__in=(20, 30))], made[2:])
    checks.equal("a set has an issue", found.get(made[1]).id, made[1])
    checks.equal("values of a set", list(found.values_list("id", "done_ratio")), list(zip(made, (0, 10, 20, 30))))
    found.update(done_ratio=90)
    checks.equal("a set is changed", [i.done_ratio for i in admin.issue.filter(project_id=room.main, subject=f"~{word}")], [90] * 4)
    checks.equal("includes of a list", lambda: [len(list(i.attachments)) for i in admin.issue.filter(
        project_id=room.main, subject=f"~{word}", include=["attachments", "relations"])], [0] * 4)
    query = next(q for q in admin.query.all() if q.name == "Open bugs")
    checks.equal("a query's fields", (query.is_public, getattr(query, "project_id", None)), (True, None))
    trackers = {t.name: t.id for t in admin.tracker.all()}
    other = admin.issue.create(project_id=room.main, subject=f"{word} feature", tracker_id=trackers["Feature"])
    saved = [i.id for i in admin.issue.filter(project_id=room.main, query_id=query.id)]
    checks.equal("a saved query selects", (set(made) <= set(saved), other.id in saved), (True, False))
    own = [q.name for q in room.connect["devon"].query.all()]
    checks.equal("an own query is seen by its owner", "My urgent ones" in own, True)
    checks.equal("and by nobody else", "My urgent ones" in [q.name for q in room.connect["rita"].query.all()], False)
    checks.refused("an unknown query is not found", errors.ResourceNotFoundError,
                   lambda: list(admin.issue.filter(project_id=room.main, query_id=99999999)))
    checks.equal("a tracker's issues", lambda: other.id in [i.id for i in admin.tracker.get(trackers["Feature"]).issues], True)
    checks.check("a set is deleted", lambda: admin.issue.filter(project_id=room.main, subject=f"~{word}", status_id="*").delete())
    checks.equal("nothing is left of it", lambda: list(admin.issue.filter(project_id=room.main, subject=f"~{word}", status_id="*")), [])


def time_entries(checks, room):
    admin, today = room.admin, datetime.date.today()
    activities = list(admin.enumeration.filter(resource="time_entry_activities"))
    checks.equal("activities", [(a.name, a.is_default, a.active) for a in activities],
                 [("Design", False, True), ("Development", False, True)])
    issue = admin.issue.create(project_id=room.main, subject=f"Timed {room.unique}")
    made = admin.time_entry.create(issue_id=issue.id, hours=1.5, activity_id=activities[0].id, comments="Thought", spent_on=today)
    shown = admin.time_entry.get(made.id)
    checks.equal("a time entry's fields", (shown.hours, shown.comments, shown.spent_on, shown.activity.name, shown.issue.id, shown.user.name),
                 (1.5, "Thought", today, "Design", issue.id, "Redmine Admin"))
    checks.equal("a time entry's field of its own", [(f.name, f.value) for f in shown.custom_fields], [("Billable", "1")])
    admin.time_entry.update(made.id, hours=2, activity_id=activities[1].id, custom_fields=[{"id": shown.custom_fields[0].id, "value": "0"}])
    shown = admin.time_entry.get(made.id)
    checks.equal("a time entry is changed", (shown.hours, shown.activity.name, shown.custom_fields[0].value, shown.comments),
                 (2.0, "Development", "0", "Thought"))
    checks.equal("an issue sums its time", lambda: admin.issue.get(issue.id).spent_hours, 2.0)
    checks.equal("an issue's time entries", lambda: [t.id for t in admin.issue.get(issue.id).time_entries], [made.id])
    number = admin.project.get(room.main).id
    words = admin.time_entry.create(project_id=number, hours="1h30", activity_id=activities[0].id)
    checks.equal("hours in words", (words.hours, words.spent_on), (1.5, today))
    checks.refused("a project's identifier is no number", errors.ValidationError, lambda: admin.time_entry.create(
        project_id=room.main, hours=1, activity_id=activities[0].id), "Project is invalid")
    checks.refused("a time entry without hours is refused", errors.ValidationError, lambda: admin.time_entry.create(
        issue_id=issue.id, activity_id=activities[0].id), "Hours cannot be blank")
    checks.refused("a time entry without an activity is refused", errors.ValidationError, lambda: admin.time_entry.create(
        issue_id=issue.id, hours=1), "Activity cannot be blank")
    checks.refused("hours that are none are refused", errors.ValidationError, lambda: admin.time_entry.create(
        issue_id=issue.id, hours="many", activity_id=activities[0].id), "Hours is invalid")
    checks.refused("more than a thousand hours are refused", errors.ValidationError, lambda: admin.time_entry.create(
        issue_id=issue.id, hours=1001, activity_id=activities[0].id, spent_on="2001-02-03"),
        "Cannot log more than 999:00 hours on the same day (0:00 hours have already been logged)")
    theirs = room.connect["maya"].time_entry.create(issue_id=issue.id, hours=1, activity_id=activities[0].id, user_id=room.ids["devon"])
    checks.equal("a manager logs time for others", lambda: admin.time_entry.get(theirs.id).user.id, room.ids["devon"])
    checks.refused("an outsider logs no time", errors.ForbiddenError, lambda: room.outsider.time_entry.create(
        issue_id=issue.id, hours=1, activity_id=activities[0].id))
    checks.refused("an outsider changes no time", errors.ForbiddenError, lambda: room.outsider.time_entry.update(made.id, hours=9))
    checks.check("a time entry is deleted", lambda: admin.time_entry.delete(words.id))
    checks.refused("a deleted time entry is gone", errors.ResourceNotFoundError, lambda: admin.time_entry.get(words.id))
    checks.refused("time is logged somewhere", errors.ForbiddenError, lambda: room.outsider.time_entry.create(
        project_id=99999999, hours=1, activity_id=activities[0].id))


def time_filters(checks, room):
    admin, today = room.admin, datetime.date.today()
    activity = {a.name: a.id for a in admin.enumeration.filter(resource="time_entry_activities")}
    issue = admin.issue.create(project_id=room.part, subject=f"Time list {room.unique}")
    days = [today - datetime.timedelta(days=n) for n in (0, 3, 10)]
    made = [admin.time_entry.create(issue_id=issue.id, hours=1, activity_id=activity["Design"], spent_on=day).id for day in days]
    other = room.connect["maya"].time_entry.create(
        project_id=admin.project.get(room.part).id, hours=1, activity_id=activity["Development"], spent_on=today).id

    def found(**how):
        return sorted(t.id for t in admin.time_entry.filter(project_id=room.part, **how))
    checks.equal("time of a project", found, sorted([*made, other]))
    checks.equal("time from a day on", lambda: found(from_date=days[1]), sorted([*made[:2], other]))
    checks.equal("time to a day", lambda: found(to_date=days[1]), made[1:])
    checks.equal("time between", lambda: found(from_date=days[1], to_date=days[1]), made[1:2])
    checks.equal("time on a day", lambda: found(spent_on=days[2]), made[2:])
    checks.equal("time of an issue", lambda: found(issue_id=issue.id), made)
    checks.equal("time of a user", lambda: found(user_id=room.ids["maya"]), [other])
    checks.equal("time of an activity", lambda: found(activity_id=activity["Development"]), [other])
    checks.equal("time of the own", lambda: sorted(t.id for t in room.connect["maya"].time_entry.filter(
        project_id=room.part, user_id="me")), [other])
    page = admin.time_entry.filter(project_id=room.part, limit=2)
    checks.equal("a page of time", lambda: (len(list(page)), page.total_count), (2, 4))
    checks.equal("a project's time entries", lambda: sorted(t.id for t in admin.project.get(room.part).time_entries), sorted([*made, other]))


def versions(checks, room):
    admin, day = room.admin, datetime.date(2031, 5, 4)
    made = admin.version.create(project_id=room.main, name="2.0", status="open", sharing="none", due_date=day, description="Second",
                                wiki_page_title="Release")
    shown = admin.version.get(made.id)
    checks.equal("a version's fields", (shown.name, shown.status, shown.sharing, shown.due_date, shown.description, shown.wiki_page_title),
                 ("2.0", "open", "none", day, "Second", "Release"))
    checks.equal("a version's project", shown.project.name, admin.project.get(room.main).name)
    admin.version.update(made.id, name="2.1", status="locked", due_date=None)
    shown = admin.version.get(made.id)
    checks.equal("a version is changed", (shown.name, shown.status, shown.due_date, shown.description), ("2.1", "locked", None, "Second"))
    checks.equal("versions of a project", lambda: made.id in [v.id for v in admin.version.filter(project_id=room.main)], True)
    checks.equal("a project's versions", lambda: made.id in [v.id for v in admin.project.get(room.main).versions], True)
    checks.refused("a version without a name is refused", errors.ValidationError,
                   lambda: admin.version.create(project_id=room.main, name=""), "Name cannot be blank")
    checks.refused("a version's name is taken once", errors.ValidationError,
                   lambda: admin.version.create(project_id=room.main, name="2.1"), "Name has already been taken")
    checks.refused("a version's status is one of three", errors.ValidationError,
                   lambda: admin.version.update(made.id, status="odd"), "Status is not included in the list")
    admin.version.update(made.id, sharing="odd")
    checks.equal("a sharing that is none is passed over", lambda: admin.version.get(made.id).sharing, "none")
    checks.refused("a version's day is a day", errors.ValidationError,
                   lambda: admin.version.update(made.id, due_date="2031-02-31"), "Due date is not a valid date")
    issue = admin.issue.create(project_id=room.main, subject=f"Planned {room.unique}")
    checks.refused("a locked version takes no issue", errors.ValidationError,
                   lambda: admin.issue.update(issue.id, fixed_version_id=made.id), "Target version is not included in the list")
    admin.version.update(made.id, status="open")
    admin.issue.update(issue.id, fixed_version_id=made.id, estimated_hours=3)
    checks.equal("an issue's version", lambda: admin.issue.get(issue.id).fixed_version.id, made.id)
    checks.equal("a filter by version", lambda: [i.id for i in admin.issue.filter(project_id=room.main, fixed_version_id=made.id)], [issue.id])
    checks.equal("a version sums", lambda: (admin.version.get(made.id).estimated_hours, admin.version.get(made.id).spent_hours), (3.0, 0.0))
    checks.refused("a version in use is not deleted", JSONDecodeError, lambda: admin.version.delete(made.id))  # 422 without words
    admin.issue.delete(issue.id)
    checks.check("a version is deleted", lambda: admin.version.delete(made.id))
    checks.refused("a deleted version is gone", errors.ResourceNotFoundError, lambda: admin.version.get(made.id))
    checks.refused("an outsider makes no version", errors.ForbiddenError,
                   lambda: room.outsider.version.create(project_id=room.main, name="x"))


def shared_versions(checks, room):
    admin = room.admin
    below = admin.version.create(project_id=room.main, name=f"below {room.unique}", sharing="descendants")
    alone = admin.version.create(project_id=room.main, name=f"alone {room.unique}", sharing="none")
    seen = [v.id for v in admin.version.filter(project_id=room.part)]
    checks.equal("a version is shared with sub-projects", (below.id in seen, alone.id in seen), (True, False))
    checks.equal("a shared version says whose it is", lambda: next(
        v.project.id for v in admin.version.filter(project_id=room.part) if v.id == below.id), admin.project.get(room.main).id)
    issue = admin.issue.create(project_id=room.part, subject=f"Shared {room.unique}", fixed_version_id=below.id)
    checks.equal("an issue of a sub-project uses it", lambda: admin.issue.get(issue.id).fixed_version.id, below.id)
    checks.refused("one not shared is refused", errors.ValidationError,
                   lambda: admin.issue.update(issue.id, fixed_version_id=alone.id), "Target version is not included in the list")
    admin.version.update(alone.id, sharing="hierarchy")
    checks.check("sharing changes", lambda: admin.issue.update(issue.id, fixed_version_id=alone.id))
    checks.equal("sharing with all", lambda: (admin.version.update(alone.id, sharing="system"), admin.version.get(alone.id).sharing)[1], "system")
    admin.version.update(alone.id, sharing="none")
    checks.check("sharing that ends takes it from others", lambda: getattr(admin.issue.get(issue.id), "fixed_version", None) is None or
                 raises(errors.ResourceAttrError, lambda: admin.issue.get(issue.id).fixed_version))
    admin.project.update(room.main, default_version_id=below.id)
    checks.equal("a project's default version", lambda: admin.project.get(room.main).default_version.id, below.id)


def categories(checks, room):
    admin = room.admin
    first = admin.issue_category.create(project_id=room.main, name="Interface", assigned_to_id=room.ids["devon"])
    second = admin.issue_category.create(project_id=room.main, name="Core")
    shown = admin.issue_category.get(first.id)
    checks.equal("a category's fields", (shown.name, shown.assigned_to.id, shown.project.name),
                 ("Interface", room.ids["devon"], admin.project.get(room.main).name))
    checks.equal("categories of a project", [c.name for c in admin.issue_category.filter(project_id=room.main)], ["Core", "Interface"])
    checks.equal("categories with a project", lambda: sorted(c.name for c in admin.project.get(
        room.main, include=["issue_categories"]).issue_categories), ["Core", "Interface"])
    admin.issue_category.update(second.id, name="Kernel")
    checks.equal("a category is changed", lambda: admin.issue_category.get(second.id).name, "Kernel")
    issue = admin.issue.create(project_id=room.main, subject=f"Sorted {room.unique}", category_id=first.id)
    checks.equal("a category assigns", lambda: (admin.issue.get(issue.id).category.id, admin.issue.get(issue.id).assigned_to.id),
                 (first.id, room.ids["devon"]))
    checks.equal("a filter by category", lambda: [i.id for i in admin.issue.filter(project_id=room.main, category_id=first.id)], [issue.id])
    checks.refused("a category's name is taken once", errors.ValidationError,
                   lambda: admin.issue_category.create(project_id=room.main, name="Kernel"), "Name has already been taken")
    checks.refused("a category without a name is refused", errors.ValidationError,
                   lambda: admin.issue_category.create(project_id=room.main, name=""), "Name cannot be blank")
    checks.check("a category is deleted, its issues sorted anew", lambda: admin.issue_category.delete(first.id, reassign_to_id=second.id))
    checks.equal("an issue has the other category", lambda: admin.issue.get(issue.id).category.id, second.id)
    checks.check("a category is deleted, its issues let go", lambda: admin.issue_category.delete(second.id))
    checks.check("an issue without a category has none", lambda: raises(errors.ResourceAttrError, lambda: admin.issue.get(issue.id).category))
    checks.refused("a deleted category is gone", errors.ResourceNotFoundError, lambda: admin.issue_category.get(first.id))
    checks.refused("an outsider makes no category", errors.ForbiddenError,
                   lambda: room.outsider.issue_category.create(project_id=room.main, name="x"))
