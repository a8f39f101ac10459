"""What the random walk asks in RT's protocol: valid and invalid values of fields, forms, queries and addresses.

Texts such as `@ticket:7@` stand for a number of the first server; each server is sent its own.
"""
QUEUES = ["General", "Support", "general", "Network", "Vault"]
PEOPLE = ["ana", "ben", "rita@example.net", "new-one@example.net", "ana@example.org", "rhea", "Nobody", "ned"]
TEXTS = ["plain words", "Ärger & <b>", "日本語 \U0001f600", "a, b", "'quoted' \"text\"", "x" * 120, "#hash", "colon: in it", "back\\slash"]
# Short enough for every column of RT's.
WORDS = ["short", "Ärger & b", "a, b", "12"]
STATUSES = ["new", "open", "stalled", "resolved", "rejected", "OPEN", "Stalled"]
DATES = ["2031-02-03", "2031-02-03 04:05:06", "2031-02-03 04:05", "Sat Nov 21 17:21:26 2026", "3 Feb 2031", "02/03/2031", "tomorrow",
         "in 3 days", "+3 days", "2 weeks ago", "next month", "2031-02-03T10:11:12Z", "1970-01-02"]
ODD_DATES = ["", "0", "soon", "2031-13-45", "Not set", "99999999999", "yesterday", "2031"]
NUMBERS = ["0", "5", "50", "-3"]
ODD_NUMBERS = [""]
CHOICES = {
    "Severity": (["Low", "High", "", "high"], ["Extreme", "Low, High"]),
    "Affected Systems": (["web", "web, mail", "'disk, raid'", "", "web,db", "WEB"], ["nothing", "web, nothing"]),
    "Serial": (TEXTS, [""]), "Keywords": (["one", "one, two", "", "a,b,c", "one, one"], []),
    "Deploy Date": (["2031-05-06", "", "6 May 2031"], ["soon", "2031-99-99"]), "Notes": (["one line", "two\n lines", ""], []),
    "Rack": (["r1", ""], []), "Nowhere": (["x"], []),
}
PEOPLE_FIELDS = ["Cc", "AdminCc", "Requestors"]
DATE_FIELDS = ["Due", "Starts", "Started", "Resolved", "Told"]
NUMBER_FIELDS = ["Priority", "InitialPriority", "FinalPriority", "TimeEstimated", "TimeWorked", "TimeLeft"]
FIELD_LISTS = ["subject,status", "Owner,queue,Priority", "cf.{Severity},subject", "CF-Serial", "id", "requestors,cc,admincc", "created,due,told",
               "no field", "subject,", "timeworked,timeleft"]
LINK_FIELDS = ["DependsOn", "DependedOnBy", "RefersTo", "ReferredToBy", "Members", "MemberOf"]
RELATIONS = ["DependsOn", "DependedOnBy", "RefersTo", "ReferredToBy", "HasMember", "MemberOf", "dependson", "Members", "Bogus"]
URIS = ["http://ext.example/1", "http://ext.example/2", "mailto:a@b.example", "ticket/none", "no link", "99999999", "x:y", "urn:isbn:1"]
CONDITIONS = [
    "Status = 'new'", "Status != 'new'", "Status = '__Active__'", "Status = '__Inactive__'", "Status = 'deleted'", "Status LIKE 'e'",
    "Queue = 'General'", "Queue = 'general'", "Queue != 'Support'", "Queue = 1", "Queue = 'Nowhere'", "Queue LIKE 'en'",
    "Owner = 'ana'", "Owner = 'Nobody'", "Owner != 'ana'", "Owner = '__CurrentUser__'", "Owner.Name LIKE 'be'",
    "Creator = 'ana'", "Creator = '__CurrentUser__'", "LastUpdatedBy != 'ana'",
    "Priority > 3", "Priority = '5'", "Priority < 'x'", "FinalPriority >= 50", "TimeWorked > 0", "TimeLeft = 0", "InitialPriority != 0",
    "Subject LIKE 'plain'", "Subject = 'plain words'", "Subject STARTSWITH 'walk'", "Subject ENDSWITH 's'", "Subject NOT LIKE 'plain'",
    "Subject LIKE '%'", "Subject IS NULL", "Subject IS NOT NULL", "Subject LIKE \"quoted\"",
    "Requestor = 'rita@example.net'", "Requestor LIKE 'example'", "Requestor IS NULL", "Requestor IS NOT NULL", "Requestors != 'rita@example.net'",
    "Cc = 'new-one@example.net'", "AdminCc.Name = 'ben'", "Watcher = 'ana@example.org'", "Watcher.Name = 'ana'", "Requestor.RealName LIKE 'Rita'",
    "Requestor.Organization IS NULL", "Cc LIKE 'ana'", "QueueCc IS NULL",
    "Created > '2026-01-01'", "Created = 'today'", "Created < 'yesterday'", "Due IS NULL", "Due < '2031-05-05'", "Due = '2031-02-03'",
    "Due > 'today'", "Told IS NOT NULL", "Starts < Due", "LastUpdated > '1 hour ago'", "Resolved IS NULL", "Created LIKE '2026'", "Due > 'soon'",
    "Created < 'in 3 days'", "Updated > '2020-01-01'",
    "CF.{Severity} = 'Low'", "CF.{Severity} != 'Low'", "CF.{Severity} IS NULL", "CF.severity = 'high'", "'CF.{Affected Systems}' = 'web'",
    "CF.{Affected Systems} != 'web'", "CF.{Affected Systems} LIKE 'i'", "CF.{Keywords} = 'one'", "CF.{Serial} LIKE 'a'", "CF.{Deploy Date} > '2031-01-01'",
    "CF.{Nowhere} = 'x'", "CF.{Notes} IS NOT NULL", "CF.General.{Severity} = 'High'", "CustomField.{Severity} = 'High'",
    "DependsOn IS NULL", "DependsOn IS NOT NULL", "RefersTo IS NOT NULL", "MemberOf IS NULL", "HasMember IS NOT NULL", "Linked IS NOT NULL",
    "RefersTo = 'http://ext.example/1'", "DependsOn = {ticket}", "MemberOf = '{ticket}'", "LinkedTo = {ticket}", "RefersTo LIKE 'x'", "DependedOnBy != {ticket}",
    "id = {ticket}", "id > {ticket}", "id = '{ticket}'", "id != {ticket}", "id = 'x'",
    "Content LIKE 'words'", "Filename LIKE 'txt'", "ContentType LIKE 'text'", "UpdatedBy = 'ana'", "Lifecycle = 'default'", "SLA IS NULL",
]
BROKEN = ["Bogus = 'x'", "Status = ", "Status", "= 'x'", "(Status = 'new'", "Status = 'new')", "Status = new", "Status = 'new' AND", "AND Status = 'new'",
          "Status ~ 'new'", "NOT Status = 'new'", "Status IN ('new')", "Status = 'new' Status = 'open'", "((", "Subject SHALLOW LIKE 'x'"]
ORDERS = ["id", "-id", "Subject", "-Subject", "Status", "-Priority", "Queue", "Owner", "Created", "Due", "-Due", "CF.{Severity}", "Requestor.EmailAddress", "Nothing",
          "+id", "TimeWorked", ""]
OBJECT_QUERIES = ["Name = General", "Name LIKE 'e'", "Name = ana", "Name != ana", "EmailAddress LIKE example.org", "Disabled = 0", "Name STARTSWITH S", "Name ~ x",
                  "Bogus = 1", "Name =", "", "id = 1", "Description LIKE 'a'", "Name = 'no such'", "Name > a", "RealName LIKE An", "Name 'NOT LIKE' e"]
ADDRESSES = ["ticket", "ticket/", "ticket/abc", "ticket/0", "ticket/99999999", "ticket/1x", "bogus/1", "bogus", "queue/Nowhere", "queue/99999999", "user/nobody-here",
             "user/99999999", "group/Nope", "group/99999999", "ticket/99999999/links", "ticket/99999999/history", "ticket/99999999/attachments", "ticket/new",
             "queue/new", "user/new", "group/new", "attachment/99999999", "transaction/99999999", "queue/1", "queue/General", "queue/general", "queue/SUPPORT",
             "queue/1/ticketcustomfields", "queue/1/customfields", "user/ana", "user/ANA", "user/ben@example.org", "user/rita", "user/dora", "group/Helpdesk",
             "show", "edit", "ticket/show", "ticket/edit", "search/bogus", "search/ticket", "ticket/-1", "ticket/99999999/2/3/4", "user/Nobody", "queue/Network", "queue/Vault"]
MALFORMED = ["", "nothing", "Subject", "Subject:", "# only a comment", "Subject: a\n# late comment\nStatus: open", "--", "Subject: a\n--\nSubject: b", ":", " indented",
             "id: x\n\n\n", "Subject : spaced", "Subject: a\nnot a field\nPriority: 3"]
USER_FIELDS = ["RealName", "NickName", "Gecos", "Organization", "Address1", "City", "Country", "HomePhone", "Comments", "Signature", "Lang", "ContactInfo"]


class Values:
    """Chooses values with a given source of chance and given pools of known objects."""

    def __init__(self, chance, pools):
        self.chance, self.pools = chance, pools

    def pick(self, good, bad=(), share=0.12):
        return self.chance.choice(bad if bad and self.chance.random() < share else good)

    def ticket(self, bad=0.03):
        pool = self.pools.get("ticket")
        if not pool or self.chance.random() < bad:
            return self.chance.choice(["99999999", "0"])
        return f"@ticket:{self.chance.choice(pool)}@"

    def people(self):
        return ", ".join(self.chance.sample(PEOPLE[2:5] + ["x@example.net"], self.chance.randint(0, 3)))

    def field(self, is_new):
        """A field of a ticket and its value."""
        kind = self.chance.random()
        if kind < 0.22:
            name = self.chance.choice(list(CHOICES))
            spelling = self.chance.choice(["CF.{%s}", "CF.{%s}", "CF-%s"]) % name
            return spelling, self.pick(*CHOICES[name])
        if kind < 0.36:
            name = self.chance.choice(NUMBER_FIELDS)
            return name, self.pick(NUMBERS[:3]) if name.startswith("Time") else self.pick(NUMBERS, ODD_NUMBERS if is_new else [])
        if kind < 0.50:
            name = self.chance.choice(DATE_FIELDS[:3] if is_new else DATE_FIELDS)
            # RT writes a transaction where a date that is not set is cleared.
            return name, self.pick(DATES, ODD_DATES if is_new else [], 0.25)
        if kind < 0.62:
            return self.chance.choice(["Requestor", "Cc", "AdminCc"] if is_new else PEOPLE_FIELDS), self.pick([self.people()], ["not an address", "a b c"])
        if kind < 0.74:
            return "Status", self.pick(STATUSES, ["asleep", "", "deleted"])
        if kind < 0.84:
            return "Owner", self.pick(["ana", "ben", "Nobody", "ANA", "root"], ["nobody-here", "rhea", "ned", ""])
        if kind < 0.94:
            return "Subject", self.subject()
        if kind < 0.96:
            return "SLA", self.chance.choice(["4h", "Gold"])
        return self.pick([("bogus", "1"), ("Created", "2001-01-01"), ("Creator", "ben"), ("Type", "x"), ("Text", "words"), ("LastUpdated", "2001-01-01"), ("id", "x")])

    def subject(self):
        return f"{self.prefix} {self.chance.choice(TEXTS)}"

    def fields(self, is_new):
        found = {}
        for _ in range(self.chance.randint(1, 5 if is_new else 3)):
            name, value = self.field(is_new)
            found.setdefault(name.lower().replace("cf-", "").strip("cf.{}"), (name, value))
        return [f"{name}: {value}" for name, value in found.values()]

    def query(self, depth=2):
        """A query in TicketSQL; connectives of one level are alike, so that their order does not matter."""
        if depth == 0 or self.chance.random() < 0.4:
            return self.chance.choice(CONDITIONS).replace("{ticket}", self.ticket(0))
        joined = self.chance.choice([" AND ", " OR ", " and "])
        parts = [self.query(depth - 1) for _ in range(self.chance.randint(2, 3))]
        return "(" + joined.join(parts) + ")"
