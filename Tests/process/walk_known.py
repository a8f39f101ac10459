"""The differences between Redmine and Parley that are meant: a pattern of the walk's signatures, and the page that explains it."""
PAGES = "docs/differences/"
KNOWN = [(pattern, PAGES + page) for pattern, page in (
    (r"status: 500 here", "server-errors.md"),
    (r"^(POST|PUT|PATCH|DELETE) [^ ]*\.(txt|)( after [^:]*)?: ", "addresses-without-format.md"),
    (r"after an operator that each database judges for itself", "filters-that-do-not-fit.md"),
    (r"after an order of texts: issues", "texts-in-order.md"),
    (r"after letters beyond ASCII: (issues|total_count)", "texts-in-order.md"),
    (r"after moments of change: ", "moments-of-change.md"),
    (r"after relations with unseen issues", "private-issues.md"),
    (r"^GET /issues/N\.\w+( after [^:]*)?: issue\.journals\[\](\.content)?\.notes: null here, text there", "empty-texts.md"),
    (r"^GET /issues/N\.\w+( after [^:]*)?: issue\.children: (missing there|number of members)", "private-issues.md"),
    (r"^(GET|POST) [^:]*/issues[^:]*: issues?(\[\])?(\.content)?\.total_spent_hours: value", "private-issues.md"),
    (r"^DELETE /issues(/N)?\.\w+: status: 204 here, 406 there", "private-issues.md"),
    (r"^(GET|POST) /issues/N/relations\.\w+: status: (200|201|422) here, (401|403) there", "private-issues.md"),
    (r"^(GET|DELETE) /relations/N\.\w+: status: (401|403) here, 404 there", "private-issues.md"),
    (r"^GET /issues/N/relations\.\w+: relations: number of members", "private-issues.md"),
    (r"^GET /time_entries/N\.\w+: status: 200 here, (401|403) there", "private-issues.md"),
    (r"^(PUT|PATCH|POST) /journals/N\.\w+: status: 403 here, 404 there", "private-issues.md"),
    (r"after entries of private issues", "private-issues.md"),
    (r"after refused PUT /memberships/N: membership\.roles: number of members", "unchecked-changes.md"),
    (r"after refused PUT /projects/P: project\.(trackers|enabled_modules): number of members", "unchecked-changes.md"),
)]
