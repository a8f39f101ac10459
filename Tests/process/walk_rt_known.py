"""The differences between Request Tracker and Parley that are meant: a pattern of the walk's signatures, and the page that explains it."""
PAGES = "docs/differences/"
KNOWN = [(pattern, PAGES + page) for pattern, page in (
    (r"^show links to others: (DependsOn|DependedOnBy|RefersTo|ReferredToBy|Members|MemberOf): .* here", "rt-hidden-tickets.md"),
    (r"^history for others: only here: (Type: (Add|Delete)Link Field: \w+(; )?)+, only there: nothing", "rt-hidden-tickets.md"),
    (r"^comment: # (You can't change status from '' to|Status '\w*' isn't a valid status).* here, # Permission Denied there", "rt-hidden-tickets.md"),
    (r"^show after comment: Told: Not set here", "rt-hidden-tickets.md"),
    (r"^edit: RT/V N Ok here, RT/V N Syntax Error there \(# Status: That ticket has unresolved dependencies", "rt-hidden-tickets.md"),
    (r"^take: # That user already owns that ticket here, # Permission Denied there", "rt-hidden-tickets.md"),
    (r"^edit links by others: RT/V N Syntax Error here, RT/V N Ok there", "rt-hidden-tickets.md"),
    (r"^search.*: found by (DependsOn|DependedOnBy|RefersTo|ReferredToBy|HasMember|MemberOf|Linked\w*) ", "rt-hidden-tickets.md"),
    (r"^search.*: found by (ContentType|LastUpdatedBy)", "ticket-searches.md"),
    (r"^(new|edit) (user|queue|group): .* here, (Password|Bogus|ContactInfo): ", "rt-users-queues-groups.md"),
    (r"^address user/Nobody: Comments: ", "rt-users-queues-groups.md"),
    (r"^malformed '# only a comment': ", "rt-malformed.md"),
    (r": no answer", "rt-malformed.md"),
    (r"^(show|search)[^:]*: LastUpdated: TIME here, LastUpdated: TIME there$", "rt-edits.md"),
    (r"^show after edit: Resolved: TIME here, Resolved: TIME there$", "rt-edits.md"),
    (r"^history.*: only here: Type: Set Field: (Started|Resolved), only there: Type: Set Field: \1$", "rt-edits.md"),
    (r"^history.*: only here: (Type: CustomField Field: FIELD(; )?)+, only there: nothing", "rt-edits.md"),
    (r"^history.*: only here: Type: Set Field: Owner; Type: SetWatcher Field: Owner, only there: Type: Set Field: Owner; Type: SetWatcher Field: Owner",
     "rt-edits.md"),
)]
