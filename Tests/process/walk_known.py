"""The differences between Redmine and Parley that are meant: a pattern of the walk's signatures, and the page that explains it."""
PAGES = "docs/differences/"
KNOWN = [(pattern, PAGES + page) for pattern, page in (
    (r"/search\.", "search.md"),
    (r"status: 500 here", "server-errors.md"),
    (r"^POST /issues\.\w+[^:]*: issue\.(total_)?spent_hours: more there", "spent-hours-of-new-issues.md"),
    (r"^(POST|PUT|DELETE) [^ ]*\.(txt|)( after [^:]*)?: ", "addresses-without-format.md"),
    (r"^PUT /(users|issues|projects|time_entries)\.(json|xml): status: 404 here, 400 there", "addresses-without-format.md"),
    (r"after an operator that the field may lack", "filters-that-do-not-fit.md"),
    (r"a number that is none", "numbers-that-are-none.md"),
    (r"/wiki/T(/\w+)?\.\w+[^:]*: (status: 404 here|Content-Type: application/\w+;charset=utf-8 here,  there|body: object here, null there)",
     "wiki-pages.md"),
    (r"^PUT /projects/P/wiki/T\.\w+: (wiki_page\.version: value|errors: .*Parent page is invalid)", "wiki-pages.md"),
    (r"after PUT wiki: (wiki_page\.version: value|status: 404 here)", "wiki-pages.md"),
    (r"/wiki/(index|T)\.\w+[^:]*: wiki_pages?(\[\])?(\.content)?(\.version: value|: number of members)", "wiki-pages.md"),
    (r"(custom_fields\[\]|custom_field)(\.content)?\.value(\.\w+)?: (value|text here, (null|array) there|null here, text there)",
     "values-of-custom-fields.md"),
    (r"(description|comments|wiki_page_title|summary|homepage): (text here, null there|null here, text there)", "empty-texts.md"),
    (r"Assignee is invalid\"?\}?\] here, (?!.*Assignee is invalid)", "assignees-of-categories.md"),
    (r"last_login_on: text here, null there", "last-login.md"),
)]
