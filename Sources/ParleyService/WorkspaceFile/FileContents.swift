import ParleyModel
import ParleyStorage

/// Pages, articles, topics and files: made where they are missing, never changed.
extension FileApplier {
    func applyContents() throws {
        transaction.settle()
        try applyIssues()
        for project in names.declaredProjects {
            for tool in project.tools {
                try applyPages(tool.node["pages"], of: tool.id)
                try applyArticles(tool.node["articles"], of: tool.id)
            }
            try applyFiles(project.node["files"], of: project.id)
        }
        for (forum, node) in names.declaredTopics { try applyTopic(node, of: forum) }
        try freeze()
    }

    func format(_ node: FileNode) -> TextFormat { node["format"]?.text.flatMap(TextFormat.init) ?? textFormat }

    /// When a content was made; only what is generated says so.
    func moment(_ node: FileNode) -> Instant { node["created"]?.text.flatMap(FileValues.instant) ?? transaction.now }

    // MARK: opening what is closed

    /// Lets contents be made in a project or version that is closed, until `freeze`.
    func thaw(_ project: ProjectID) throws {
        guard var record = records.projects[project], record.status != .active else { return }
        thawedProjects[project] = record
        record.status = .active
        try transaction.put(record)
        transaction.settle()
    }

    func thaw(_ version: VersionID) throws {
        guard var record = records.versions[version], record.status != .open else { return }
        thawedVersions[version] = record
        record.status = .open
        try transaction.put(record)
        transaction.settle()
    }

    private func freeze() throws {
        for (id, record) in thawedProjects.sorted(by: { $0.key < $1.key }) {
            guard var present = records.projects[id] else { continue }
            present.status = record.status
            try transaction.put(present)
        }
        for (id, record) in thawedVersions.sorted(by: { $0.key < $1.key }) {
            guard var present = records.versions[id] else { continue }
            present.status = record.status
            try transaction.put(present)
        }
    }

    // MARK: pages

    private func applyPages(_ list: FileNode?, of tool: ToolID) throws {
        guard let list, !list.items.isEmpty else { return }
        var known = Dictionary(
            try PageRows.pages(of: tool, on: connection).map { ($0.title, $0) }, uniquingKeysWith: { first, _ in first }
        )
        var waiting: [(Page, FileNode)] = []
        for node in list.items {
            let title = node["title"]?.text ?? ""
            guard known[title] == nil, let author = user(node["author"]) else { continue }
            let time = moment(node)
            var page = Page(
                id: try transaction.next("page"), stamp: Stamp(created: time, creator: author), tool: tool, title: title
            )
            page.version = 1
            page.labels = node["labels"]?.texts ?? []
            page.isProtected = node["protected"]?.boolean ?? false
            try PageRows.put(page, on: connection)
            var version = PageVersion(
                page: page.id, number: 1, text: node["text"]?.text ?? "", format: format(node), author: author,
                created: time)
            version.comment = node["comment"]?.text ?? ""
            try PageRows.insert(version, on: connection)
            try transaction.capabilities.indexDocument(
                connection, SearchDocuments.page(page.id), nil, SearchText(title: title, body: version.text))
            known[title] = page
            if let parent = node["parent"] { waiting.append((page, parent)) }
            for file in node["files"]?.items ?? [] { try attach(file, to: .page(page.id), project: nil, part: nil) }
            note(.create, "page", title)
        }
        for (page, parent) in waiting {
            guard let above = known[parent.text ?? ""], above.id != page.id else {
                problems.add(parent.line, "there is no page `\(parent.scalarText)`")
                continue
            }
            var child = page
            child.parent = above.id
            try PageRows.put(child, on: connection)
        }
    }

    // MARK: articles

    private func applyArticles(_ list: FileNode?, of tool: ToolID) throws {
        guard let list, !list.items.isEmpty else { return }
        let known = try PageRows.articles(of: tool, on: connection)
        var titles = Set(known.map(\.title))
        var slugs = Set(known.map(\.slug))
        for node in list.items {
            let title = node["title"]?.text ?? ""
            if node["slug"]?.text.map({ slugs.contains($0) }) ?? titles.contains(title) { continue }
            guard let author = user(node["author"]) else { continue }
            let slug = node["slug"]?.text ?? FileApplier.slug(title, avoiding: slugs)
            let time = moment(node)
            var article = Article(
                id: try transaction.next("article"), stamp: Stamp(created: time, creator: author), tool: tool,
                slug: slug,
                title: title, author: author)
            article.summary = node["summary"]?.text ?? ""
            article.text = node["text"]?.text ?? ""
            article.format = format(node)
            article.state = node["state"]?.text.flatMap(Article.State.init) ?? .published
            article.labels = node["labels"]?.texts ?? []
            try PageRows.put(article, on: connection)
            try transaction.capabilities.indexDocument(
                connection, SearchDocuments.article(article.id), nil,
                SearchText(title: title, body: "\(article.summary ?? "")\n\(article.text)"))
            titles.insert(title)
            slugs.insert(slug)
            for comment in node["comments"]?.items ?? [] {
                let audience: Audience = comment["internal"]?.boolean ?? false ? .restricted : .everyone
                try addPost(comment, to: .article(article.id), isOpening: false, parent: nil, audience)
            }
            for file in node["files"]?.items ?? [] {
                try attach(file, to: .article(article.id), project: nil, part: nil)
            }
            note(.create, "article", title)
        }
    }

    /// Letters and digits of the title in lower case, hyphens for the rest.
    static func slug(_ title: String, avoiding taken: Set<String>) -> String {
        let words = title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let base = String(words.joined(separator: "-").prefix(100))
        let first = base.isEmpty ? "article" : base
        guard taken.contains(first) else { return first }
        var count = 2
        while taken.contains("\(first)-\(count)") { count += 1 }
        return "\(first)-\(count)"
    }

    @discardableResult
    private func addPost(
        _ node: FileNode, to container: Container, isOpening: Bool, parent: PostID?, _ audience: Audience = .everyone
    ) throws -> PostID? {
        guard let author = user(node["author"]) else { return nil }
        let time = moment(node)
        let text = node["text"]?.text ?? ""
        var post = Post(
            id: try transaction.next("post"), stamp: Stamp(created: time, creator: author), author: author, date: time,
            text: text, format: format(node))
        post.summary = ChangeEngine.summary(of: text)
        post.parent = parent
        try ContentRows.insert(post, on: connection)
        try ContentRows.place(
            ContentRows.Placement(post: post.id, isOpening: isOpening, changeset: nil, audience: audience),
            in: container,
            on: connection)
        return post.id
    }

    // MARK: topics

    private func applyTopic(_ node: FileNode, of forum: Forum) throws {
        let subject = node["subject"]?.text ?? ""
        let posts = node["posts"]?.items ?? []
        guard try !PageRows.topics(of: forum.id, on: connection).contains(where: { $0.subject == subject }),
            let first = posts.first, let author = user(first["author"])
        else { return }
        var topic = Topic(
            id: try transaction.next("topic"), stamp: Stamp(created: moment(first), creator: author), forum: forum.id,
            subject: subject, author: author)
        topic.stamp.modified = posts.last.map { moment($0) } ?? topic.stamp.modified
        topic.isSticky = node["sticky"]?.boolean ?? false
        topic.isLocked = node["locked"]?.boolean ?? false
        try PageRows.put(topic, on: connection)
        var made: [PostID?] = []
        for (index, post) in posts.enumerated() {
            let parent = post["replyTo"]?.integer.flatMap { Int(exactly: $0) }.flatMap {
                $0 < made.count ? made[$0] : nil
            }
            made.append(try addPost(post, to: .topic(topic.id), isOpening: index == 0, parent: parent))
        }
        note(.create, "topic", subject)
    }

    // MARK: files

    private func applyFiles(_ list: FileNode?, of project: ProjectID) throws {
        guard let list, !list.items.isEmpty else { return }
        let known = try ContentRows.files(in: .project(project), on: connection).compactMap { place in
            try ContentRows.file(place.link.file, on: connection).map { "\(place.link.part ?? "")/\($0.name)" }
        }
        for node in list.items where !known.contains("\(node["field"]?.text ?? "")/\(node["name"]?.text ?? "")") {
            try attach(node, to: .project(project), project: project, part: node["field"]?.text)
            note(.create, "file", node["name"]?.text ?? "")
        }
    }

    private func attach(_ node: FileNode, to container: Container, project: ProjectID?, part: String?) throws {
        guard let file = try storeFile(node, author: nil, project: project) else { return }
        var link = FileLink(id: try transaction.next("file_link"), file: file, container: container)
        link.part = part
        try ContentRows.insert(ContentRows.FilePlacement(link: link, audience: .everyone), on: connection)
    }

    /// A file's octets and row, belonging to nothing yet.
    func storeFile(_ node: FileNode, author: PrincipalID?, project: ProjectID?) throws -> FileID? {
        let octets = FileValues.octets(base64: node["base64"]?.text ?? "") ?? []
        guard let owner = node["author"] == nil ? author ?? .firstAdministrator : user(node["author"]) else {
            return nil
        }
        var file = File(
            id: try transaction.next("file"), stamp: Stamp(created: transaction.now, creator: owner),
            name: node["name"]?.text ?? "", contentType: node["type"]?.text ?? "application/octet-stream",
            size: Int64(octets.count), author: owner)
        if !dryRun {
            let blob = try transaction.workspace.blobs.store(octets, wantsMD5: true)
            file.blob = blob.hash.hex
            file.md5 = blob.md5
        }
        file.received = file.size
        file.description = node["description"]?.text
        file.project = project
        try ContentRows.insert(file, on: connection)
        return file.id
    }
}
