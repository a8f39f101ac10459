"""Steps of the random walk that go to the corners of RT's interface: every field with every operator, several objects at once, single
transactions and attachments, sessions, and odd octets."""
import http.client
import re
import urllib.parse

import walk_rt_requests as values
from walk_rt_compare import canonical, compare_found, compare_texts, forms_of

OPERATORS = ["=", "!=", "<", ">", "<=", ">=", "LIKE", "NOT LIKE", "STARTSWITH", "NOT STARTSWITH", "ENDSWITH", "NOT ENDSWITH", "IS", "IS NOT"]
NUMBERS = ["0", "5", "'5'", "'x'", "50", "NULL", "-3", "'-3'"]
DATES = ["'2031-02-03'", "'today'", "'yesterday'", "'tomorrow'", "'2 days ago'", "'in 3 days'", "'last week'", "'next month'", "'soon'", "NULL",
         "'2031-02-03 04:05:06'", "'Sat Nov 21 17:21:26 2026'", "'1 hour ago'", "''", "'0'"]
TEXTS = ["'new'", "'General'", "'a'", "'%'", "'_'", "''", "NULL", "'plain words'", "'Ä'", "'\\\\'", "'12'"]
PEOPLE = ["'ana'", "'ana@example.org'", "'Nobody'", "'rita@example.net'", "'example'", "'__CurrentUser__'", "NULL", "''", "'12'", "'nobody-here'"]
ENDS = ["{ticket}", "'{ticket}'", "'http://ext.example/1'", "NULL", "''", "'fsck.com-rt://parley.example/ticket/{ticket}'", "0"]
FIELDS = (
    [(name, NUMBERS) for name in values.NUMBER_FIELDS] + [("id", ["{ticket}", "'{ticket}'", "'x'", "NULL", "''"])] + [(name, DATES) for name in ["Created", "Starts", "Started", "Due", "Resolved", "Told", "LastUpdated"]]
    + [(name, TEXTS) for name in ["Subject", "Status", "Queue", "Lifecycle", "CF.{Severity}", "CF.{Affected Systems}", "CF.{Serial}", "CF.{Keywords}",
                                  "CF.{Notes}", "CF.{Rack}", "CF.General.{Severity}", "CF.Nowhere.{Severity}", "CF.{Nope}", "'CF.{Serial}.Content'", "SLA"]]
    + [("CF.{Deploy Date}", DATES)]
    + [(name, PEOPLE) for name in ["Owner", "Owner.Name", "Requestor", "Requestor.EmailAddress", "Requestor.Name", "Requestor.RealName", "Requestor.id",
                                   "Cc", "Cc.EmailAddress", "AdminCc", "AdminCc.Name", "Watcher", "Watcher.Name", "Watcher.EmailAddress", "Creator",
                                   "Requestors.Nickname", "Requestor.City", "QueueCc", "QueueAdminCc"]]
    + [(name, ENDS) for name in ["DependsOn", "DependedOnBy", "DependentOn", "RefersTo", "ReferredToBy", "MemberOf", "HasMember", "Linked", "LinkedTo",
                                 "LinkedFrom"]]
)
# What the order is by, and the field that a table then shows.
ORDERS = ["id", "Subject", "Status", "Priority", "InitialPriority", "FinalPriority", "TimeWorked", "TimeLeft", "TimeEstimated", "Created", "Starts", "Started",
          "Due", "Resolved", "Told", "LastUpdated"]
PATHS = ["ticket/{ticket}/show", "ticket/{ticket}/links", "ticket/{ticket}/links/show", "ticket/{ticket}/attachments/x", "ticket/{ticket}/attachments/99999999",
         "ticket/{ticket}/attachments/99999999/content", "ticket/{ticket}/history/id/99999999", "ticket/{ticket}/correspond", "ticket/{ticket}/customfields",
         "ticket/{ticket}/merge/99999999", "ticket/99999999/merge/{ticket}", "ticket/{ticket}/merge/{ticket}", "attachment/x", "attachment/99999999/content",
         "transaction/x", "queue/1/ticketcustomfields", "queue/General/ticketcustomfields", "queue/general/customfields", "queue/Support/ticketcustomfields",
         "queue/Network/ticketcustomfields", "group/1/customfields", "user/ana/customfields", "user/ana/show", "user/ben@example.org/show", "queue/general/show",
         "group/Helpdesk/show", "queue/new", "user/new", "group/new", "ticket/new", "ticket/new/show", "ticket/show", "ticket/edit", "queue/show", "nothing/show",
         "ticket/link", "ticket/{ticket}/take/x", "Ticket/{ticket}", "TICKET/{ticket}/links", "/ticket/{ticket}", "ticket//{ticket}", "ticket/{ticket}/",
         "ticket/0{ticket}", "ticket/+{ticket}", "ticket/{ticket}.0", "ticket/ {ticket}", "search", "search/", "search/Ticket", "search/TICKET", "logout/x",
         "ticket/merge", "ticket/comment", "", "/", "NoAuth/x", "ticket/{ticket}/links/DependsOn", "ticket/{ticket}/history/links",
         "ticket/{ticket}/history/type/Bogus", "ticket/{ticket},{ticket}/show"]
LINE_ENDS = ["Subject: {name} one\r\nPriority: 4\r\n", "Subject: {name} one\rPriority: 4", "\ufeffSubject: {name}", "Subject: {name}\x00b\nPriority: 3",
             "Subject: {name}\n\n\nPriority: 7", "\n\nSubject: {name}", "Subject:{name} close", "Subject:    {name} wide   ", "Subject:\n  {name} below",
             "Subject: {name}\n  and\n   more", "SUBJECT: {name} loud", "Subject: {name}\u2028line", "Subject: {name}\n--\n", "Subject: {name}\n-- \nPriority: 2",
             "CF.{Severity}: low\nCF-serial: {name}", "CustomField-Serial: {name}", "customfield.{Serial}: {name}", "cf.{serial}: {name}", "CF.{Serial }: x",
             "Priority: high", "Priority: Medium", "Priority: High", "Priority:  7", "TimeLeft: -5", "TimeEstimated: 99999", "Disabled: 0", "Text: words", "Attachment: x", "Owner: 12",
             "Owner: ANA", "Owner: ana@example.org", "Queue: general", "Queue: 1", "Queue: 0", "Status: Open", "Status:", "Status: 'open'", "Cc: ana",
             "Cc: 'a@b.example', c@d.example", "Cc: a@b.example, a@b.example", "Cc: {mail}@B.example", "Cc: \"Name\" <n@b.example>", "Cc: Name <n@b.example>",
             "Requestors: ana@example.org\nRequestors: rita@example.net", "Subject: {name}\nSubject: other", "Due: 2031-02-03\nDue: 2031-02-04", "Due: 0000-00-00",
             "Due: 2031-02-30", "Due: 1969-12-31", "Due: 2039-01-01 00:00:00", "Due: 31/12/2031", "Due: 12/31/2031", "Due: 2031/02/03", "Due: Feb 3 2031",
             "Due: 3pm", "Due: 2031-02-03 25:00", "Due: next tuesday", "Due: 10 minutes ago", "Due: +1 week", "Due: end of month", "Due: @1234567890", "Due: 20310203",
             "Due: 20310203040506", "Due: 2031-W05", "Due: 2031-02-03T04:05:06+02:00", "Due: 2031-02-03 04:05:06 UTC", "Due: 2031-02-03 04:05 CET", "Due: now",
             "Due: midnight", "Due: noon", "Due: today 12:00", "Due: yesterday noon", "Due: in 2 weeks", "Due: 2 days", "Due: friday", "Due: last day",
             "CF.{Deploy Date}: tomorrow", "CF.{Deploy Date}: 2031-05-06 07:08", "CF.{Affected Systems}: 'disk, raid',web", "CF.{Affected Systems}: web\n db",
             "CF.{Keywords}: \"a, b\", c", "CF.{Keywords}: a,,b", "CF.{Notes}:\n first\n\n  second\n", "CF.{Severity}: Low\nCF.{Severity}: High"]


class More:
    """What `Walk` mixes in."""

    def condition(self):
        field, choices = self.chance.choice(FIELDS)
        operator = self.chance.choice(OPERATORS)
        value = self.chance.choice(choices)
        if field in values.NUMBER_FIELDS + ["id"] and len(operator) > 2 and not operator.startswith("IS"):
            # RT's database compares texts of numbers then: ticket-searches.md.
            operator = "="
        if operator.startswith("IS"):
            value = "NULL"
        elif value == "NULL" and field.lstrip("'").startswith("CF."):
            value = "'NULL'"
        if "." in field and choices is PEOPLE and ("NOT" in operator or operator == "!="):
            # RT counts a person in whom several could be meant its own way.
            operator = "="
        if choices is PEOPLE and value in ("'__CurrentUser__'", "'12'") or field == "Queue" or field == "CF.{Deploy Date}":
            # What a number or a date is like, or a queue's name begins with, are RT's database's affairs, and nobody's question.
            operator = operator if operator in ("=", "!=", "IS", "IS NOT") else self.chance.choice(["=", "!="])
        return f"{field} {operator} {value}".replace("{ticket}", self.values.ticket(0))

    def step_conditions(self):
        """One condition of every kind, and what it finds among the walk's own tickets."""
        user = self.user()
        condition = self.condition()
        query = f"Subject LIKE '{self.prefix}' AND {condition}"
        if self.chance.random() < 0.25:
            # Connectives mixed on one level: the last one counts for all.
            joined = self.chance.choice([" AND ", " OR "]), self.chance.choice([" AND ", " or "])
            query = f"Subject LIKE '{self.prefix}' AND (Status = 'new'{joined[0]}{condition}{joined[1]}Priority > 3)"
        kind = re.sub(r"@ticket:\d+@", "N", condition)
        step = f"find {kind}" if user == "root" else f"find by others {kind}"
        request = self.request(step, "search/ticket", [("query", query), ("format", self.chance.choice("is"))], user=user, numbered="ticket")
        self.ask(request, lambda *answers: [(self.where(one), *one[1:]) if one[0].startswith("found") else one
                                            for one in compare_found(*answers, False, self.odd)])

    def step_order(self):
        """The values of the field that a search is ordered by; tickets that are alike there may stand in any order."""
        field = self.chance.choice(ORDERS)
        sign = self.chance.choice(["", "-", "+"])
        parameters = [("query", f"Subject LIKE '{self.prefix}'"), ("orderby", sign + field), ("format", "l"), ("fields", field)]

        def differences(numbers, *answers):
            told = []
            for side, answer in enumerate(answers):
                forms = [form for form in forms_of(canonical(answer, numbers, side, "ticket")) if form.get("id", "").replace("ticket/", "") not in self.odd]
                told.append([next((value for key, value in form.items() if key.lower() == field.lower()), "") for form in forms])
            if field in ("id",) or len(told[0]) != len(told[1]):
                return compare_found(numbers, *answers, field == "id", self.odd)
            pairs = zip(told[0], told[1])
            odd = next((pair for pair in pairs if compare_texts(numbers, f"RT/V 200 Ok\n\n{pair[0]}", f"RT/V 200 Ok\n\n{pair[1]}")), None)
            return [("the order of values", str(told[0]), str(told[1]))] if odd else []
        self.ask(self.request(f"order by {sign}{field}", "search/ticket", parameters, user="root"), differences)

    def step_path(self):
        path = self.chance.choice(PATHS)
        user = self.user()
        step = f"path {path}" if user == "root" else f"path by others {path}"
        while "{ticket}" in path:
            path = path.replace("{ticket}", self.values.ticket(0), 1)
        parameters = self.chance.choice([[], [], [("format", "l")], [("format", "s")], [("fields", "subject,id")], [("content", "")], [("content", "0")]])
        if path.startswith("search") or "merge" in path:
            parameters = [("query", "id = 0")]
        kind = path.strip("/").split("/")[0].lower()
        step = step.replace("@", "")
        if "history" in path:
            parameters = []
        request = self.request(step, path, parameters, user=user, numbered=kind)

        def differences(numbers, *answers):
            if "history" in path:
                # Totals count mails in RT; what is told is compared elsewhere.
                answers = [re.sub(r"(?m)# \d+/\d+|^\d+: .*\n", "", answer) for answer in answers]
            return compare_texts(numbers, *self.spelled(request, answers), kind)
        self.ask(request, differences)

    def spelled(self, request, answers):
        """Answers with a mark for each ticket's number that the request spelled and that is only repeated."""
        marks = re.findall(r"@ticket:(\d+)@", request.path + str(request.parameters))
        result = []
        for side, answer in enumerate(answers):
            for mark in marks:
                number = self.numbers.resolve(f"@ticket:{mark}@", side)
                answer = re.sub(rf"(?m)^((?:#|id: ).*[/,' +]|(?:#|id: ).*ticket/0){number}\b", rf"\g<1><{mark}>", answer)
                answer = re.sub(rf"(?m)^((?:#|id: ).*[/,' +]|(?:#|id: ).*ticket/0){number}\b", rf"\g<1><{mark}>", answer)
            result.append(answer)
        return result

    def step_odd_lines(self):
        """Forms that are spelled oddly, sent to a ticket that nothing else is done with afterwards but comparing it."""
        ticket = self.values.ticket(0)
        line = self.chance.choice(LINE_ENDS)
        self.serial += 1
        content = line.replace("{name}", f"{self.prefix} odd").replace("{mail}", f"A-{self.prefix}-{self.serial}")
        if self.chance.random() < 0.3:
            if line.startswith(("Priority: H", "Priority: M", "Priority: h")):
                # RT's database keeps the word: rt-edits.md.
                return
            request = self.request(f"odd new {line!r}", "ticket/new", [("content", f"Queue: General\n{content}")], user="ana", creates="ticket")
            answers, _ = self.ask(request)
            made = re.search(r"^# Ticket (\d+) created", answers[0], re.M)
            if made and int(made[1]) in self.pools["ticket"]:
                self.look(int(made[1]), request)
            return
        self.note_order(ticket, content.split("\n"))
        self.changed(self.request(f"odd {line!r}", f"ticket/{ticket}/edit", [("content", content)], user="ana"))

    def step_several_forms(self):
        """Several forms at once; what becomes of the tickets is looked at afterwards."""
        tickets = [self.values.ticket() for _ in range(2)]
        kinds = [
            f"id: ticket/{tickets[0]}\nPriority: 8", f"id: ticket/{tickets[1]}\nPriority: 9\nBogus: 1", f"id: {tickets[0]}\nPriority: 11", "Priority: 3", "id: x\nPriority: 3",
            f"id: ticket/{tickets[1]}/links\nRefersTo: http://ext.example/2", f"id: ticket/{tickets[0]}/comment\nAction: comment\nText: several",
            "id: ticket/99999999\nPriority: 3", "id: queue/1\nBogus: 2", "id: user/ana\nBogus: 2", f"id: ticket/{tickets[0]}/take\nAction: grab", "id: bogus/1\nPriority: 3",
            "id: ticket/x\nPriority: 2", "Priority: 1\nno line\n# late", f"id: ticket/{tickets[0]}\nPriority: 8\nStatus: asleep",
        ]
        content = "\n--\n".join(self.chance.sample(kinds, self.chance.randint(1, 3)))
        path = self.chance.choice(["edit", "ticket/edit"]) if f"id: {tickets[0]}" not in content else "ticket/edit"
        user = self.user()
        self.changed(self.request("several forms", path, [("content", content)], user=user))

    def step_several_objects(self):
        """Several objects shown at once, of several kinds and in odd lists."""
        tickets = [self.values.ticket() for _ in range(3)]
        choices = [f"ticket/{tickets[0]},{tickets[1]}", f"ticket/{tickets[0]}, {tickets[1]}", f"ticket/{tickets[0]}/links", "queue/1", "queue/General", "user/ana",
                   "user/ana,ben", f"ticket/{tickets[0]},x", "ticket/", "x/1", f"ticket/{tickets[2]}/bogus", "group/Helpdesk", "queue/1/ticketcustomfields",
                   f"{tickets[0]},{tickets[1]}", "99999998-99999999", f"ticket/{tickets[0]}/", "ticket/99999999"]
        path = self.chance.choice(["show", "ticket/show", "queue/show", "user/show"])
        if path in ("queue/show", "user/show"):
            choices = [one for one in choices if not one.endswith("/")]
        chosen = [self.chance.choice(choices) for _ in range(self.chance.randint(1, 3))]
        ids = [("id", one) for one in chosen if one[0] not in "@0123456789" or path == "ticket/show"] or [("id", "queue/1")]
        more = self.chance.choice([[], [("format", "l")], [("fields", "subject,name")]])
        request = self.request(f"show at once below {path}", path, ids + more, user=self.user())
        self.ask(request, lambda numbers, *answers: compare_texts(numbers, *self.spelled(request, answers)))

    def step_attachment(self):
        """All attachments that a user is told of, one by one; mails are left out, and what differs by design: numbers, headers that name the server."""
        ticket, user = self.values.ticket(0), self.chance.choice(["root", "ana", "rhea"])
        lists = [side.send(self.request("", f"ticket/{ticket}/history", [("format", "l"), ("fields", "type,content,attachments")], user=user)).decode("utf-8", "replace")
                 for side in self.sides]
        found = []
        for text in lists:
            said = [form for form in forms_of(text) if form.get("Type") in ("Create", "Comment", "Correspond")]
            found.append([re.findall(r"(\d+): ", form.get("Attachments", "")) for form in said])
        request = self.request("attachment" if user == "root" else "attachment for others", f"ticket/{ticket}/attachments/N", user=user)
        self.sent += 1
        if [len(one) for one in found[0]] != [len(one) for one in found[1]]:
            self.note(request, [("other attachments", lists[0][:400], lists[1][:400])])
            return
        pairs = [pair for one, two in zip(*found) for pair in zip(one, two)]
        if not pairs:
            return
        numbers = self.chance.choice(pairs)
        told = [[self.attachment(side, path, number, user) for side, number in zip(self.sides, numbers)] for path in (f"ticket/{ticket}/attachments/{{}}", "attachment/{}")]
        differences = [(f"{one} here, {two} there"[:90], str(pair[0]), str(pair[1])) for pair in told for one, two in zip(*pair) if one != two]
        self.note(request, differences)

    def attachment(self, side, path, number, user):
        """What is compared of an attachment."""
        text = side.send(self.request("", path.format(number), user=user)).decode("utf-8", "replace")
        form = (forms_of(text) or [{}])[0]
        headers = sorted({line.split(":")[0] for line in form.get("Headers", "").split("\n")} - {"X-Mailer", "Message-ID", "RT-Message-ID", "RT-Send-CC", ""})
        # RT spells what is no text anew where a name beside it is not ASCII: ticket-histories.md.
        shown = ("Content",) if form.get("ContentType", "").startswith("text/") or form.get("Filename", "").isascii() else ()
        kept = [f"{key}: {form[key]}" for key in ("Subject", "Filename", "ContentType", "ContentEncoding", *shown) if key in form]
        return kept + [f"Parent is {'none' if form.get('Parent') in ('0', 'attachment/0') else 'one'}", f"Headers: {headers}"]

    def step_transaction(self):
        """A single transaction, by both of its addresses."""
        ticket, user = self.values.ticket(0), self.chance.choice(["root", "ana", "rhea"])
        lists = [side.send(self.request("", f"ticket/{ticket}/history", user=user)).decode("utf-8", "replace") for side in self.sides]
        told = [{canonical(said, self.numbers, side, None): number for number, said in re.findall(r"(?m)^(\d+): (.*)$", text)} for side, text in enumerate(lists)]
        common = [said for said in told[0] if said in told[1]]
        if not common:
            return
        said = self.chance.choice(common)
        numbers = [one[said] for one in told]
        for path in (f"ticket/{ticket}/history/id/{{}}", "transaction/{}"):
            parameters = self.chance.choice([[], [("format", "l")], [("fields", "type,description")]])
            answers = []
            for side, number in zip(self.sides, numbers):
                text = side.send(self.request("", path.format(number), parameters, user=user)).decode("utf-8", "replace")
                text = re.sub(rf"(?m)^(id: |.*\(id/|# Transaction ){number}\b", r"\g<1><number>", text)
                text = re.sub(r"# \d+/\d+ ", "# n/n ", re.sub(r"(?m)^ +\d+: .* \(.*\)\n", "", text))
                text = re.sub(r"(?m)^Ticket: (\d+)$", lambda one, side=side: "Ticket: " + self.numbers.mark("ticket", one[1], self.sides.index(side)), text)
                answers.append(re.sub(r"(?m)^(Field|OldValue|NewValue): \d+$", r"\1: <number>", text))
            self.sent += 1
            request = self.request("transaction " + path.split("/")[0], path.format("N"), parameters, user=user)
            self.note(request, compare_texts(self.numbers, *answers))

    def raw(self, side, method, path, headers, body=None):
        """A request as it is."""
        connection = http.client.HTTPConnection(side.address.hostname, side.address.port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer, content

    def step_session(self):
        """Signing in and out."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        ways = {
            "no credentials": lambda side: self.raw(side, "GET", "/REST/1.0/ticket/1", {})[1],
            "wrong password": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=ana&pass=wrong")[1],
            "unknown user": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=nobody-here&pass=x")[1],
            "disabled user": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=dora&pass=dora-secret-1")[1],
            "empty password": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=ana&pass=")[1],
            "user alone": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=ana")[1],
            "login by address": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=ana%40example.org&pass=ana-secret-1")[1],
            "login in capitals": lambda side: self.raw(side, "POST", "/REST/1.0/", form, "user=ANA&pass=ana-secret-1")[1],
            "query": lambda side: self.raw(side, "GET", "/REST/1.0/?user=ana&pass=ana-secret-1", {})[1],
            "basic": lambda side: self.raw(side, "GET", "/REST/1.0/ticket/1", {"Authorization": "Basic YW5hOmFuYS1zZWNyZXQtMQ=="})[1],
            "token": lambda side: self.raw(side, "GET", "/REST/1.0/ticket/1", {"Authorization": "token 1-14-x"})[1],
            "head": lambda side: self.raw(side, "HEAD", "/REST/1.0/?user=ana&pass=ana-secret-1", {})[1],
            "signed out": self.signed_out, "get": self.by_get,
        }
        way = self.chance.choice(list(ways))
        answers = [ways[way](side) for side in self.sides]
        self.sent += 1
        self.note(self.request(f"session {way}", ""), compare_texts(self.numbers, *answers))

    def signed_out(self, side):
        answer, _ = self.raw(side, "POST", "/REST/1.0/", {"Content-Type": "application/x-www-form-urlencoded"}, "user=ana&pass=ana-secret-1")
        cookie = {"Cookie": (answer.getheader("Set-Cookie") or "").split(";")[0]}
        texts = [self.raw(side, "GET", path, cookie)[1] for path in ("/REST/1.0/user/ana", "/REST/1.0/logout", "/REST/1.0/user/ana")]
        return "RT/V 200 Ok\n\n" + "\n".join(re.sub(r"RT/\S+ ", "RT/V ", re.sub(r"user/\d+", "user/N", text)) for text in texts)

    def by_get(self, side):
        query = urllib.parse.urlencode([("query", f"Subject LIKE '{self.prefix}'"), ("format", "x"), ("user", "ana"), ("pass", "ana-secret-1")])
        return self.raw(side, "GET", f"/REST/1.0/search/ticket?{query}", {})[1]

    def step_object_list(self):
        """Queues, users and groups in tables and forms, ordered."""
        kind = self.chance.choice(["queue", "user", "group"])
        names = {"queue": ["General", "Support", "Network"], "user": ["ana", "ben", "rhea", "ned"], "group": ["Helpdesk"]}[kind]
        parameters = [("query", f"Name = '{self.chance.choice(names)}'"), ("format", self.chance.choice(["i", "s", "l", "x", ""]))]
        if self.chance.random() < 0.5:
            parameters.append(("fields", self.chance.choice(["name", "Name,Description", "name,emailaddress,realname", "name,disabled", "na me"])))
        if self.chance.random() < 0.3:
            parameters.append(("orderby", self.chance.choice(["Name", "-Name", "id"])))
        self.ask(self.request(f"list of {kind}s", f"search/{kind}", parameters, user=self.chance.choice(["root", "root", "ana"]), numbered=kind))
