import ParleyHTTP
import ParleyModel
import ParleyService

/// Something that a feed tells, before it is known which project the feed is of.
struct FeedItem {
    var title: String
    var project: Project?
    /// Below the server's address, without a slash before it.
    var path: String
    var time: Instant
    var author: PrincipalID?
    /// HTML.
    var content: String
}

extension Call {
    /// Entries that a feed has.
    static var feedLimit: Int { 15 }

    /// What a feed calls itself: after its project, or after the tracker as a whole.
    func feedTitle(_ place: Project?, _ title: String) -> String { "\(place?.name ?? "Redmine"): \(title)" }

    /// Items as a feed, the newest first; those of another project than the feed's have its name before them.
    func feed(_ title: String, _ place: Project?, _ items: [FeedItem]) -> [UInt8] {
        let newest = items.enumerated().sorted { left, right in
            left.element.time == right.element.time
                ? left.offset < right.offset : left.element.time > right.element.time
        }.prefix(Call.feedLimit).map(\.element)
        let entries = newest.map { item in
            let isHere = item.project?.id == place?.id && place != nil
            let whole = isHere ? item.title : "\(item.project?.name ?? "") - \(item.title)"
            var entry = FeedEntry(
                title: Call.line(whole), address: "\(request.baseURL)/\(item.path)", updated: item.time,
                content: item.content)
            entry.author = item.author.flatMap { catalog.name(of: $0) }
            entry.mail = item.author.flatMap { mail(of: $0) }
            return entry
        }
        let path = request.path.dropFirst().dropLast(".atom".utf8.count)
        return feed(title, entries: entries, page: String(path))
    }

    /// - Parameter page: the path of the page for people, without a slash before it.
    func feed(_ title: String, entries: [FeedEntry], page: String) -> [UInt8] {
        let query = queryWithoutKey
        var writer = FeedWriter(
            FeedHead(
                title: Call.line(title), address: "\(request.baseURL)\(request.path)\(query)",
                page: "\(request.baseURL)/\(page)\(page.isEmpty ? "" : query)", id: "\(request.baseURL)/",
                author: "Redmine",
                updated: entries.first?.updated ?? workspace.now))
        for entry in entries { writer.entry(entry) }
        return writer.finish()
    }

    private var queryWithoutKey: String {
        let kept = (request.query ?? "").split(separator: "&").filter { !$0.hasPrefix("key=") }
        return kept.isEmpty ? "" : "?\(kept.joined(separator: "&"))"
    }

    /// One line of at most a hundred characters.
    static func line(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        return line.count <= 100 ? line : "\(line.prefix(97))..."
    }

    /// A user's address, where everybody may know it.
    func mail(of person: PrincipalID) -> String? {
        catalog.user(person).flatMap { $0.preferences.hidesAddress ? nil : $0.addresses.first }
    }
}
