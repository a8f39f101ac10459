#!/usr/bin/env python3
"""Checks workspace files against docs/workspace.schema.json, and the names in them against each other.

    validate_world.py [FILE.yaml...]        default: the five worlds in Conformance/

Exit status 0 when all are valid. Needs PyYAML and the jsonschema package. `parley apply --dry-run` is the full check;
this one serves where no server is at hand.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILTIN_LINK_TYPES = {"hierarchy", "relates", "blocks", "precedes", "duplicates", "copied_to"}


class Loader(yaml.SafeLoader):
    """YAML whose dates stay text and whose keys are given once."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def mapping(loader, node):
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} is given twice", key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


Loader.add_constructor("tag:yaml.org,2002:map", mapping)


class World:
    """The names that one file declares, and what was found wrong with their use."""

    def __init__(self, document):
        self.document, self.problems = document, []
        self.users = self.unique("users", "login")
        self.roles = self.unique("roles", "name")
        self.types = self.unique("types", "name")
        self.workflows = self.unique("workflows", "name")
        self.priorities = self.unique("priorities", "name")
        self.statuses = {row.get("key", row["name"]) for row in document.get("statuses", [])}
        self.groups = self.unique("groups", "name")
        self.projects = self.unique("projects", "identifier")
        self.classifiers = self.unique("classifiers", "id")
        self.fields = {row["name"] for row in document.get("fields", [])}

    def unique(self, key, member):
        names = [row[member] for row in self.document.get(key, [])]
        for twice in sorted({str(name) for name in names if names.count(name) > 1}):
            self.problems.append(f"{key}: {twice} is declared twice")
        return set(names)

    def need(self, where, known, *names):
        for name in names:
            if name is not None and name not in known:
                self.problems.append(f"{where}: there is no {name!r}")

    def subjects(self, where, node, groups):
        """Every {role:}, {user:} and {group:} below `node`."""
        if isinstance(node, list):
            for item in node:
                self.subjects(where, item, groups)
        elif isinstance(node, dict):
            for key, known in (("role", self.roles), ("user", self.users), ("group", groups)):
                if isinstance(node.get(key), str):
                    self.need(where, known, node[key])
            for item in node.values():
                self.subjects(where, item, groups)

    def check(self):
        document = self.document
        self.need("settings.workflow", self.workflows, document.get("settings", {}).get("workflow"))
        self.priorities_tile()
        for row in document.get("types", []):
            self.need("types", self.statuses, row.get("defaultStatus"))
            self.need("types", self.workflows, row.get("workflow"))
        for row in document.get("workflows", []):
            self.workflow(row)
        for row in document.get("roles", []):
            self.need(f"roles.{row['name']}", self.roles, *row.get("includes", []))
        for row in document.get("groups", []):
            self.need(f"groups.{row['name']}", self.users, *row.get("members", []))
        for row in document.get("fields", []):
            self.need(f"fields.{row['name']}", self.types, *row.get("types", []))
            self.need(f"fields.{row['name']}", self.projects, *row.get("projects", []))
            self.need(f"fields.{row['name']}", self.roles, *row.get("visibleTo", []))
        for row in document.get("classifiers", []):
            self.need("classifiers", self.classifiers, row.get("parent"))
        self.subjects("grants", [document.get("grants"), document.get("members")], self.groups)
        self.queries("savedQueries", document)
        for row in document.get("projects", []):
            self.project(row)
        return self.problems

    def priorities_tile(self):
        """Bands cover all integers: the lowest has no `low`, the highest no `high`, neighbours touch."""
        bands = sorted(self.document.get("priorities", []), key=lambda row: row["number"])
        for index, row in enumerate(bands):
            low, high = row.get("low"), row.get("high")
            if (low is None) != (index == 0) or (high is None) != (index == len(bands) - 1):
                self.problems.append(f"priorities.{row['name']}: only the lowest lacks `low`, only the highest `high`")
            elif index and low != (bands[index - 1].get("high") or 0) + 1:
                self.problems.append(f"priorities.{row['name']}: the band does not follow the one below")

    def workflow(self, row):
        where, used = f"workflows.{row['name']}", set(row["statuses"])
        self.need(where, self.statuses, *used)
        self.need(where, used, row["default"])
        for step in row.get("transitions", []) + row.get("commentMoves", []):
            for end in ("from", "to"):
                names = step[end] if isinstance(step[end], list) else [step[end]]
                self.need(where, used | {"all", None}, *names)
            self.subjects(where, step.get("subjects"), self.groups)

    def queries(self, where, holder):
        for row in holder.get("savedQueries", []):
            self.need(f"{where}.{row['name']}", self.users, row.get("owner"))
            for kind, name in re.findall(r"\$\{([^:}]*):([^}]*)\}", row["text"]):
                known = {"type": self.types, "status": self.statuses, "priority": self.priorities, "user": self.users,
                         "project": self.projects, "field": self.fields}.get(kind)
                self.need(f"{where}.{row['name']}", known or set(), name)

    def project(self, row):
        where = f"projects.{row['identifier']}"
        groups = self.groups | {group["name"] for group in row.get("groups", [])}
        versions = {version["name"] for version in row.get("versions", [])}
        categories = {category["name"] for category in row.get("categories", [])}
        self.need(where, self.projects, row.get("parent"))
        self.need(where, self.classifiers, *row.get("classifiers", []))
        self.need(where, self.fields, *row.get("values", {}))
        for member in row.get("members", []):
            self.need(where, self.roles, *member["roles"])
        for group in row.get("groups", []):
            self.need(where, self.users, *group.get("members", []))
        for category in row.get("categories", []):
            self.need(where, self.users, category.get("assignee"))
        self.subjects(where, [row.get("members"), row.get("grants")], groups)
        self.queries(where, row)
        mounts, types = [], []
        for tool in row.get("tools", []):
            tool = {"kind": tool} if isinstance(tool, str) else tool
            mounts.append(tool.get("mountPoint", tool["kind"]))
            types += tool.get("types", [tool.get("label", "Tickets")] if tool["kind"] == "tickets" else [])
            self.tool(f"{where}.{mounts[-1]}", tool, groups, versions, categories)
        for names, what in ((mounts, "mount point"), (types, "type")):
            for twice in sorted({name for name in names if names.count(name) > 1}):
                self.problems.append(f"{where}: the {what} {twice} stands at two tools")
        for tool in row.get("tools", []):
            if isinstance(tool, dict):
                self.need(where, set(mounts), *tool.get("childTrackers", []))

    def tool(self, where, tool, groups, versions, categories):
        self.need(where, self.types, *tool.get("types", []))
        self.need(where, self.workflows, tool.get("workflow"))
        self.subjects(where, [tool.get("grants"), tool.get("form"), tool.get("fields")], groups)
        self.queries(where, tool)
        own = versions | {version["name"] for version in tool.get("versions", [])}
        for issue in tool.get("issues", []):
            self.need(where, self.users, issue["author"], issue.get("assignee"))
            self.need(where, self.statuses, issue.get("status"))
            self.need(where, self.types, issue.get("type"))
            self.need(where, own, issue.get("version"))
            self.need(where, categories, issue.get("category"))
        for row in tool.get("pages", []) + tool.get("articles", []):
            self.need(where, self.users, row["author"], *[note["author"] for note in row.get("comments", [])])
        self.need(where, {page["title"] for page in tool.get("pages", [])}, *[p.get("parent") for p in tool.get("pages", [])])
        for forum in tool.get("forums", []):
            for topic in forum.get("topics", []):
                for index, post in enumerate(topic["posts"]):
                    self.need(where, self.users, post["author"])
                    if post.get("replyTo", -1) >= index:
                        self.problems.append(f"{where}: a post of {topic['subject']!r} answers a later one")


def validate(path, validator):
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError as reason:
        return [str(reason)]
    errors = sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    problems = []
    for error in errors:
        best = jsonschema.exceptions.best_match([error])
        problems.append(f"{'.'.join(map(str, best.absolute_path)) or 'the file'}: {best.message[:300]}")
    return problems or World(document).check()


def main():
    schema = json.loads((ROOT / "docs" / "workspace.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or sorted((ROOT / "Conformance").glob("*/world.yaml"))
    failed = False
    for path in paths:
        problems = validate(path, validator)
        failed = failed or bool(problems)
        print(f"{path}: {'valid' if not problems else f'{len(problems)} problems'}")
        for problem in problems:
            print(f"  {problem}")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
