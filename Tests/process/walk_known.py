"""The differences between Redmine and Parley that are meant: a pattern of the walk's signatures, and the page that explains it."""
KNOWN = [
    (r"/search\.", "docs/differences/search.md"),
    (r"^POST /issues\.\w+: issue\.(total_)?spent_hours: more there", "docs/differences/spent-hours-of-new-issues.md"),
]
