"""The differences between Redmine and Parley that are meant: a pattern of the walk's signatures, and the page that explains it."""
PAGES = "docs/differences/"
KNOWN = [(pattern, PAGES + page) for pattern, page in (
    (r"status: 500 here", "server-errors.md"),
    (r"^(POST|PUT|PATCH|DELETE) [^ ]*\.(txt|)( after [^:]*)?: ", "addresses-without-format.md"),
    (r"after an operator that the field may lack", "filters-that-do-not-fit.md"),
    (r"(custom_fields\[\]|custom_field)(\.content)?\.value: (text here, (null|array)|null here, array) there", "values-of-custom-fields.md"),
    (r"journals\[\](\.content)?\.notes: (null here, text there|text here, null there)", "empty-texts.md"),
    (r"details\[\](\.content)?\.old_value: text here, null there", "values-of-custom-fields.md"),
    (r"after a text that may be empty", "empty-texts.md"),
    (r"children: (missing there|number of members)", "private-issues.md"),
    (r"issues?(\[\])?(\.content)?\.total_spent_hours: value", "private-issues.md"),
    (r"^(GET|POST) /issues/N/relations\.\w+: status: (200|201|422) here, (401|403) there", "private-issues.md"),
    (r"^(GET|DELETE) /relations/N\.\w+: status: (401|403) here, 404 there", "private-issues.md"),
    (r"^GET /issues/N/relations\.\w+: relations: number of members", "private-issues.md"),
    (r"^GET /time_entries/N\.\w+: status: 200 here, (401|403) there", "private-issues.md"),
    (r"after entries of private issues", "private-issues.md"),
    (r"after refused PUT /memberships/N: membership\.roles: number of members", "unchecked-changes.md"),
    (r"after refused PUT /projects/P: project\.(trackers|enabled_modules)", "unchecked-changes.md"),
)]
