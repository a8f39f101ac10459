"""Compares the answers of two servers that number their objects differently: what one says must be what the other says."""
import json
import re
import xml.etree.ElementTree as ElementTree

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
MARK = re.compile(r"@([a-z_]+):(\d+)@")
CHANCE = re.compile(r"\b[0-9a-f]{32}\b")
NUMBERED = re.compile(r"(issues|projects|users|groups|memberships|relations|versions|time_entries|issue_categories|attachments"
                      r"|attachments/download|attachments/thumbnail|news)/(\d+)|#(\d+)")

# Which class of objects the `id` below a key names.
OWNERS = {
    "issue": "issue", "issues": "issue", "children": "issue", "project": "project", "projects": "project",
    "tracker": "tracker", "trackers": "tracker", "status": "status", "issue_statuses": "status",
    "allowed_statuses": "status", "default_status": "status", "priority": "priority", "issue_priorities": "priority",
    "author": "principal", "user": "principal", "users": "principal", "assigned_to": "principal",
    "default_assignee": "principal", "watchers": "principal", "group": "principal", "groups": "principal",
    "category": "category", "issue_category": "category", "issue_categories": "category", "fixed_version": "version",
    "version": "version", "versions": "version", "default_version": "version", "activity": "activity",
    "time_entry_activities": "activity", "custom_fields": "field", "issue_custom_fields": "field", "journals": "journal",
    "attachments": "attachment", "attachment": "attachment", "files": "attachment", "upload": "attachment",
    "relations": "relation", "relation": "relation", "roles": "role", "role": "role", "membership": "membership",
    "memberships": "membership", "time_entry": "time_entry", "time_entries": "time_entry", "news": "news",
    "comments": "comment", "queries": "query", "enabled_modules": "module", "results": "hit",
    "document_categories": "document_category",
}
MEMBERS = {"issue_id": "issue", "issue_to_id": "issue", "project_id": "project"}
HISTORY = {"status_id": "status", "tracker_id": "tracker", "priority_id": "priority", "assigned_to_id": "principal",
           "category_id": "category", "fixed_version_id": "version", "project_id": "project", "parent_id": "issue",
           "child_id": "issue"}
PLURALS = {"issues": "issue", "projects": "project", "users": "principal", "groups": "principal", "news": "news",
           "memberships": "membership", "relations": "relation", "versions": "version", "time_entries": "time_entry",
           "issue_categories": "category", "attachments": "attachment", "attachments/download": "attachment",
           "attachments/thumbnail": "attachment"}


class Numbers:
    """For each class, which number of the first server is which number of the second."""

    def __init__(self):
        self.forward, self.backward = {}, {}

    def learn(self, kind, first, second):
        first, second = str(first), str(second)
        old = self.forward.get((kind, first))
        if old is not None:
            self.backward.pop((kind, old), None)
        self.forward[kind, first], self.backward[kind, second] = second, first

    def forget(self, kind, first):
        second = self.forward.pop((kind, str(first)), None)
        if second is not None:
            self.backward.pop((kind, second), None)

    def second(self, kind, first):
        return self.forward.get((kind, str(first)), str(first))

    def known(self, kind, number, side):
        return (kind, str(number)) in (self.forward if side == 0 else self.backward)

    def match(self, kind, first, second):
        """Whether the two numbers may name one object. A number that is new to the second server is learnt: the first
        may have used a deleted object's number again."""
        first, second = str(first), str(second)
        if (kind, second) not in self.backward:
            self.learn(kind, first, second)
            return True
        return self.backward[kind, second] == first

    def resolve(self, text, side):
        """Puts a server's own numbers in place of marks such as `@issue:7@`."""
        return MARK.sub(lambda found: found[2] if side == 0 else self.second(found[1], found[2]), text)

    def resolve_value(self, value, side):
        if isinstance(value, dict):
            return {self.resolve(key, side): self.resolve_value(item, side) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve_value(item, side) for item in value]
        if isinstance(value, str):
            whole = MARK.fullmatch(value)
            text = self.resolve(value, side)
            return int(text) if whole and text.isdigit() else text
        return value


def read_xml(text):
    """An XML document as the JSON that says the same, with the elements' names beside the members of lists."""
    root = ElementTree.fromstring(text)
    attributes = {key: value for key, value in root.attrib.items() if key != "type"}
    return {root.tag: read_element(root), **attributes}


def read_element(element):
    attributes = {key: value for key, value in element.attrib.items() if key != "type"}
    if element.attrib.get("type") == "array":
        return [{"element": child.tag, "content": read_element(child)} for child in element]
    if len(element):
        return {**attributes, **{child.tag: read_element(child) for child in element}}
    if attributes:
        return {**attributes, "text": element.text}
    return element.text


class Comparison:
    """Collects how two bodies differ: pairs of a path and what is said there."""

    def __init__(self, numbers, unordered=False, known_only=False):
        self.numbers, self.unordered, self.known_only = numbers, unordered, known_only
        self.found = []

    def differ(self, path, what, first, second):
        self.found.append((name_of(path), what, first, second))

    def compare(self, path, first, second):
        if isinstance(first, dict) and isinstance(second, dict):
            self.compare_objects(path, first, second)
        elif isinstance(first, list) and isinstance(second, list):
            self.compare_lists(path, first, second)
        elif isinstance(first, str) and isinstance(second, str):
            if not self.same_text(path, first, second):
                self.differ(path, "value", first, second)
        elif type(first) is not type(second):
            self.differ(path, f"{type_name(first)} here, {type_name(second)} there", first, second)
        elif first != second and not self.same_number(path, first, second):
            self.differ(path, "value", first, second)

    def compare_objects(self, path, first, second):
        for key in first:
            if key not in second:
                self.differ(path + (key,), "missing there", first[key], None)
        for key in second:
            if key not in first:
                self.differ(path + (key,), "more there", None, second[key])
        both = [key for key in first if key in second]
        if both != [key for key in second if key in first]:
            self.differ(path, "order of members", list(first), list(second))
        for key in both:
            if key == "total_count" and self.known_only:
                continue
            if key == "id" and "results" in path:
                continue
            # That Redmine's users have signed in before the walk.
            if key == "last_login_on" and (path[0] != "user" or second[key] is None) and first[key] != second[key]:
                continue
            if key in ("old_value", "new_value", "value") and self.same_reference(first, second, key):
                continue
            if key == "name" and first.get("property") == second.get("property") in ("cf", "attachment", "relation"):
                kind = {"cf": "field", "attachment": "attachment"}.get(first["property"])
                if kind and self.numbers.match(kind, first[key], second[key]):
                    continue
            self.compare(path + (key,), first[key], second[key])

    def same_reference(self, first, second, key):
        """Texts that are numbers of objects: in a history's details, and values of fields that name users."""
        left, right = first[key], second[key]
        if not (isinstance(left, str) and isinstance(right, str)):
            return False
        name, kind = first.get("name"), None
        if first.get("property") == "attr":
            kind = HISTORY.get(name)
        elif first.get("property") == "relation":
            kind = "issue"
        elif name == "Reviewer" or first.get("property") == "cf":
            kind = "principal" if name == "Reviewer" or (left != right and left.isdigit()) else None
        return bool(kind) and self.numbers.match(kind, left, right)

    def compare_lists(self, path, first, second):
        if self.known_only and len(path) == 1:
            first, second = self.only_known(path, first, 0), self.only_known(path, second, 1)
        if path and path[-1] == "permissions":
            first, second = sorted(map(str, first)), sorted(map(str, second))
        if self.unordered or (path and path[-1] in ("watchers", "users", "groups")):
            second = self.as_ordered(path, first, second)
        if len(first) != len(second):
            self.differ(path, "number of members", first, second)
            return
        kind, numbers = OWNERS.get(path[-1] if path else ""), [[number_of(item) for item in items] for items in (first, second)]
        if len(path) == 1 and kind and None not in numbers[0] + numbers[1]:
            numbers[0] = [self.numbers.second(kind, number) for number in numbers[0]]
            numbers[1] = [str(number) for number in numbers[1]]
            if numbers[0] != numbers[1] and sorted(numbers[0]) == sorted(numbers[1]):
                self.differ(path, "order", *numbers)
                return
        for left, right in zip(first, second):
            self.compare(path + ("[]",), left, right)

    def only_known(self, path, items, side):
        kind = OWNERS.get(path[0])
        return [item for item in items if self.numbers.known(kind, number_of(item), side)]

    def as_ordered(self, path, first, second):
        """The second list in the order of the first, by the objects' numbers."""
        kind = OWNERS.get(path[-1])
        if path[-1] == "results":
            found = {hit_name(item): item for item in second}
            names = [NUMBERED.sub(lambda part: f"#{self.numbers.second('issue', part[3])}", hit_name(item)) for item in first]
            return [found[name] for name in names] if sorted(names) == sorted(found) else second
        number = number_of
        if path[-1] == "memberships":
            kind, number = "principal", member_of
        places = {self.numbers.second(kind, number(item)): place for place, item in enumerate(first)}
        return sorted(second, key=lambda item: places.get(str(number(item)), len(places)))

    def same_number(self, path, first, second):
        kind = class_of(path)
        return bool(kind) and self.numbers.match(kind, first, second)

    def same_text(self, path, first, second):
        if first == second and not class_of(path):
            return True
        if TIME.match(first) and TIME.match(second):
            return True
        if path[-1] == "api_key":
            return bool(re.fullmatch("[0-9a-f]{40}", first) and re.fullmatch("[0-9a-f]{40}", second))
        if path[-1] == "token":
            return all(re.fullmatch(r"\d+\.[0-9a-f]{64}", text) for text in (first, second))
        if class_of(path):
            return self.same_number(path, first, second)
        return self.same_address(first, second)

    def same_address(self, first, second):
        """Texts with addresses or numbers of objects in them."""
        first, second = CHANCE.sub("*", first), CHANCE.sub("*", second)
        if first == second:
            return True
        left, right = list(NUMBERED.finditer(first)), list(NUMBERED.finditer(second))
        if not left or NUMBERED.sub("*", first) != NUMBERED.sub("*", second) or len(left) != len(right):
            return False
        return all(one[1] == two[1] and self.numbers.match(PLURALS.get(one[1], "issue"), one[2] or one[3], two[2] or two[3])
                   for one, two in zip(left, right))


def hit_name(item):
    """The title of something found; an issue's has its number."""
    return str(item.get("title") or item.get("content", {}).get("title"))


def member_of(item):
    """The number of whom a membership is about."""
    content = item.get("content", item)
    return (content.get("user") or content.get("group") or {}).get("id")


def number_of(item):
    if isinstance(item, dict):
        return item.get("id", number_of(item.get("content")))
    return None


def class_of(path):
    if not path:
        return None
    if path[-1] in MEMBERS:
        return MEMBERS[path[-1]]
    if path[-1] != "id":
        return None
    keys = [key for key in path[:-1] if key not in ("[]", "content")]
    owner = keys[-1] if keys else ""
    if owner == "parent":
        return "project" if keys[0] in ("project", "projects") else "issue"
    return OWNERS.get(owner)


def name_of(path):
    return ".".join(path).replace(".[]", "[]") or "body"


def type_name(value):
    names = {dict: "object", list: "array", str: "text", int: "integer", float: "decimal", bool: "boolean"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def read_body(answer):
    """A body as values, or the text itself where it cannot be read."""
    text = answer.body.decode("utf-8", "replace")
    if not text.strip():
        return None
    try:
        if "json" in answer.kind:
            return json.loads(text)
        if "xml" in answer.kind:
            return read_xml(text)
    except (ValueError, ElementTree.ParseError):
        return text
    return {"other": None} if "html" in answer.kind else text


def compare_answers(numbers, first, second, unordered=False, known_only=False):
    """How two answers differ: a list of (where, what, said here, said there)."""
    found = []
    if first.status != second.status:
        return [("status", f"{first.status} here, {second.status} there", excerpt(first), excerpt(second))]
    if first.kind != second.kind:
        found.append(("Content-Type", f"{first.kind} here, {second.kind} there", first.kind, second.kind))
    comparison = Comparison(numbers, unordered, known_only)
    here, there = read_body(first), read_body(second)
    if first.status == 422 and errors_of(here) != errors_of(there):
        return found + [("errors", f"{errors_of(here)} here, {errors_of(there)} there", here, there)]
    if first.status != 422:
        comparison.compare((), here, there)
    for header in ("location", "www-authenticate"):
        one, two = first.headers.get(header), second.headers.get(header)
        if one != two and not (one and two and comparison.same_address(one, two)):
            found.append((header, f"{one and mask(one)} here, {two and mask(two)} there", one, two))
    return found + comparison.found


def errors_of(body):
    return mask(json.dumps(body.get("errors"), ensure_ascii=False)) if isinstance(body, dict) else "no body"


def mask(text):
    text = re.sub(r"\(\d+:\d\d hours", "(N hours", text)
    return re.sub(r"\d{4,}", "N", re.sub(r"walk-[\w-]+", "walk", text))


def excerpt(answer):
    return f"{answer.status} {answer.body[:300].decode('utf-8', 'replace')}"
