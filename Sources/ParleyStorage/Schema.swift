import ParleyModel

/// One step of the schema. Steps are run once, in order, each in a transaction of its own; a released step is never
/// edited.
public struct Migration: Sendable {
    public let name: String
    public let statements: [String]

    public init(name: String, statements: [String]) {
        self.name = name
        self.statements = statements
    }
}

/// The tables. Reference data is stored whole, one row of `record` an entity, because the catalog holds all of it in
/// memory;
/// what is large or searched has a table and columns of its own. Times are microseconds since 1970 UTC, days are days
/// since
/// 1970, durations milliseconds, booleans 0 or 1.
public enum Schema {
    /// All steps up to now.
    public static let migrations: [Migration] = [
        Migration(name: "reference data", statements: reference),
        Migration(name: "issues", statements: issues),
        Migration(name: "posts and files", statements: content),
        Migration(name: "history", statements: history),
        Migration(name: "pages, articles, topics", statements: pages),
        Migration(name: "indexes", statements: indexes),
    ]

    private static let reference = [
        "CREATE TABLE sequence (class TEXT PRIMARY KEY, next INTEGER NOT NULL)",
        """
        CREATE TABLE record (class TEXT NOT NULL, id INTEGER NOT NULL, sort_rank REAL NOT NULL, sort_name TEXT NOT NULL,
          revision INTEGER NOT NULL, retired INTEGER, body TEXT NOT NULL, PRIMARY KEY (class, id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE audit (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor_id INTEGER NOT NULL, class TEXT
          NOT NULL,
          entity_id INTEGER NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL)
        """,
        """
        CREATE TABLE alias (namespace TEXT NOT NULL, class TEXT NOT NULL, key TEXT NOT NULL, entity_id INTEGER NOT NULL,
          canonical INTEGER NOT NULL, PRIMARY KEY (namespace, class, key)) WITHOUT ROWID
        """,
        "CREATE INDEX alias_entity ON alias (class, entity_id)",
        """
        CREATE TABLE credential (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, kind TEXT NOT NULL, lookup BLOB
          NOT NULL,
          secret BLOB NOT NULL, scopes TEXT NOT NULL, label TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER,
          last_used INTEGER)
        """,
        "CREATE INDEX credential_user ON credential (user_id, kind)",
        "CREATE UNIQUE INDEX credential_lookup ON credential (lookup) WHERE kind <> 'password'",
        """
        CREATE TABLE tombstone (class TEXT NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL, actor_id INTEGER
          NOT NULL,
          PRIMARY KEY (class, id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE attribute (class TEXT NOT NULL, entity_id INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT
          NOT NULL,
          text TEXT NOT NULL, PRIMARY KEY (class, entity_id, namespace, name)) WITHOUT ROWID
        """,
    ]

    private static let issues = [
        """
        CREATE TABLE issue (id INTEGER PRIMARY KEY, tracker_id INTEGER NOT NULL, project_id INTEGER NOT NULL,
          number INTEGER NOT NULL, type_id INTEGER NOT NULL, title TEXT, opening_id INTEGER, status_id INTEGER NOT NULL,
          priority_id INTEGER, priority_number INTEGER NOT NULL, initial_priority INTEGER, final_priority INTEGER,
          author_id INTEGER NOT NULL, assignee_id INTEGER, category_id INTEGER, version_id INTEGER,
          start_date INTEGER, start_second INTEGER, due_date INTEGER, due_second INTEGER,
          started_at INTEGER, closed_at INTEGER, contacted_at INTEGER, progress INTEGER NOT NULL,
          estimate INTEGER, remaining INTEGER, is_private INTEGER NOT NULL, is_restricted INTEGER NOT NULL,
          comments_closed INTEGER NOT NULL, rank REAL NOT NULL, parent_id INTEGER, merged_into INTEGER REFERENCES
            issue (id),
          created INTEGER NOT NULL, updated INTEGER NOT NULL, updated_by INTEGER NOT NULL, revision INTEGER NOT NULL,
          retired INTEGER, hidden INTEGER NOT NULL)
        """,
        """
        CREATE TABLE issue_counter (tracker_id INTEGER NOT NULL, type_id INTEGER NOT NULL, status_id INTEGER NOT NULL,
          is_private INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (tracker_id, type_id, status_id, is_private))
          WITHOUT ROWID
        """,
        """
        CREATE TABLE participant (issue_id INTEGER NOT NULL REFERENCES issue (id), role INTEGER NOT NULL,
          principal_id INTEGER NOT NULL, PRIMARY KEY (issue_id, role, principal_id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE issue_restriction (issue_id INTEGER NOT NULL REFERENCES issue (id), group_id INTEGER NOT NULL,
          PRIMARY KEY (issue_id, group_id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE issue_label (issue_id INTEGER NOT NULL REFERENCES issue (id), label_id INTEGER NOT NULL,
          PRIMARY KEY (issue_id, label_id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE field_value (object TEXT NOT NULL, entity_id INTEGER NOT NULL, field_id INTEGER NOT NULL,
          position INTEGER NOT NULL, kind INTEGER NOT NULL, number INTEGER, real REAL, text TEXT,
          PRIMARY KEY (object, entity_id, field_id, position)) WITHOUT ROWID
        """,
        """
        CREATE TABLE link (id INTEGER PRIMARY KEY, type_id INTEGER NOT NULL, from_id INTEGER NOT NULL REFERENCES
          issue (id),
          to_id INTEGER REFERENCES issue (id), uri TEXT, delay INTEGER, is_primary INTEGER NOT NULL, created
            INTEGER NOT NULL,
          creator_id INTEGER NOT NULL, is_inward INTEGER NOT NULL, CHECK ((to_id IS NULL) <> (uri IS NULL)))
        """,
        """
        CREATE TABLE vote (issue_id INTEGER NOT NULL REFERENCES issue (id), user_id INTEGER NOT NULL,
          direction INTEGER NOT NULL, PRIMARY KEY (issue_id, user_id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE time_entry (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, issue_id INTEGER REFERENCES
          issue (id),
          user_id INTEGER NOT NULL, author_id INTEGER NOT NULL, activity_id INTEGER, spent_on INTEGER NOT NULL,
          duration INTEGER NOT NULL, comment TEXT, created INTEGER NOT NULL, creator_id INTEGER NOT NULL,
          modified INTEGER NOT NULL, modifier_id INTEGER NOT NULL, revision INTEGER NOT NULL, retired INTEGER)
        """,
    ]

    private static let content = [
        """
        CREATE TABLE post (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, date INTEGER NOT NULL, text TEXT NOT
          NULL,
          format TEXT NOT NULL, summary TEXT NOT NULL, message_id TEXT, in_reply_to TEXT, recipients TEXT NOT NULL,
          blind_recipients TEXT NOT NULL,
          parent_id INTEGER REFERENCES post (id), state TEXT NOT NULL, edited INTEGER, created INTEGER NOT NULL,
          creator_id INTEGER NOT NULL, modified INTEGER NOT NULL, modifier_id INTEGER NOT NULL, revision INTEGER
            NOT NULL,
          retired INTEGER)
        """,
        """
        CREATE TABLE post_link (container_kind INTEGER NOT NULL, container_id INTEGER NOT NULL,
          post_id INTEGER NOT NULL REFERENCES post (id), is_opening INTEGER NOT NULL, changeset_id INTEGER,
            audience TEXT,
          PRIMARY KEY (container_kind, container_id, post_id)) WITHOUT ROWID
        """,
        "CREATE INDEX post_link_post ON post_link (post_id)",
        """
        CREATE TABLE file (id INTEGER PRIMARY KEY, blob TEXT, md5 TEXT, size INTEGER NOT NULL, received INTEGER NOT
          NULL,
          name TEXT NOT NULL, content_type TEXT, description TEXT, author_id INTEGER NOT NULL, project_id
            INTEGER,
          token TEXT, downloads INTEGER NOT NULL, expires INTEGER, created INTEGER NOT NULL, creator_id INTEGER NOT
            NULL,
          modified INTEGER NOT NULL, modifier_id INTEGER NOT NULL, revision INTEGER NOT NULL, retired INTEGER)
        """,
        "CREATE INDEX file_blob ON file (blob)",
        "CREATE INDEX file_expiry ON file (expires) WHERE expires IS NOT NULL",
        "CREATE INDEX file_retired ON file (retired) WHERE retired IS NOT NULL AND blob IS NOT NULL",
        """
        CREATE TABLE file_link (id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES file (id),
          container_kind INTEGER NOT NULL, container_id INTEGER NOT NULL, field_id INTEGER, changeset_id INTEGER,
          audience TEXT, part TEXT)
        """,
        "CREATE INDEX file_link_container ON file_link (container_kind, container_id)",
        "CREATE INDEX file_link_file ON file_link (file_id)",
    ]

    private static let history = [
        """
        CREATE TABLE changeset (id INTEGER PRIMARY KEY, issue_id INTEGER NOT NULL REFERENCES issue (id),
          author_id INTEGER NOT NULL, time INTEGER NOT NULL, audience TEXT, cause_id INTEGER)
        """,
        "CREATE INDEX changeset_issue ON changeset (issue_id, id)",
        "CREATE INDEX changeset_author ON changeset (author_id, issue_id)",
        """
        CREATE TABLE entry (id INTEGER PRIMARY KEY, changeset_id INTEGER NOT NULL REFERENCES changeset (id),
          position INTEGER NOT NULL, kind INTEGER NOT NULL, field_id INTEGER, old_reference INTEGER, new_reference
            INTEGER,
          old_text TEXT, new_text TEXT,
          post_id INTEGER, derived INTEGER NOT NULL, detail TEXT NOT NULL)
        """,
        "CREATE INDEX entry_changeset ON entry (changeset_id, position)",
        "CREATE INDEX entry_field ON entry (field_id, new_reference) WHERE field_id IS NOT NULL",
        "CREATE INDEX entry_post ON entry (post_id) WHERE post_id IS NOT NULL",
    ]

    private static let pages = [
        """
        CREATE TABLE page (id INTEGER PRIMARY KEY, tool_id INTEGER NOT NULL, title TEXT NOT NULL, title_key TEXT
          NOT NULL,
          parent_id INTEGER REFERENCES page (id), version INTEGER NOT NULL, labels TEXT NOT NULL, is_protected
            INTEGER NOT NULL,
          created INTEGER NOT NULL, creator_id INTEGER NOT NULL, modified INTEGER NOT NULL, modifier_id INTEGER NOT
            NULL,
          revision INTEGER NOT NULL, retired INTEGER)
        """,
        "CREATE UNIQUE INDEX page_title ON page (tool_id, title) WHERE retired IS NULL",
        "CREATE INDEX page_title_key ON page (tool_id, title_key)",
        """
        CREATE TABLE page_version (page_id INTEGER NOT NULL REFERENCES page (id), number INTEGER NOT NULL, text
          TEXT NOT NULL,
          format TEXT NOT NULL, author_id INTEGER NOT NULL, comment TEXT, created INTEGER NOT NULL,
          PRIMARY KEY (page_id, number)) WITHOUT ROWID
        """,
        """
        CREATE TABLE former_title (tool_id INTEGER NOT NULL, title_key TEXT NOT NULL, page_id INTEGER NOT NULL
          REFERENCES page (id),
          PRIMARY KEY (tool_id, title_key)) WITHOUT ROWID
        """,
        "CREATE INDEX former_title_page ON former_title (page_id)",
        """
        CREATE TABLE article (id INTEGER PRIMARY KEY, tool_id INTEGER NOT NULL, slug TEXT NOT NULL, title TEXT NOT NULL,
          summary TEXT, text TEXT NOT NULL, format TEXT NOT NULL, state TEXT NOT NULL, author_id INTEGER
            NOT NULL,
          labels TEXT NOT NULL, created INTEGER NOT NULL, creator_id INTEGER NOT NULL, modified INTEGER NOT NULL,
          modifier_id INTEGER NOT NULL, revision INTEGER NOT NULL, retired INTEGER)
        """,
        "CREATE UNIQUE INDEX article_slug ON article (tool_id, slug) WHERE retired IS NULL",
        """
        CREATE TABLE topic (id INTEGER PRIMARY KEY, forum_id INTEGER NOT NULL, subject TEXT NOT NULL, author_id
          INTEGER NOT NULL,
          is_sticky INTEGER NOT NULL, is_locked INTEGER NOT NULL, views INTEGER NOT NULL, created INTEGER NOT NULL,
          creator_id INTEGER NOT NULL, modified INTEGER NOT NULL, modifier_id INTEGER NOT NULL, revision INTEGER
            NOT NULL,
          retired INTEGER)
        """,
        "CREATE INDEX topic_forum ON topic (forum_id)",
    ]

    /// `hidden` is 1 for what is retired or merged: lists leave it out without asking, so indexes for lists hold only
    /// the rest.
    private static let indexes = [
        "CREATE UNIQUE INDEX issue_number ON issue (tracker_id, number)",
        """
        CREATE INDEX issue_by_id ON issue (id, tracker_id, status_id, type_id, is_private, is_restricted, author_id,
          assignee_id, priority_number) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_by_tracker ON issue (tracker_id, id, status_id, type_id, is_private, is_restricted,
          author_id,
          assignee_id) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_by_updated ON issue (updated, id, tracker_id, status_id, type_id, is_private, is_restricted,
          author_id, assignee_id) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_by_created ON issue (created, id, tracker_id, status_id, type_id, is_private, is_restricted,
          author_id, assignee_id) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_by_priority ON issue (priority_number, id, tracker_id, status_id, type_id, is_private,
          is_restricted, author_id, assignee_id) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_by_priority_updated ON issue (priority_number, updated, id, tracker_id, status_id,
          type_id, is_private,
          is_restricted, author_id, assignee_id) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_by_assignee ON issue (assignee_id, id, tracker_id, status_id, type_id, is_private,
          is_restricted, author_id) WHERE hidden = 0 AND assignee_id IS NOT NULL
        """,
        """
        CREATE INDEX issue_by_author ON issue (author_id, id, tracker_id, status_id, type_id, is_private, is_restricted,
          assignee_id) WHERE hidden = 0
        """,
        """
        CREATE INDEX issue_private ON issue (tracker_id, id, status_id, type_id, is_restricted, author_id,
          assignee_id) WHERE hidden = 0 AND is_private = 1
        """,
        "CREATE INDEX issue_restricted ON issue (id) WHERE hidden = 0 AND is_restricted = 1",
        "CREATE INDEX issue_hidden ON issue (id) WHERE hidden = 1",
        "CREATE INDEX issue_restriction_group ON issue_restriction (group_id, issue_id)",
        "CREATE INDEX record_sort ON record (class, id, sort_rank, sort_name)",
        "CREATE INDEX issue_by_version ON issue (version_id, id) WHERE version_id IS NOT NULL",
        "CREATE INDEX issue_by_category ON issue (category_id, id) WHERE category_id IS NOT NULL",
        "CREATE INDEX issue_by_parent ON issue (parent_id, id) WHERE parent_id IS NOT NULL",
        "CREATE INDEX issue_by_due ON issue (due_date, id) WHERE due_date IS NOT NULL AND hidden = 0",
        "CREATE INDEX issue_opening ON issue (opening_id) WHERE opening_id IS NOT NULL",
        "CREATE INDEX issue_merged ON issue (merged_into) WHERE merged_into IS NOT NULL",
        "CREATE INDEX post_unshown ON post (id) WHERE retired IS NOT NULL OR state <> 'ok'",
        "CREATE INDEX participant_principal ON participant (principal_id, role, issue_id)",
        "CREATE INDEX issue_label_label ON issue_label (label_id, issue_id)",
        "CREATE INDEX field_value_number ON field_value (field_id, number, entity_id, kind) WHERE number IS NOT NULL",
        "CREATE INDEX field_value_text ON field_value (field_id, text, entity_id) WHERE text IS NOT NULL",
        "CREATE INDEX link_from ON link (from_id, type_id)",
        "CREATE INDEX link_to ON link (to_id, type_id) WHERE to_id IS NOT NULL",
        "CREATE INDEX link_uri ON link (uri, type_id) WHERE uri IS NOT NULL",
        "CREATE INDEX time_entry_issue ON time_entry (issue_id, duration) "
            + "WHERE retired IS NULL AND issue_id IS NOT NULL",
        "CREATE INDEX time_entry_project ON time_entry (project_id, spent_on) WHERE retired IS NULL",
        "CREATE INDEX time_entry_spent ON time_entry (spent_on, created, id) WHERE retired IS NULL",
        "CREATE INDEX time_entry_user ON time_entry (user_id, spent_on) WHERE retired IS NULL",
    ]
}
