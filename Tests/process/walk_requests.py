"""What the random walk may ask: valid and invalid values of members, filters and orders, for each resource of the Redmine dialect.

Texts such as `@issue:7@` stand for a number of the first server; each server is sent its own.
"""
import datetime

TODAY = datetime.date.today()
LONG = "x" * 256
GONE = 987654321


def day(offset):
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


TEXTS = ["Plain text", "Zürich & <b>tags</b>", "Line\nnext", "  blanks around  ", "日本語 \U0001f600", "\"quoted\" 'text'"]
USERS = ["admin", "maya", "devon", "rita", "nora", "none"]
PEOPLE = ["maya", "devon", "rita", "nora", "greta", "luke", "admin"]

# Invalid values: text that is none, a wrong kind, too much, nothing.
BAD_NUMBERS = ["", "abc", -1, GONE, "0.5", 0, "1_000", 2**31, 10**15, 2**63, 10**20, str(10**20), None, False]
BAD_DATES = ["yesterday", "2026-13-01", "2026-02-30", "", "soon", "01/02/2026", "2026-2-3", "20260203", " 2026-01-02", "2026-01-02 ",
             "2026-01-02T10:11:12Z", "2026-01-02 00:00:00", "2026-01-02 10:00", "31.12.2026", "Jan 2 2026", "2 January 2026", "1/2/26",
             "1582-10-10", "10000-01-01", "2026-001", "2026", "x2026-01-02y", "12/31/2026", None, {}]

# Filters of the list of issues in their short form.
ISSUE_FILTERS = {
    "status_id": ["open", "o", "closed", "c", "*", "@status:1@", "@status:2@|@status:5@", "!@status:1@", "abc", "", str(GONE)],
    "tracker_id": ["@tracker:1@", "@tracker:1@|@tracker:2@", "!@tracker:2@", "abc", "", "*"],
    "priority_id": ["@priority:2@", "!@priority:2@", str(GONE)],
    "author_id": ["me", "@principal:5@", "!@principal:5@", "abc", ""],
    "assigned_to_id": ["me", "@principal:6@", "!*", "*", "!@principal:6@", ""],
    "is_private": ["0", "1", "2", "x", "!1", "!*", "0|1"],
    "subject": ["~plain", "!~plain", "^Pl", "$text", "Plain text", "~", "", "~%", "~_", "!*", "*", "~PLAIN", "^pl", "=Plain text", "!Plain text",
                "~ZÜRICH", "^zürich"],
    "description": ["~line", "*", "!*", "!~Zürich", "!~plain text", "~next line", "~\"Line next\"", "^LINE"],
    "start_date": ["t", "w", "m", "y", "ld", "lw", "nw", "nm", day(0), f">={day(-3)}", f"<={day(3)}", f"><{day(-3)}|{day(3)}",
                   ">t-3", "<t-3", "t-0", "<t+5", ">t+5", "!*", "*", "abc", ">=abc", "2026-02-30", "><2026-01-01", "nd", "><t-4"],
    "due_date": ["!*", "*", f">={day(1)}", "t+3", "><t+9", "abc", "l2w"],
    "created_on": ["t", f">={day(0)}", f"<={day(-1)}", "!*", "*", f">={day(0)}T00:00:00Z", "2026-99-99", "ld", "w", "lm"],
    "updated_on": [">t-1", "t", "<t-1", "*", "!*"],
    "closed_on": ["*", "!*", "t"],
    "done_ratio": ["50", ">=50", "<=50", "><10|60", "*", "!*", "abc", "", "5.5"],
    "estimated_hours": ["*", "!*", ">=2", "2.5", "x", "<=2,5"],
    "spent_time": ["*", "!*", ">=1"],
    "parent_id": ["*", "!*", "{issue}", "~{issue}", "abc", "{issue},{issue}", "!{issue}"],
    "child_id": ["*", "!*", "{issue}", "~{issue}", "{issue},{issue}"],
    "issue_id": ["{issue}", "{issue},{issue}", ">={issue}", "abc", f"{GONE}"],
    "relates": ["*", "!*", "{issue}", "!{issue}", "*o", "!o", "=p{project}", "=!p{project}", "!p{project}", "{issue}|{issue}"],
    "blocks": ["*", "!*", "{issue}", "*o", "!o", "=p{project}", "!p{project}"],
    "blocked": ["*", "!*", "!{issue}", "*o", "=!p{project}"],
    "precedes": ["*", "{issue}", "!o"],
    "follows": ["*", "!{issue}", "=p{project}"],
    "fixed_version_id": ["*", "!*", "{version}", "!{version}", str(GONE)],
    "category_id": ["*", "!*", "{category}", "!{category}"],
    "watcher_id": ["me", "@principal:6@", "!@principal:6@", "!me", "*"],
    "subproject_id": ["!*", "*", "{project}", "!{project}"],
    "attachment": ["*", "!*", "~note", "^n", "~a txt", "!~a txt", "$.TXT", "note.txt"],
    "attachment_description": ["*", "!*", "~desc", "!~desc", "^DESC", "x"],
    "notes": ["~word", "!~word", "*", "!*", "~two lines", "!~two lines", "^two"],
    "member_of_group": ["@principal:11@", "!@principal:11@", "*", "!*"],
    "assigned_to_role": ["@role:4@", "!@role:4@", "*", "!*"],
    "updated_by": ["me", "@principal:5@", "!@principal:5@", "!me", "@principal:6@|@principal:7@", "x"],
    "last_updated_by": ["me", "@principal:5@", "!me", "!@principal:1@"],
    "cf_@field:1@": ["1.0.0", "1.0.0|1.0.1", "!1.0.0", "*", "!*", "zzz"],
    "cf_@field:2@": ["Fixed", "!Fixed", "*", "!*"],
    "cf_@field:3@": ["~a", "^A", "Acme", "*", "!*", "!~acme", "!Acme", "$ME", "acme"],
    "cf_@field:5@": [">=3", "5", "!*", "abc"],
    "cf_@field:6@": ["1", "0", "x"],
    "cf_@field:7@": ["t", f">={day(-5)}", "abc", "*"],
    "fixed_version.due_date": ["*", "!*", f">={day(-3)}", "t", "abc"],
    "fixed_version.status": ["open", "!open", "closed|locked", "x"],
    "project.status": ["1", "!1", "5", "x"],
    "project.cf_@field:10@": ["Research", "!Research", "*", "!*", "~sal"],
    "copied_to": ["*", "!*"],
    "duplicates": ["*", "{issue}"],
    "unknown": ["x"],
}
OPERATORS = ["=", "!", "~", "!~", "^", "$", "*", "!*", ">=", "<=", "><", "o", "c", "t", "w", "nd", ">t-", "<t-", "><t-", "=p", "*o", "xx", ""]
# Operators of which each of Redmine's databases makes something else: they compare a number with a day, or a text with a number.
OF_DAYS, OF_TEXTS, BOUNDS = {"t", "w", "nd", ">t-", "<t-", "><t-"}, {"~", "!~", "^", "$"}, {">=", "<=", "><"}
NUMBERS = ["status_id", "tracker_id", "priority_id", "author_id", "assigned_to_id", "fixed_version_id", "category_id", "member_of_group",
           "project.status", "done_ratio", "estimated_hours", "issue_id", "cf_@field:5@"]
DAYS = ["start_date", "due_date", "created_on", "updated_on", "closed_on", "fixed_version.due_date", "cf_@field:7@"]
WORDS = ["subject", "description", "notes", "fixed_version.status", "cf_@field:1@", "cf_@field:2@", "cf_@field:3@"]
JUDGED = {**{name: OF_DAYS | OF_TEXTS for name in NUMBERS}, **{name: OF_TEXTS for name in DAYS},
          **{name: OF_DAYS | BOUNDS for name in WORDS}, "cf_@field:6@": OF_DAYS}
TIME_JUDGED = {**{name: OF_DAYS | OF_TEXTS for name in ("user_id", "author_id", "hours")}, "spent_on": OF_TEXTS, "comments": OF_DAYS | BOUNDS}
# Lists in an order of texts; case is judged by the database as well.
TEXT_ORDERS = {"subject", "cf_@field:3@"}
ISSUE_ORDERS = ["id", "project", "tracker", "status", "priority", "subject", "author", "assigned_to", "category", "fixed_version",
                "start_date", "due_date", "estimated_hours", "total_estimated_hours", "done_ratio", "parent", "spent_hours",
                "cf_@field:2@", "cf_@field:3@", "cf_@field:5@", "cf_@field:7@", "created_on", "updated_on", "closed_on", "nothing", ""]
TIMED_ORDERS = ("created_on", "updated_on", "closed_on")
ISSUE_INCLUDES = ["children", "attachments", "relations", "changesets", "journals", "watchers", "allowed_statuses", "nothing", ""]
PAGES = [("limit", "2"), ("limit", "0"), ("limit", "-1"), ("limit", "abc"), ("limit", "1000"), ("offset", "1"), ("offset", "-5"),
         ("offset", "999"), ("offset", "x"), ("page", "1"), ("page", "2"), ("page", "0"), ("nometa", "1"), ("nometa", "0"), ("nometa", ""),
         ("limit", "99999999999999999999"), ("offset", "99999999999999999999")]

TIME_FILTERS = {
    "issue_id": ["{issue}", "abc", str(GONE), "*", "!*"], "user_id": ["me", "@principal:5@", "!@principal:5@", "abc"],
    "activity_id": ["@activity:8@", "!@activity:8@", "abc"], "spent_on": ["t", "w", day(0), f">={day(-2)}", "abc", f"><{day(-9)}|{day(0)}"],
    "from": [day(-2), "abc", ""], "to": [day(0), "abc"], "hours": [">=2", "<=2", "1.5", "abc", "*"],
    "comments": ["~a", "!*", "*", "^P", "!~plain", "=Plain", "Plain"], "author_id": ["me", "@principal:6@"], "cf_@field:12@": ["1", "0"], "unknown": ["x"],
}
TIME_ORDERS = ["spent_on", "hours", "hours:desc", "user", "activity", "issue", "comments", "project", "nothing"]

PERMITTED_READS = ["/trackers", "/issue_statuses", "/enumerations/issue_priorities", "/enumerations/time_entry_activities",
                   "/enumerations/document_categories", "/roles", "/roles/@role:3@", "/roles/@role:4@", "/roles/@role:5@",
                   f"/roles/{GONE}", "/custom_fields", "/groups", "/queries", "/projects", "/users/current", "/my/account",
                   "/groups/@principal:11@", f"/groups/{GONE}", "/users/@principal:5@", "/users/@principal:10@", "/enumerations/other",
                   f"/users/{GONE}", "/users/abc", "/nothing", "/issues/abc", f"/issues/{GONE}", f"/time_entries/{GONE}",
                   f"/versions/{GONE}", f"/news/{GONE}", f"/attachments/{GONE}", f"/relations/{GONE}", f"/memberships/{GONE}",
                   f"/issue_categories/{GONE}", "/projects/none-such", "/projects/none-such/issues", "/projects/none-such/versions",
                   "/journals/1", "/roles/abc", "/issues/0", "/issues/-1", "/issues/99999999999999999999"]


class Values:
    """Chooses values with a given source of chance and given pools of known objects."""

    def __init__(self, chance, pools):
        self.chance, self.pools = chance, pools

    def some(self, kind, bad=0.06):
        """A mark of a known object, or a number that names nothing."""
        known = self.pools.get(kind, [])
        if not known or self.chance.random() < bad:
            return self.chance.choice([str(GONE), GONE, "abc", ""])
        return f"@{kind}:{self.chance.choice(known)}@"

    def known(self, kind):
        known = self.pools.get(kind, [])
        return f"@{kind}:{self.chance.choice(known)}@" if known else None

    def pick(self, good, bad=(), share=0.1):
        return self.chance.choice(bad if bad and self.chance.random() < share else good)

    def text(self):
        return self.pick(TEXTS, ["", LONG, None, 12, True, 1.5, 1e25, "  "], 0.12)

    def date(self):
        return self.pick([day(offset) for offset in range(-5, 15)], BAD_DATES, 0.12)

    def hours(self):
        return self.pick([1, 2.5, "3:30", "3h30", "3,5", "2h", "90m", "1 h 30 m", 0, 0.25], [-1, "x", "", "1:2:3", "1e3", 99999, ".5", "3h 30", 2**31, 10**11, str(10**11)], 0.2)

    def user(self, kinds=PEOPLE):
        numbers = {"admin": 1, "maya": 5, "devon": 6, "rita": 7, "nora": 8, "greta": 9, "luke": 10}
        return self.pick([f"@principal:{numbers[name]}@" for name in kinds], BAD_NUMBERS)

    def fields(self):
        """Custom fields of issues."""
        choices = [("@field:1@", self.pick([["1.0.0"], ["1.0.0", "1.0.2"], [], "1.0.1", ""], [["9"], "zz", ["1.0.0", "9"]])),
                   ("@field:2@", self.pick(["Fixed", "Invalid", ""], ["Nothing", ["Fixed"], ["None"], [], 5, " ", None, {}])),
                   ("@field:3@", self.pick(["Acme", "Zäh", ""], ["X" * 31, "X" * 30, 5.0, 1e25, True, " ", None, ["a"]])),
                   ("@field:4@", self.pick(["AB-1", "XY-22", ""], ["ab-1", "A-1", "AB-", "AB-1\n"])),
                   ("@field:5@", self.pick(["5", 3, "", "-2"], ["x", "1.5", "9" * 15, "9" * 19, "9" * 40, 10**20, -2**63, "007", "+5", " 5 ", "-0",
                                                                ["5"], ["x"], {}, None, True])),
                   ("@field:6@", self.pick(["1", "0", ""], [True, False, "true", "yes", 2, "2", None, ["1"], [], " ", " 1", "x", 1.5], 0.5)),
                   ("@field:7@", self.pick([day(0), day(-3), ""], ["x", "2026-02-31", 20260102, "2026-1-2", "20260102", "2026-01-02 00:00:00",
                                                                   "1582-10-10", ["2026-01-02"], ["x"], " ", None, {}])),
                   ("@field:8@", self.pick(["@principal:5@", "@principal:6@", ""], ["x", str(GONE)])),
                   (str(GONE), "x")]
        chosen = self.chance.sample(choices, self.chance.randint(1, 3))
        if self.chance.random() < 0.3:
            return "custom_field_values", dict(chosen)
        return "custom_fields", [{"id": field, "value": value} for field, value in chosen]

    def issue(self, project, is_new):
        """The members of a new or changed issue."""
        makers = {
            "subject": self.text, "description": lambda: self.pick(TEXTS + ["", None]), "tracker_id": lambda: self.pick(
                ["@tracker:1@", "@tracker:2@", "@tracker:3@"], BAD_NUMBERS),
            "status_id": lambda: self.pick([f"@status:{number}@" for number in range(1, 7)], BAD_NUMBERS),
            "priority_id": lambda: self.pick([f"@priority:{number}@" for number in range(1, 6)], BAD_NUMBERS),
            "assigned_to_id": lambda: self.pick([self.user(), "", "@principal:11@"]), "category_id": lambda: self.some("category"),
            "fixed_version_id": lambda: self.some("version"), "parent_issue_id": lambda: self.some("issue"),
            "start_date": self.date, "due_date": self.date, "done_ratio": lambda: self.pick([0, 10, 50, 100, "30", 33], [-1, 101, "x", ""]),
            "estimated_hours": self.hours, "is_private": lambda: self.pick([True, False, "1", "0"], ["x", ""]),
        }
        names = self.chance.sample(list(makers), self.chance.randint(0, 4))
        members = {name: makers[name]() for name in names}
        if self.chance.random() < 0.35:
            name, value = self.fields()
            members[name] = value
        if is_new:
            members.setdefault("subject", self.pick(TEXTS))
            if self.chance.random() < 0.97:
                members["project_id"] = project
            if self.chance.random() < 0.15:
                members["watcher_user_ids"] = [self.user(["devon", "rita", "maya"])]
            return members
        if self.chance.random() < 0.4:
            members["notes"] = self.pick(["a word", "two\nlines", "", "*bold*", 12, True])
            if self.chance.random() < 0.3:
                members["private_notes"] = self.pick([True, False])
        if self.chance.random() < 0.05:
            members["project_id"] = self.some("project")
        return members

    def project(self, identifier, is_new):
        makers = {
            "description": lambda: self.pick(TEXTS + [""]), "homepage": lambda: self.pick(["http://x.example.org/", ""], [LONG]),
            "is_public": lambda: self.pick([True, False, "0"], ["x"]), "inherit_members": lambda: self.pick([True, False]),
            "tracker_ids": lambda: self.pick([["@tracker:1@"], ["@tracker:1@", "@tracker:3@"], []], [[GONE], [""], None, ["abc"], {}, [10**20]]),
            "issue_custom_field_ids": lambda: self.pick([["@field:1@"], ["@field:1@", "@field:9@"], []], [[GONE], [""], None, ["abc"], {}]),
            "enabled_module_names": lambda: self.pick(
                [["issue_tracking", "time_tracking", "wiki", "news", "files"], ["wiki"], []],
                [["agile", "wiki"], ["wiki", "wiki"], ["news", "agile", "agile", "wiki"], [7], [None, "wiki"], [""], None, "wiki", ["Wiki", True]], 0.4),
            "custom_fields": lambda: [{"id": "@field:10@", "value": self.pick(["Research", "Sales", ""], ["None"])}],
            "parent_id": lambda: self.some("project"), "default_assigned_to_id": lambda: self.user(["maya"]),
        }
        members = {name: makers[name]() for name in self.chance.sample(list(makers), self.chance.randint(0, 3))}
        if is_new or self.chance.random() < 0.3:
            members["name"] = self.pick([f"Walk {identifier}"], ["", LONG, None], 0.15)
        if is_new:
            members["identifier"] = self.pick([identifier], ["", "UPPER", "new", "alpha", "123", "with blank", "x" * 101], 0.25)
        return members

    def version(self, name):
        makers = {"description": lambda: self.pick(TEXTS, [LONG]), "status": lambda: self.pick(["open", "locked", "closed"], ["x", ""]),
                  "due_date": self.date, "sharing": lambda: self.pick(["none", "descendants", "hierarchy", "tree"], ["x", ""]),
                  "wiki_page_title": lambda: self.pick(["Wiki", ""], ["None"])}
        members = {key: makers[key]() for key in self.chance.sample(list(makers), self.chance.randint(0, 3))}
        members["name"] = self.pick([name], ["", "x" * 61, LONG, None], 0.15)
        return members

    def time_entry(self, is_new):
        makers = {"hours": self.hours, "activity_id": lambda: self.pick(["@activity:8@", "@activity:9@"], BAD_NUMBERS),
                  "spent_on": self.date, "comments": lambda: self.pick(["a comment", "Plain", ""], ["x" * 1025, LONG, None, 12, True]),
                  "user_id": lambda: self.user(["maya", "devon", "rita"]),
                  "custom_fields": lambda: [{"id": "@field:12@", "value": self.pick(["1", "0", ""], [True, False, "yes", 2, None, [], " "], 0.4)}]}
        names = self.chance.sample(list(makers), self.chance.randint(0, 3))
        if is_new:
            names += [name for name in ("hours", "activity_id") if self.chance.random() < 0.9]
        members = {name: makers[name]() for name in names}
        if is_new:
            place = self.pick(["issue_id", "project_id"])
            members[place] = self.some("issue" if place == "issue_id" else "project")
        return members

    def account(self, login, is_new):
        makers = {"firstname": lambda: self.pick(["Wilma", "Ärna"], ["", "x" * 31]), "lastname": lambda: self.pick(["Walker"], ["", LONG]),
                  "mail": lambda: self.pick([f"{login}@example.org"], ["", "nonsense", "maya@example.org", "a@b"]),
                  "password": lambda: self.pick(["long-enough-1"], ["short", ""]), "admin": lambda: self.pick([False]),
                  "status": lambda: self.pick([1, 3, "1"], [9, "x"]), "custom_fields": lambda: [{"id": "@field:11@", "value": "+1 2"}],
                  "mail_notification": lambda: self.pick(["all", "none", "only_my_events"], ["x"]),
                  "language": lambda: self.pick(["en", ""], ["xx"])}
        names = list(makers)[:4] if is_new else self.chance.sample(list(makers), self.chance.randint(1, 3))
        if is_new and self.chance.random() < 0.3:
            names = self.chance.sample(list(makers), 5)
        members = {name: makers[name]() for name in names}
        if is_new:
            members["login"] = self.pick([login], ["", "maya", "x" * 61, "with blank", "MAYA"], 0.2)
        return members
