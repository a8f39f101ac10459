"""Issues that depend on others: what they follow, duplicate, lie below or are copies of."""
import datetime

from redminelib import exceptions as errors


def parts(room):
    return [(orders, room), (second_relations, room), (faulty_relations, room), (closed_parents, room), (duplicates, room),
            (told_relations, room), (copied_fields, room), (refused_copies, room)]


class Issues:
    """Short ways to make, change and look at issues of the room."""

    def __init__(self, room, client=None):
        self.room, self.client = room, client or room.admin
        self.statuses = {s.name: s.id for s in room.admin.issue_status.all()}

    def make(self, subject, **fields):
        return self.client.issue.create(project_id=self.room.main, subject=f"{subject} {self.room.unique}", **fields).id

    def change(self, issue, **fields):
        if "status" in fields:
            fields["status_id"] = self.statuses[fields.pop("status")]
        return self.client.issue.update(issue, **fields)

    def relate(self, issue, other, **fields):
        return self.client.issue_relation.create(issue_id=issue, issue_to_id=other, **fields)

    def span(self, issue):
        shown = self.client.issue.get(issue)
        return tuple(str(getattr(shown, name, None)) for name in ("start_date", "due_date"))

    def status(self, issue):
        return self.client.issue.get(issue).status.name

    def told(self, issue, client=None):
        """Notes and details of the journals."""
        shown = (client or self.client).issue.get(issue, include=["journals"])
        return [(j.notes, [(d["property"], d["name"], d["old_value"], d["new_value"]) for d in j.details]) for j in shown.journals]


def orders(checks, room):
    issues = Issues(room)
    first = issues.make("First", start_date="2031-03-03", due_date="2031-03-05")
    second = issues.make("Second", start_date="2031-03-01", due_date="2031-03-04")
    third = issues.make("Third", start_date="2031-03-03")
    issues.relate(first, second, relation_type="precedes", delay=1)
    checks.equal("what follows moves, over the weekend", issues.span(second), ("2031-03-07", "2031-03-10"))
    checks.equal("that is told with the relation", issues.told(second), [("", [
        ("attr", "due_date", "2031-03-04", "2031-03-10"), ("attr", "start_date", "2031-03-01", "2031-03-07"),
        ("relation", "follows", None, str(first))])])
    issues.relate(third, second, relation_type="follows")
    checks.equal("what has only a start gets an end", issues.span(third), ("2031-03-11", "2031-03-11"))
    issues.change(first, due_date="2031-03-14", notes="later")
    checks.equal("a chain moves", (issues.span(second), issues.span(third)),
                 (("2031-03-18", "2031-03-19"), ("2031-03-20", "2031-03-20")))
    issues.change(first, due_date="2031-03-05")
    checks.equal("and moves back", (issues.span(second), issues.span(third)),
                 (("2031-03-07", "2031-03-10"), ("2031-03-11", "2031-03-11")))
    checks.refused("a start before its time is refused", errors.ValidationError, lambda: issues.change(second, start_date="2031-03-06"),
                   "Start date cannot be earlier than 03/07/2031 because of preceding issues")
    checks.check("a later start is not", lambda: issues.change(second, start_date="2031-04-02", due_date="2031-04-03"))
    checks.equal("what follows that moves too", issues.span(third), ("2031-04-04", "2031-04-04"))
    parent = issues.make("Whole")
    early = issues.make("Early", parent_issue_id=parent, start_date="2031-03-01", due_date="2031-03-03")
    late = issues.make("Late", parent_issue_id=parent, start_date="2031-03-10", due_date="2031-03-12")
    after = issues.make("After", start_date="2031-03-03")
    issues.relate(parent, after, relation_type="precedes")
    issues.relate(first, parent, relation_type="precedes")
    checks.equal("a parent's children move", [issues.span(i) for i in (early, late, parent, after)], [
        ("2031-03-06", "2031-03-06"), ("2031-03-10", "2031-03-12"), ("2031-03-06", "2031-03-12"), ("2031-03-13", "2031-03-13")])
    checks.refused("a part starts no earlier than the whole may", errors.ValidationError,
                   lambda: issues.make("Too early", parent_issue_id=parent, start_date="2031-03-05"),
                   "Start date cannot be earlier than 03/06/2031 because of preceding issues")
    checks.refused("a circle by way of a parent is refused", errors.ValidationError,
                   lambda: issues.relate(after, early, relation_type="precedes"), "This relation would create a circular dependency")
    checks.refused("a parent that comes later is refused", errors.ValidationError,
                   lambda: issues.change(first, parent_issue_id=early), "Parent task is invalid")


def second_relations(checks, room):
    issues = Issues(room)
    taken, turned = "Related issue has already been taken", "has already been taken"
    circular = "This relation would create a circular dependency"
    for kind, again, back, answer in (
            ("relates", "blocks", False, taken), ("relates", "relates", True, circular), ("relates", "blocked", True, turned),
            ("blocks", "blocks", True, circular), ("blocks", "blocked", False, f"{taken}, {circular}"), ("precedes", "follows", True, turned),
            ("follows", "precedes", False, circular), ("blocked", "copied_to", True, taken)):
        pair = issues.make("One"), issues.make("Other")
        issues.relate(*pair, relation_type=kind)
        checks.refused(f"{kind}, then {again} {'back' if back else 'again'}, is refused", errors.ValidationError,
                       lambda: issues.relate(*(reversed(pair) if back else pair), relation_type=again), answer)
    pair = issues.make("One"), issues.make("Other")
    issues.relate(*pair, relation_type="relates")
    checks.equal("another relation back is none too many", issues.relate(*reversed(pair), relation_type="blocks").relation_type, "blocks")
    child = issues.make("Below", parent_issue_id=pair[0])
    for kind in ("relates", "duplicates", "precedes"):
        checks.refused(f"a part that {kind} its whole is refused", errors.ValidationError,
                       lambda: issues.relate(pair[0], child, relation_type=kind), "An issue cannot be linked to one of its subtasks")


def faulty_relations(checks, room):
    issues = Issues(room)
    first, second = issues.make("One"), issues.make("Other")
    unlisted, wordy = "Relation type is not included in the list", "Delay is not a number"
    for name, fields, answer in (
            ("an empty kind", {"relation_type": ""}, f"Relation type cannot be blank, {unlisted}"),
            ("an unknown kind", {"relation_type": "likes"}, unlisted), ("a wordy delay", {"relation_type": "precedes", "delay": "x"}, wordy),
            ("both", {"relation_type": "likes", "delay": "x"}, f"{unlisted}, {wordy}")):
        checks.refused(f"{name} of a relation is refused", errors.ValidationError, lambda: issues.relate(first, second, **fields), answer)
    checks.refused("a relation with itself is refused", errors.ValidationError,
                   lambda: issues.relate(first, first, relation_type="relates"), "Related issue is invalid")
    checks.equal("an empty delay is none", issues.relate(first, second, relation_type="precedes", delay="").delay, 0)


def closed_parents(checks, room):
    issues = Issues(room)
    parent = issues.make("Whole")
    child = issues.make("Part", parent_issue_id=parent)
    issues.change(parent, status="Closed", notes="Not yet")
    checks.equal("a parent of open issues stays open", issues.status(parent), "New")
    issues.change(child, status="Closed")
    issues.change(parent, status="Closed")
    checks.equal("a parent of closed ones closes", issues.status(parent), "Closed")
    refusal = "An open issue cannot be attached to a closed parent task"
    checks.refused("no open issue is made below a closed one", errors.ValidationError, lambda: issues.make("New", parent_issue_id=parent), refusal)
    other = issues.make("Other")
    checks.refused("none comes below it", errors.ValidationError, lambda: issues.change(other, parent_issue_id=parent), refusal)
    checks.check("one that is closed at once does", lambda: issues.change(other, parent_issue_id=parent, status="Closed"))
    issues.change(child, status="New")
    checks.equal("none below it opens again", issues.status(child), "Closed")
    checks.equal("nor may it", [s.name for s in room.admin.issue.get(child, include=["allowed_statuses"]).allowed_statuses],
                 ["Closed", "Rejected"])
    issues.change(parent, status="New")
    issues.change(child, status="New")
    checks.equal("below an open one it does", issues.status(child), "New")


def duplicates(checks, room):
    issues = Issues(room)
    first, second, third, whole = (issues.make(name) for name in ("First", "Second", "Third", "Original of all"))
    issues.relate(second, first, relation_type="duplicates")
    issues.relate(third, second, relation_type="duplicates")
    issues.relate(first, whole, relation_type="duplicates")
    issues.change(first, status="Closed", notes="Done with it")
    checks.equal("duplicates close along", [issues.status(i) for i in (second, third, whole)], ["Closed", "Closed", "New"])
    change = ("attr", "status_id", str(issues.statuses["New"]), str(issues.statuses["Closed"]))
    checks.equal("with the same note", [issues.told(i)[-1] for i in (second, third)], [("Done with it", [change])] * 2)


def told_relations(checks, room):
    issues, reader = Issues(room), room.connect["rita"]
    first, second, hidden = issues.make("Told"), issues.make("Gone soon"), issues.make("Hidden", is_private=True)
    issues.relate(first, second, relation_type="blocks")
    issues.relate(first, hidden, relation_type="relates")
    checks.equal("relations are told", issues.told(first), [("", [("relation", "blocks", None, str(second))]),
                                                           ("", [("relation", "relates", None, str(hidden))])])
    checks.equal("not those to hidden issues", issues.told(first, reader), [("", [("relation", "blocks", None, str(second))])])
    room.admin.issue.delete(second)
    checks.equal("nor those to issues that are gone", issues.told(first), [("", [("relation", "relates", None, str(hidden))])])


def copied_fields(checks, room):
    issues, day = Issues(room), datetime.date(2031, 1, 1)
    parent = issues.make("Whole")
    source = issues.make("Source", description="The text", done_ratio=30, estimated_hours=4.5, start_date=day, parent_issue_id=parent,
                         assigned_to_id=room.ids["devon"], is_private=True, watcher_user_ids=[room.ids["rita"]])
    issues.change(source, status="In Progress")
    copied = room.admin.issue.copy(source, include=None, project_id=room.main)
    shown = room.admin.issue.get(copied.id, include=["journals", "watchers"])
    checks.equal("a copy has the fields", (shown.subject, shown.description, shown.done_ratio, shown.estimated_hours, shown.start_date,
                                           shown.parent.id, shown.assigned_to.id, shown.is_private),
                 (f"Source {room.unique}", "The text", 30, 4.5, day, parent, room.ids["devon"], True))
    checks.equal("a copy begins anew", (shown.status.name, shown.author.name), ("New", "Redmine Admin"))
    checks.equal("a copy has the watchers", room.ids["rita"] in [w.id for w in shown.watchers], True)
    checks.equal("a copy tells its original", issues.told(copied.id), [("", [("relation", "copied_from", None, str(source))])])
    checks.equal("and the original its copy", issues.told(source)[-1], ("", [("relation", "copied_to", None, str(copied.id))]))
    other = room.admin.issue.copy(source, link_original=False, include=None, project_id=room.main, subject="Other", description="",
                                  parent_issue_id="", estimated_hours="")
    shown = room.admin.issue.get(other.id, include=["relations"])
    checks.equal("a copy takes what is said", (shown.subject, shown.description or "", getattr(shown, "parent", None), shown.estimated_hours),
                 ("Other", "", None, None))


def refused_copies(checks, room):  # and docs/differences/copies-and-delays.md
    issues = Issues(room)
    source, hidden = issues.make("Source"), issues.make("Hidden", is_private=True)
    devon, maya = room.connect["devon"], room.connect["maya"]
    checks.check("a manager copies", lambda: maya.issue.copy(source, include=None, project_id=room.main).id)
    checks.refused("a developer does not", errors.ForbiddenError, lambda: devon.issue.copy(source, include=None, project_id=room.main))
    checks.refused("a hidden original is not found", errors.ResourceNotFoundError,
                   lambda: devon.issue.copy(hidden, include=None, project_id=room.main))
    checks.refused("a number that is none is not found", errors.ResourceNotFoundError,
                   lambda: maya.issue.copy("none", include=None, project_id=room.main))
