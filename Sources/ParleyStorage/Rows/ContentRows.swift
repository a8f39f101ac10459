import ParleyModel

/// Posts, files, and their places.
public enum ContentRows {
    private static let postColumns = """
        id, author_id, date, text, format, summary, message_id, in_reply_to, recipients, blind_recipients, \
        parent_id, state, edited, created, creator_id, modified, modifier_id, revision, retired
        """
    private static let postColumnsBriefly = postColumns.replacing(" text,", with: " substr(text, 1, ?2),")
    private static let fileColumns = """
        id, blob, md5, size, received, name, content_type, description, author_id, project_id, token, downloads, \
        expires, \
        created, creator_id, modified, modifier_id, revision, retired
        """

    private static func readPost(_ row: any SQLRow) -> Post {
        var reader = RowReader(row, from: 13)
        let stamp = reader.stamp()
        reader.column = 0
        let id: PostID = reader.id()
        let author: PrincipalID = reader.id()
        let date = reader.instant()
        let text = reader.text()
        var post = Post(
            id: id, stamp: stamp, author: author, date: date, text: text,
            format: TextFormat(rawValue: reader.text()) ?? .plain)
        post.summary = reader.text()
        post.messageID = reader.optionalText()
        post.inReplyTo = reader.optionalText()
        post.recipients = numbers(reader.text()).map { PrincipalID($0) }
        post.blindRecipients = numbers(reader.text()).map { PrincipalID($0) }
        post.parent = reader.optionalID()
        post.state = Post.State(rawValue: reader.text()) ?? .ok
        post.edited = reader.optionalInstant()
        return post
    }

    private static func postArguments(_ post: Post) -> [SQLValue] {
        [
            .id(post.id), .id(post.author), .instant(post.date), .text(post.text), .text(post.format.rawValue),
            .text(post.summary), .optional(post.messageID), .optional(post.inReplyTo),
            .text(list(post.recipients.map(\.rawValue))), .text(list(post.blindRecipients.map(\.rawValue))),
            .id(post.parent), .text(post.state.rawValue), .instant(post.edited),
        ] + SQLValue.stamp(post.stamp)
    }

    /// Numbers separated by commas, as a JSON array holds them.
    static func list(_ numbers: [Int64]) -> String { "[" + numbers.map(String.init).joined(separator: ",") + "]" }

    static func numbers(_ text: String) -> [Int64] {
        text.split(whereSeparator: { "[], ".contains($0) }).compactMap { Int64($0) }
    }

    /// A post, retired ones too.
    public static func post(_ id: PostID, on connection: any SQLConnection) throws -> Post? {
        try connection.first("SELECT \(postColumns) FROM post WHERE id = ?1", [.id(id)], readPost)
    }

    /// The posts that an issue's history tells of, retired ones too.
    /// - Parameter textLimit: characters of each text; longer ones are cut there.
    public static func posts(
        inHistoryOf issue: IssueID, textLimit: Int, on connection: any SQLConnection
    ) throws -> [PostID: Post] {
        let isWhole = textLimit == .max
        let columns = isWhole ? postColumns : postColumnsBriefly
        var result: [PostID: Post] = [:]
        try connection.query(
            """
            SELECT \(columns) FROM post WHERE id IN (SELECT e.post_id FROM changeset c
              JOIN entry e ON e.changeset_id = c.id WHERE c.issue_id = ?1 AND e.post_id IS NOT NULL)
            """, isWhole ? [.id(issue)] : [.id(issue), .integer(Int64(textLimit))]
        ) { row in
            let post = readPost(row)
            result[post.id] = post
            return true
        }
        return result
    }

    /// Stores a new post.
    public static func insert(_ post: Post, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO post (\(postColumns)) VALUES (\(SQLValue.placeholders(19)))", postArguments(post))
    }

    /// Stores a changed post.
    public static func update(_ post: Post, on connection: any SQLConnection) throws {
        let names = postColumns.split(separator: ", ").dropFirst().joined(separator: ", ")
        let places = (2...19).map { "?\($0)" }.joined(separator: ", ")
        try connection.execute("UPDATE post SET (\(names)) = (\(places)) WHERE id = ?1", postArguments(post))
    }

    /// Removes a post that nothing links to any more.
    public static func deletePost(_ id: PostID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM post WHERE id = ?1", [.id(id)])
    }

    /// A post's place in a container.
    public struct Placement: Sendable, Equatable {
        public var post: PostID
        public var isOpening: Bool
        public var changeset: ChangesetID?
        public var audience: Audience

        public init(post: PostID, isOpening: Bool, changeset: ChangesetID?, audience: Audience) {
            self.post = post
            self.isOpening = isOpening
            self.changeset = changeset
            self.audience = audience
        }
    }

    /// The posts of a container, by number.
    public static func placements(in container: Container, on connection: any SQLConnection) throws -> [Placement] {
        try connection.all(
            """
            SELECT post_id, is_opening, changeset_id, audience FROM post_link
            WHERE container_kind = ?1 AND container_id = ?2 ORDER BY post_id
            """, [.integer(container.kind), .integer(container.number)]
        ) { row in
            Placement(
                post: PostID(row.integer(0)), isOpening: row.integer(1) != 0,
                changeset: row.optionalInteger(2).map { ChangesetID($0) }, audience: audience(row.optionalText(3)))
        }
    }

    /// Where a post stands.
    public static func containers(of post: PostID, on connection: any SQLConnection) throws -> [(Container, Placement)]
    {
        try connection.all(
            """
            SELECT container_kind, container_id, is_opening, changeset_id, audience FROM post_link WHERE post_id = ?1
            """, [.id(post)]
        ) { row in
            Container(kind: row.integer(0), number: row.integer(1)).map {
                (
                    $0,
                    Placement(
                        post: post, isOpening: row.integer(2) != 0,
                        changeset: row.optionalInteger(3).map { ChangesetID($0) },
                        audience: audience(row.optionalText(4)))
                )
            }
        }.compactMap { $0 }
    }

    /// Puts a post into a container, or changes its place there.
    public static func place(_ placement: Placement, in container: Container, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO post_link (container_kind, container_id, post_id, is_opening, changeset_id, audience)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (container_kind, container_id, post_id) DO UPDATE SET is_opening = excluded.is_opening,
              changeset_id = excluded.changeset_id, audience = excluded.audience
            """,
            [
                .integer(container.kind), .integer(container.number), .id(placement.post), .flag(placement.isOpening),
                .id(placement.changeset), .optional(text(placement.audience)),
            ])
    }

    /// Takes a post out of a container.
    public static func remove(_ post: PostID, from container: Container, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM post_link WHERE container_kind = ?1 AND container_id = ?2 AND post_id = ?3",
            [.integer(container.kind), .integer(container.number), .id(post)])
    }

    /// How an audience is stored: null, `restricted`, or a JSON array of groups.
    public static func text(_ audience: Audience) -> String? {
        switch audience {
        case .everyone: nil
        case .restricted: "restricted"
        case .groups(let groups): list(groups.map(\.rawValue))
        }
    }

    /// The audience of a stored text.
    public static func audience(_ text: String?) -> Audience {
        guard let text else { return .everyone }
        return text == "restricted" ? .restricted : .groups(numbers(text).map { PrincipalID($0) })
    }

    // MARK: files

    private static func readFile(_ row: any SQLRow) -> File {
        var reader = RowReader(row, from: 13)
        let stamp = reader.stamp()
        reader.column = 0
        let id: FileID = reader.id()
        let blob = reader.optionalText()
        let md5 = reader.optionalText()
        let size = reader.integer()
        let received = reader.integer()
        let name = reader.text()
        let type = reader.optionalText()
        let description = reader.optionalText()
        var file = File(id: id, stamp: stamp, name: name, contentType: type, size: size, author: reader.id())
        file.blob = blob
        file.md5 = md5
        file.received = received
        file.description = description
        file.project = reader.optionalID()
        file.token = reader.optionalText()
        file.downloads = reader.integer()
        file.expires = reader.optionalInstant()
        return file
    }

    private static func fileArguments(_ file: File) -> [SQLValue] {
        [
            .id(file.id), .optional(file.blob), .optional(file.md5), .integer(file.size), .integer(file.received),
            .text(file.name), .optional(file.contentType), .optional(file.description), .id(file.author),
            .id(file.project),
            .optional(file.token), .integer(file.downloads), .instant(file.expires),
        ] + SQLValue.stamp(file.stamp)
    }

    /// A file, retired ones too.
    public static func file(_ id: FileID, on connection: any SQLConnection) throws -> File? {
        try connection.first("SELECT \(fileColumns) FROM file WHERE id = ?1", [.id(id)], readFile)
    }

    /// Stores a new file's description.
    public static func insert(_ file: File, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO file (\(fileColumns)) VALUES (\(SQLValue.placeholders(19)))", fileArguments(file))
    }

    /// Stores a changed description.
    public static func update(_ file: File, on connection: any SQLConnection) throws {
        let names = fileColumns.split(separator: ", ").dropFirst().joined(separator: ", ")
        let places = (2...19).map { "?\($0)" }.joined(separator: ", ")
        try connection.execute("UPDATE file SET (\(names)) = (\(places)) WHERE id = ?1", fileArguments(file))
    }

    /// A file's place, with who sees it there.
    public struct FilePlacement: Sendable, Equatable {
        public var link: FileLink
        public var audience: Audience
        public init(link: FileLink, audience: Audience) {
            self.link = link
            self.audience = audience
        }
    }

    private static func readFileLink(_ row: any SQLRow) -> FilePlacement? {
        guard let container = Container(kind: row.integer(2), number: row.integer(3)) else { return nil }
        var link = FileLink(id: FileLinkID(row.integer(0)), file: FileID(row.integer(1)), container: container)
        link.field = row.optionalInteger(4).map { FieldID($0) }
        link.changeset = row.optionalInteger(5).map { ChangesetID($0) }
        link.part = row.optionalText(7)
        return FilePlacement(link: link, audience: audience(row.optionalText(6)))
    }

    private static let fileLinkColumns =
        "id, file_id, container_kind, container_id, field_id, changeset_id, audience, part"

    /// The files of a container, by number of the link.
    public static func files(in container: Container, on connection: any SQLConnection) throws -> [FilePlacement] {
        try connection.all(
            "SELECT \(fileLinkColumns) FROM file_link WHERE container_kind = ?1 AND container_id = ?2 ORDER BY id",
            [.integer(container.kind), .integer(container.number)], readFileLink
        ).compactMap { $0 }
    }

    /// The files of a container with their places, by number of the link.
    public static func filesWithPlaces(
        in container: Container, on connection: any SQLConnection
    ) throws -> [(file: File, placement: FilePlacement)] {
        let placements = try files(in: container, on: connection)
        guard !placements.isEmpty else { return [] }
        var files: [FileID: File] = [:]
        try connection.query(
            """
            SELECT \(fileColumns) FROM file WHERE id IN (SELECT file_id FROM file_link
              WHERE container_kind = ?1 AND container_id = ?2)
            """, [.integer(container.kind), .integer(container.number)]
        ) { row in
            let file = readFile(row)
            files[file.id] = file
            return true
        }
        return placements.compactMap { placement in files[placement.link.file].map { ($0, placement) } }
    }

    /// One place of a file.
    public static func filePlacement(
        _ id: FileLinkID, on connection: any SQLConnection
    ) throws -> FilePlacement? {
        try connection.first("SELECT \(fileLinkColumns) FROM file_link WHERE id = ?1", [.id(id)], readFileLink) ?? nil
    }

    /// Where a file stands.
    public static func places(of file: FileID, on connection: any SQLConnection) throws -> [FilePlacement] {
        try connection.all(
            "SELECT \(fileLinkColumns) FROM file_link WHERE file_id = ?1 ORDER BY id", [.id(file)], readFileLink
        ).compactMap { $0 }
    }

    /// Puts a file into a container.
    public static func insert(_ placement: FilePlacement, on connection: any SQLConnection) throws {
        let link = placement.link
        try connection.execute(
            "INSERT INTO file_link (\(fileLinkColumns)) VALUES (\(SQLValue.placeholders(8)))",
            [
                .id(link.id), .id(link.file), .integer(link.container.kind), .integer(link.container.number),
                .id(link.field),
                .id(link.changeset), .optional(text(placement.audience)), .optional(link.part),
            ])
    }

    /// Takes a file out of its container.
    public static func deleteFileLink(_ id: FileLinkID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM file_link WHERE id = ?1", [.id(id)])
    }
}
