"""A session of the PyPI library rt (its module rt.rest1) with the RT dialect."""
import io
import warnings

from rt import exceptions as errors
from rt import rest1

BINARY = bytes(range(256)) * 9 + b"\n\n--\n\nid: 1\n"
LATIN = "Grüße\n".encode("iso-8859-1")


def raises(kind, action):
    """Whether the action raises this exception; others pass through."""
    try:
        action()
    except kind:
        return True
    return False


def silently(action):
    """The library tells what went wrong as warnings."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        return action(), " ".join(str(one.message) for one in told)


class Session:
    """The parts of the session share a few clients and what was made."""

    def __init__(self, checks, base, unique):
        self.checks, self.base, self.unique = checks, f"{base}/REST/1.0/", unique
        self.ana, self.ben, self.root = (self.client(name) for name in ("ana", "ben", "root"))

    def client(self, name, password=None):
        return rest1.Rt(self.base, name, password or f"{name}-secret-1")

    def run(self):
        for part in (self.signing_in, self.creating, self.showing, self.editing, self.searching, self.talking, self.files,
                     self.encodings, self.history, self.linking, self.owning, self.merging, self.refusals, self.people, self.queues,
                     self.signing_out):
            self.checks.complete(f"rest1: the part '{part.__name__}' runs to its end", part)

    def good(self, name, value, detail=""):
        return self.checks.check(f"rest1: {name}", value, detail)

    def equal(self, name, actual, expected):
        return self.checks.equal(f"rest1: {name}", actual, expected)

    # Parts, in this order.

    def signing_in(self):
        self.good("no request without a login", raises(errors.AuthorizationError, lambda: self.ana.get_ticket(1)))
        self.equal("a wrong password is no login", self.client("ana", "wrong").login(), False)
        self.equal("an unknown user is no login", self.client("nobody-here", "wrong").login(), False)
        self.equal("a disabled user is no login", self.client("dora").login(), False)
        for client in (self.ana, self.ben, self.root):
            self.equal(f"{client.default_login} signs in", client.login(), True)

    def creating(self):
        self.first = self.ana.create_ticket(
            Queue="General", Subject=f"{self.unique} first ü", Requestor=f"{self.unique}@example.net", Cc="x@example.net, y@example.net",
            Priority="7", Due="2031-02-03 04:05:06", TimeEstimated="90", Text="one\ntwo\n\nfour ü", CF_Severity="High", CF_Serial="S-1",
            **{"CF_Affected Systems": "web, 'disk, raid'"})
        self.good("a ticket is created", self.first > 0)
        self.second = self.ana.create_ticket(Queue="General", Subject=f"{self.unique} second", Owner="ben")
        self.third = self.ana.create_ticket(Queue="Support", Subject=f"{self.unique} third")
        self.good("two more", 0 < self.second < self.third)
        number, told = silently(lambda: self.ana.create_ticket(Queue="Nowhere", Subject="lost"))
        self.equal("none in an unknown queue", number, -1)
        self.good("it is told why", "Could not create ticket" in told, told)
        self.good("an unknown field is an error", raises(
            errors.APISyntaxError, lambda: self.ana.create_ticket(Queue="General", Subject="x", Bogus="1")))

    def showing(self):
        ticket = self.ana.get_ticket(self.first)
        expected = {"id": f"ticket/{self.first}", "numerical_id": str(self.first), "Queue": "General", "Owner": "Nobody", "Creator": "ana",
                    "Subject": f"{self.unique} first ü", "Status": "new", "Priority": "7", "Due": "Mon Feb 03 04:05:06 2031",
                    "TimeEstimated": "90 minutes", "Told": "Not set", "CF.{Severity}": "High", "CF.{Serial}": "S-1",
                    "CF.{Affected Systems}": "web,'disk, raid'", "CF.{Notes}": ""}
        self.equal("a ticket is shown", {key: ticket.get(key) for key in expected}, expected)
        self.equal("requestors are a list", ticket["Requestors"], [f"{self.unique}@example.net"])
        self.equal("so is Cc", sorted(ticket["Cc"]), ["x@example.net", "y@example.net"])
        self.equal("AdminCc is empty", ticket["AdminCc"], [])
        third = self.ana.get_ticket(self.third)
        self.equal("a queue's priorities and owner", (third["Priority"], third["FinalPriority"], third["Owner"]), ("20", "80", "Nobody"))
        self.good("a queue's due period", third["Due"] != "Not set", third["Due"])
        self.equal("an unknown ticket is none", self.ana.get_ticket(99999999), None)

    def editing(self):
        edit = self.ana.edit_ticket
        self.equal("fields change", edit(self.first, Subject=f"{self.unique} changed", Priority="3", Status="open"), True)
        self.equal("what is the same is no error", edit(self.first, Priority="3"), True)
        self.equal("people are replaced", edit(self.first, Cc=["z@example.net", "x@example.net"], AdminCc="ben@example.org"), True)
        self.equal("custom fields change", edit(self.first, CF_Severity="Low", CF_Notes="line one\nline two", CF_Keywords="a, b"), True)
        self.equal("dates change", edit(self.first, Due="", Starts="2030-05-06"), True)
        ticket = self.ana.get_ticket(self.first)
        expected = {"Subject": f"{self.unique} changed", "Priority": "3", "Status": "open", "CF.{Severity}": "Low", "Due": "Not set",
                    "CF.{Notes}": "line one\nline two", "CF.{Keywords}": "a,b", "Starts": "Mon May 06 00:00:00 2030"}
        self.equal("and are shown", {key: ticket[key] for key in expected}, expected)
        self.equal("people too", (sorted(ticket["Cc"]), ticket["AdminCc"]), (["x@example.net", "z@example.net"], ["ben@example.org"]))
        self.good("a started ticket has a date", ticket["Started"] != "Not set")
        for name, fields in (("field", {"Bogus": "1"}), ("status", {"Status": "asleep"}), ("owner", {"Owner": "nobody-here"}),
                             ("choice", {"CF_Severity": "Extreme"}), ("custom field", {"CF_Nowhere": "1"})):
            self.good(f"an unknown {name} is refused", raises(errors.APISyntaxError, lambda f=fields: edit(self.first, **f)))
        self.good("an unknown ticket is refused", raises(errors.BadRequestError, lambda: edit(99999999, Subject="x")))

    def searching(self):
        search = self.ana.search
        like = f"{self.unique} "
        found = search(Queue="General", order="-id", Subject__like=like)
        self.equal("tickets are found, in order", [int(one["numerical_id"]) for one in found], [self.second, self.first])
        self.equal("whole", (found[1]["Status"], found[1]["CF.{Severity}"]), ("open", "Low"))
        found = search(Queue=rest1.ALL_QUEUES, order="Subject", Subject__like=like, Format="s")
        self.equal("in all queues, by subject, in short form", [one["Subject"] for one in found],
                   [f"{self.unique} changed", f"{self.unique} second", f"{self.unique} third"])
        found = search(Queue=rest1.ALL_QUEUES, Subject__like=like, Format="i")
        self.equal("as numbers", [one["id"] for one in found], [f"ticket/{one}" for one in (self.first, self.second, self.third)])
        for name, conditions, expected in (
                ("by custom field", {"CF_Severity": "Low"}, [self.first]),
                ("by owner", {"Owner": "ben"}, [self.second]),
                ("by what it is not", {"Status__notexact": "new"}, [self.first]),
                ("by number", {"Priority__lt": "7", "Priority__gt": "2"}, [self.first]),
                ("by time", {"Created__gt": "2031-01-01"}, [])):
            found = search(Queue="General", Subject__like=like, **conditions)
            self.equal(name, [int(one["numerical_id"]) for one in found], expected)
        query = f"(id = {self.first} OR id = {self.third}) AND Subject LIKE '{like}'"
        self.equal("by a query", len(search(Queue=rest1.ALL_QUEUES, raw_query=query)), 2)
        self.equal("nothing is nothing", search(Queue="General", Subject=f"{self.unique} none"), [])
        self.good("a bad query is an error", raises(errors.InvalidQueryError, lambda: search(raw_query="Bogus = 'x'")))
        self.good("so is a broken one", raises(errors.InvalidQueryError, lambda: search(raw_query="Subject = ")))

    def talking(self):
        self.equal("a comment", self.ana.comment(self.first, text="words among us\nsecond line ü"), True)
        self.equal("a reply", self.ana.reply(self.first, text="words for them", cc="copy@example.net", bcc="blind@example.net"), True)
        self.good("without words there is none", raises(errors.BadRequestError, lambda: self.ana.comment(self.first, text="")))
        self.good("nor of an unknown ticket", raises(errors.BadRequestError, lambda: self.ana.reply(99999999, text="x")))
        ticket = self.ana.get_ticket(self.first)
        self.good("a reply tells when", ticket["Told"] != "Not set")
        self.equal("copies of a message stay out of the ticket", sorted(ticket["Cc"]), ["x@example.net", "z@example.net"])

    def files(self):
        files = [("plain.txt", io.BytesIO(b"plain\ntext\n"), "text/plain"), ("raw ü.bin", io.BytesIO(BINARY), "application/octet-stream")]
        self.equal("a comment with files", self.ana.comment(self.first, text="with files", files=files), True)
        listed = {name: (int(number), kind, size) for number, name, kind, size in self.ana.get_attachments(self.first)}
        self.equal("they are listed", (listed["plain.txt"][1:], listed["raw ü.bin"][1:]),
                   (("text/plain", "11b"), ("application/octet-stream", "2.2k")))
        number = listed["raw ü.bin"][0]
        self.equal("a binary file comes back octet by octet", self.ana.get_attachment_content(self.first, number), BINARY)
        self.equal("a text does", self.ana.get_attachment_content(self.first, listed["plain.txt"][0]), b"plain\ntext\n")
        one = self.ana.get_attachment(self.first, listed["plain.txt"][0])
        expected = {"Filename": "plain.txt", "ContentType": "text/plain", "Content": b"plain\ntext"}
        self.equal("with what is known of it", {key: one[key] if key != "Content" else one[key].rstrip(b"\n") for key in expected}, expected)
        self.good("the list of numbers", number in self.ana.get_attachments_ids(self.first))
        self.equal("an unknown file is none", self.ana.get_attachment_content(self.first, 999999999), None)
        self.equal("nor has it a form", self.ana.get_attachment(self.first, 999999999), None)
        self.equal("an unknown ticket has no list", self.ana.get_attachments(99999999), None)
        made = self.ana.create_ticket(Queue="General", Subject=f"{self.unique} filed", Text="see file",
                                      files=[("first.bin", io.BytesIO(b"\x00\xff\r\n"), "application/x-test")])
        number = next(int(one[0]) for one in self.ana.get_attachments(made) if one[1] == "first.bin")
        self.equal("a new ticket takes files", self.ana.get_attachment_content(made, number), b"\x00\xff\r\n")

    def encodings(self):
        ticket = self.ana.create_ticket(Queue="General", Subject=f"{self.unique} encodings", Text="x")
        self.ana.comment(ticket, text="latin", files=[("latin.txt", io.BytesIO(LATIN), "text/plain; charset=iso-8859-1")])
        number = next(int(one[0]) for one in self.ana.get_attachments(ticket) if one[1] == "latin.txt")
        self.equal("a text in Latin 1 keeps its octets", self.ana.get_attachment_content(ticket, number), LATIN)

    def history(self):
        history = self.ana.get_history(self.first)
        kinds = [one["Type"] for one in history]
        self.equal("it begins with the creation", (kinds[0], history[0]["Creator"]), ("Create", "ana"))
        self.good("and knows all that happened", {"Set", "Status", "CustomField", "AddWatcher", "DelWatcher", "Comment", "Correspond"}
                  <= set(kinds), str(kinds))
        comment = next(one for one in history if one["Type"] == "Comment")
        self.equal("a comment's words", comment["Content"], "words among us\nsecond line ü")
        filed = next(one for one in history if one["Content"] == "with files")
        self.good("its files", {"plain.txt (11b)", "raw ü.bin (2.2k)"} <= {text for _, text in filed["Attachments"]}, str(filed["Attachments"]))
        subject = next(one for one in history if one["Field"] == "Subject")
        self.equal("a change's values", (subject["OldValue"], subject["NewValue"]), (f"{self.unique} first ü", f"{self.unique} changed"))
        short = self.ana.get_short_history(self.first)
        self.equal("the short form has as many", [str(number) for number, _ in short], [one["id"] for one in history])
        self.equal("and begins alike", short[0][1], "Ticket created by ana")
        one = self.ana.get_history(self.first, comment["id"])
        self.equal("one transaction", (len(one), one[0]["Description"]), (1, "Comments added by ana"))
        self.equal("none of another ticket", self.ana.get_history(self.second, comment["id"]), None)
        self.equal("no short history of an unknown ticket", self.ana.get_short_history(99999999), None)

    def linking(self):
        self.equal("a link is made", self.ana.edit_link(self.first, "DependsOn", self.second), True)
        self.equal("again is no error", self.ana.edit_link(self.first, "DependsOn", self.second), True)
        self.equal("others", [self.ana.edit_link(self.first, name, value) for name, value in (
            ("RefersTo", "http://ext.example/1"), ("HasMember", self.third))], [True, True])
        links = self.ana.get_links(self.first)
        ends = {key: [one.rsplit("/", 1)[1] for one in value] for key, value in links.items() if key != "id"}
        self.equal("they are shown", ends, {"DependsOn": [str(self.second)], "RefersTo": ["1"], "Members": [str(self.third)]})
        self.good("from the other side", self.ana.get_links(self.second)["DependedOnBy"][0].endswith(f"/ticket/{self.first}"))
        self.equal("one goes", self.ana.edit_link(self.first, "DependsOn", self.second, delete=True), True)
        self.equal("sets are replaced", self.ana.edit_ticket_links(self.first, RefersTo=self.second, Members=""), True)
        self.equal("what is left", sorted(self.ana.get_links(self.first)), ["RefersTo", "id"])
        self.good("no link with itself", raises(
            errors.APISyntaxError, lambda: self.ana.edit_ticket_links(self.first, MemberOf=self.first)))
        self.equal("no link is no link", self.ana.edit_link(self.first, "MemberOf", self.second, delete=True), False)
        self.equal("no links of an unknown ticket", self.ana.get_links(99999999), None)

    def owning(self):
        self.equal("take", self.ana.take(self.first), True)
        self.good("not twice", raises(errors.BadRequestError, lambda: self.ana.take(self.first)))
        self.equal("steal", self.ben.steal(self.first), True)
        self.equal("the owner", self.ana.get_ticket(self.first)["Owner"], "ben")
        self.good("only the owner gives it back", raises(errors.BadRequestError, lambda: self.ana.untake(self.first)))
        self.equal("untake", self.ben.untake(self.first), True)
        self.equal("nobody owns it", self.ana.get_ticket(self.first)["Owner"], "Nobody")

    def merging(self):
        gone = self.ana.create_ticket(Queue="General", Subject=f"{self.unique} gone", Requestor="gone@example.net", Text="gone words")
        self.equal("merge", self.ana.merge_ticket(gone, self.first), True)
        self.equal("the merged number answers", self.ana.get_ticket(gone)["id"], f"ticket/{self.first}")
        self.good("people come along", "gone@example.net" in self.ana.get_ticket(self.first)["Requestors"])
        self.equal("not into an unknown ticket", self.ana.merge_ticket(self.first, 99999999), False)

    def refusals(self):
        rhea, ned = self.client("rhea"), self.client("ned")
        rhea.login()
        ned.login()
        self.good("a reader reads", rhea.get_ticket(self.first) is not None)
        self.good("and does not write", raises(errors.NotAllowedError, lambda: rhea.edit_ticket(self.first, Subject="x")))
        self.good("nor comment", raises(errors.NotAllowedError, lambda: rhea.comment(self.first, text="x")))
        self.good("an outsider does not read", raises(errors.NotAllowedError, lambda: ned.get_ticket(self.first)))
        self.equal("nor find", ned.search(Queue="General", Subject__like=self.unique), [])

    def people(self):
        name = f"{self.unique}u"
        number = self.root.create_user(name, f"{name}@example.org", RealName="New Ü", Password="new-secret-1", Privileged="1")
        self.good("a user is created", number > 0)
        user = self.root.get_user(name)
        self.equal("and shown", (user["id"], user["Name"], user["RealName"], user["Privileged"]), (f"user/{number}", name, "New Ü", "1"))
        self.equal("and signs in", self.client(name, "new-secret-1").login(), True)
        self.equal("and changed", bool(self.root.edit_user(number, RealName="Newer", City="Ostrava")), True)
        self.equal("as is seen by all", (self.ana.get_user(number)["RealName"], self.ana.get_user(number)["City"]), ("Newer", "Ostrava"))
        self.good("no second one", raises(errors.BadRequestError, lambda: self.root.create_user(name, f"{name}2@example.org")))
        self.good("not by others", raises(errors.BadRequestError, lambda: self.ana.create_user(f"{name}3", f"{name}3@example.org")))
        self.good("an unknown one", self.root.get_user(99999999) is None)
        self.equal("is disabled", bool(self.root.edit_user(number, Disabled="1")), True)
        self.equal("and signs in no more", self.client(name, "new-secret-1").login(), False)

    def queues(self):
        name = f"{self.unique}q"
        number = self.root.create_queue(name, Description="made here")
        self.good("a queue is created", number > 0)
        self.equal("and shown", self.root.get_queue(name)["Description"], "made here")
        self.equal("and changed", self.root.edit_queue(name, Description="other words", CorrespondAddress="q@example.org"), name)
        self.equal("as is seen", self.root.get_queue(number)["CorrespondAddress"], "q@example.org")
        self.good("it takes tickets", self.root.create_ticket(Queue=name, Subject="in it") > 0)
        support = self.ana.get_queue("Support")
        self.equal("one of the world", (support["Name"], support["CorrespondAddress"]), ("Support", "support@example.org"))

    def signing_out(self):
        self.equal("logout", self.ana.logout(), True)
        self.good("no request after it", raises(errors.AuthorizationError, lambda: self.ana.get_ticket(self.first)))
        self.equal("a login again", self.ana.login(), True)


def session(checks, base, unique):
    """The whole session."""
    Session(checks, base, unique).run()
