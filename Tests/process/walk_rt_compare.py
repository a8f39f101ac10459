"""Compares two answers in RT's text protocol: numbers of objects are mapped, clock times may differ a little."""
import datetime
import re

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WORDS = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (" + "|".join(MONTHS) + r") (\d\d) (\d\d):(\d\d):(\d\d) (\d{4})")
DIGITS = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)")
TIMES = re.compile(f"{WORDS.pattern}|{DIGITS.pattern}")
ADDRESSED = re.compile(r"\b(ticket|queue|user|group|attachment|transaction)/(\d+)(?!\w)")
ENDS = re.compile(r"(?m)^(DependsOn|DependedOnBy|RefersTo|ReferredToBy|Members|MemberOf): (\d[\d, ]*)$")
NAMED = re.compile(r"\b(Ticket|Queue|User|Group|Attachment|Transaction|ticket) (#?)(\d+)\b")
LINKED = re.compile(r"\b(Created|Deleted) link (\d+) (\w+) ")
LINKED_END = re.compile(r"( link \S+ \w+ )(\d+)$", re.M)
TICKET = re.compile(r"(?<![\w/])#(\d+)(?=:)")
# Clocks of the two servers are asked one after the other.
TOLERANCE = 6
# Numbers from here on name nothing on either side.
GONE = 9_000_000
# Where RT's program died, in its own words.
PLACE = re.compile(r" at /usr/share/request-tracker[\s\S]*?'\.(?=\n)")
# What RT 4.2 told of queues, and Parley still does: docs/differences/rt-users-queues-groups.md.
OLD_FIELDS = re.compile(r"(?m)^(InitialPriority|FinalPriority|DefaultDueIn): ?-?\d*\n")
MAIL = ("EmailRecord", "CommentEmailRecord", "SystemError")


class Numbers:
    """Which number of the first server is which of the second, by kind."""

    def __init__(self):
        self.there, self.here = {}, {}

    def learn(self, kind, here, there):
        self.there[kind, int(here)] = int(there)
        self.here[kind, int(there)] = int(here)

    def resolve(self, text, side):
        """A text with marks as one server is sent it."""
        def number(found):
            here = int(found[2])
            return str(here if side == 0 else self.there.get((found[1], here), here))
        return re.sub(r"@(\w+):(\d+)@", number, text)

    def mark(self, kind, number, side):
        """What stands for a number when answers are compared."""
        number = int(number)
        if number >= GONE:
            return str(number)
        here = number if side == 0 else self.here.get((kind, number))
        return f"<{kind}:{here}>" if here is not None and (kind, here) in self.there else f"<{kind}>"


def time_of(text):
    found = WORDS.fullmatch(text)
    if found:
        month, day, hour, minute, second, year = found.groups()
        month = MONTHS.index(month) + 1
    else:
        year, month, day, hour, minute, second = DIGITS.fullmatch(text).groups()
    return datetime.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second))


def canonical(text, numbers, side, kind):
    """An answer with marks for numbers; `kind` is what bare numbers at the beginning of a line are."""
    text = PLACE.sub("'.", re.sub(r"\ART/\S+ ", "RT/V ", text))
    text = re.sub(r"(Queue changed from |(?<= to ))#(\d+)(?![\d:])", lambda f: f"{f[1]}#{numbers.mark('queue', f[2], side)}", text)
    if re.search(r"(?m)^id: ticket/\d+/links$", text):
        # Where a list is folded depends on the digits of its numbers; rt/wire.yaml has the folding.
        text = re.sub(r"\n{2,}", "\n", re.sub(r",\n +", ", ", text))
    if side == 1 and "id: queue/" in text:
        text = "\n--\n".join(OLD_FIELDS.sub("", part) if "id: queue/" in part else part for part in text.split("\n--\n"))
    text = LINKED.sub(lambda f: f"{f[1]} link {numbers.mark('ticket', f[2], side)} {f[3]} ", text)
    text = LINKED_END.sub(lambda f: f[1] + numbers.mark("ticket", f[2], side), text)
    text = ENDS.sub(lambda f: f[1] + ": " + re.sub(r"\d+", lambda number: numbers.mark("ticket", number[0], side), f[2]), text)
    text = ADDRESSED.sub(lambda f: f"{f[1]}/{numbers.mark(f[1], f[2], side)}", text)
    text = NAMED.sub(lambda f: f"{f[1]} {f[2]}{numbers.mark(f[1].lower(), f[3], side)}", text)
    text = TICKET.sub(lambda f: f"#{numbers.mark('ticket', f[1], side)}", text)
    if kind:
        text = re.sub(r"(?m)^(\d+)(?=[:\t])", lambda f: numbers.mark(kind, f[1], side), text)
        text = re.sub(r"(?m)^id: (\d+)$", lambda f: f"id: {numbers.mark(kind, f[1], side)}", text)
    return text


def same_lines(first, second):
    """Whether two lines say the same, their times being near each other."""
    if TIMES.sub("<time>", first) != TIMES.sub("<time>", second):
        return False
    times = zip(TIMES.finditer(first), TIMES.finditer(second))
    return all(abs((time_of(one[0]) - time_of(two[0])).total_seconds()) <= TOLERANCE for one, two in times)


def settled(lines):
    """Lines whose order RT leaves to chance, in an order: the comments that an answer begins with, and the form that a refusal
    gives back. Left out is RT's line for a field that was asked for and is not."""
    lines = [line for line in lines if line != ": "]
    if lines[0].startswith(("RT/V 409", "RT/V 400")):
        return lines[:1] + sorted(lines[1:])
    first = next((index for index, line in enumerate(lines) if line.startswith("# ")), None)
    if first is None:
        return lines
    last = first
    while last < len(lines) and lines[last].startswith("# "):
        last += 1
    return lines[:first] + sorted(lines[first:last]) + lines[last:]


def compare_texts(numbers, first, second, kind=None):
    """How two answers differ: a list of (what, said here, said there)."""
    here, there = (settled(canonical(text, numbers, side, kind).split("\n")) for side, text in enumerate((first, second)))
    if not first.startswith("RT/") and first:
        words = re.sub(r"( at /usr/share|\nStack:)[\s\S]*", "", first)[:100]
        answer = re.sub(r"\d+|(?<=named )\S+", "N", " ".join(second.split("\n")[2:3])) if re.match(r"RT/\S+ (200|400)", second) else "another refusal"
        return [(f"no answer but '{words}' here, '{answer}' there", first[:200], second[:200])]
    found = []
    for one, two in zip(here, there):
        if not same_lines(one, two):
            what = f"{shape(one)} here, {shape(two)} there"
            if one.startswith("RT/") and (" 409 " in one or " 409 " in two):
                # Refused on one side alone: the reasons tell why.
                what += f" ({'; '.join(shape(line) for line in (here if ' 409 ' in one else there) if line.startswith('# '))})"
            found.append((what, one, two))
            if shape_key(one) != shape_key(two):
                return found
    if len(here) != len(there):
        found.append((f"{len(here)} lines here, {len(there)} there", "\n".join(here)[:400], "\n".join(there)[:400]))
    return found


def shape_key(line):
    return line.split(":")[0]


def shape(line):
    """A line without what is peculiar to one run."""
    line = re.sub(r"walk-[\w-]+", "walk", line)
    line = TIMES.sub("TIME", line)
    return re.sub(r"<(\w+):\d+>", r"<\1>", re.sub(r"\d{3,}", "N", line))[:110]


def forms_of(text):
    """The forms of an answer as dictionaries; fields of several lines are joined."""
    forms = []
    for part in re.split(r"\n--\n", text.split("\n\n", 1)[-1]):
        form, key = {}, None
        for line in part.split("\n"):
            found = re.match(r"([A-Za-z][\w-]*|CF\.\{[^}]*\}):(?: (.*))?$", line)
            if found:
                key = found[1]
                form[key] = found[2] or ""
            elif key and line.strip():
                form[key] += "\n" + line.strip()
        if form:
            forms.append(form)
    return forms


def history_of(text, numbers, side):
    """The transactions of a long history but for mails: each as what can be compared, in an order of their own."""
    result = []
    for form in forms_of(text):
        if form.get("Type") in MAIL or "Type" not in form:
            continue
        values = []
        for key in ("Type", "Field", "OldValue", "NewValue", "TimeTaken", "Description", "Content", "Creator", "Data"):
            value = form.get(key, "")
            if key in ("OldValue", "NewValue") and re.fullmatch(r"\d+", value):
                kind = {"Owner": "user", "Requestor": "user", "Cc": "user", "AdminCc": "user", "Queue": "queue"}.get(form.get("Field"))
                value = numbers.mark(kind, value, side) if kind else value
            if key == "Field" and form["Type"] == "CustomField":
                value = "FIELD"
            values.append(f"{key}: {canonical(value, numbers, side, None)}")
        files = re.findall(r"\d+: (\S.*) \((\S+)\)", form.get("Attachments", ""))
        values.append("Files: " + ", ".join(sorted(f"{name} {size}" for name, size in files if name != "untitled")))
        result.append(values)
    return sorted(result, key=lambda entry: [TIMES.sub("TIME", value) for value in entry])


def found_in(text, numbers, side):
    """What a search found: the marks of tickets, in their order, and what is said of each."""
    text = canonical(text, numbers, side, "ticket").split("\n\n", 1)[-1]
    parts = text.split("\n--\n") if "\n--\n" in text or text.lstrip().startswith("id: ") else text.split("\n")
    result = {}
    for part in parts:
        mark = re.match(r"\s*(?:id: )?(?:ticket/)?(<ticket(?::\d+)?>)", part)
        if mark:
            result[mark[1]] = "\n".join(line for line in part.strip().split("\n") if line != ": ")
    return result


def compare_found(numbers, first, second, is_ordered, ignored=()):
    """How the results of two searches differ, some tickets left out: ("found", here, there) where others are found."""
    if not re.match(r"RT/\S+ 200", first) or not re.match(r"RT/\S+ 200", second):
        return compare_texts(numbers, first, second)
    here, there = ({mark: said for mark, said in found_in(text, numbers, side).items() if mark not in ignored}
                   for side, text in enumerate((first, second)))
    if set(here) != set(there):
        where = " only here" if not set(there) - set(here) else " only there" if not set(here) - set(there) else ""
        return [(f"found{where}", " ".join(sorted(set(here) - set(there))), " ".join(sorted(set(there) - set(here))))]
    if is_ordered and list(here) != list(there):
        return [("the order", " ".join(here), " ".join(there))]
    for mark, said in here.items():
        lines = list(zip(said.split("\n"), there[mark].split("\n")))
        odd = next((pair for pair in lines if not same_lines(*pair)), None)
        if odd or len(said.split("\n")) != len(there[mark].split("\n")):
            one, two = odd or (said, there[mark])
            return [(f"{shape(one)} here, {shape(two)} there", one, two)]
    return []


def compare_objects(numbers, first, second, kind):
    """How two lists of queues, users or groups differ, those left out that the walk does not know: RT holds more."""
    known = [re.sub(rf"(?m)^(<{kind}>:|{kind}/<{kind}>).*\n", "", canonical(text, numbers, side, kind)) for side, text in enumerate((first, second))]
    known = [text.replace("No matching results.", "").rstrip("\n") for text in known]
    return [] if known[0] == known[1] else [("other objects are found", *known)]


def compare_histories(numbers, first, second):
    """How two long histories differ, mails left out."""
    here, there = (history_of(text, numbers, side) for side, text in enumerate((first, second)))
    found = []
    left = list(there)
    for entry in here:
        match = next((other for other in left if all(map(same_lines, entry, other))), None)
        if match:
            left.remove(match)
        else:
            found.append(entry)
    kinds = [{}, {}]
    for side, entries in enumerate((found, left)):
        for entry in entries:
            kinds[side].setdefault(f"{shape(entry[0])} {shape(entry[1])}", []).append(str(entry))
    result = []
    for kind in sorted(kinds[0].keys() | kinds[1].keys()):
        where = "told otherwise" if kind in kinds[0] and kind in kinds[1] else "only here" if kind in kinds[0] else "only there"
        result.append((f"{where}: {kind}", *("\n".join(one.get(kind, [])[:3]) for one in kinds)))
    return result
