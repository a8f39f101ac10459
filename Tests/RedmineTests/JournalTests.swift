import ParleyHTTP
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// Journals made of changesets that no request made.
@Suite("changesets as journals")
struct JournalTests {
    private let author = PrincipalID(102)
    private let time = Instant(seconds: 1_795_000_100)

    private func view(
        _ entries: [(EntryKind, EntryDetail)], audience: Audience = .everyone, notes: [String] = [],
        derived: Bool = false
    ) -> ChangesetView {
        var changeset = Changeset(
            id: ChangesetID(7001), issue: IssueID(8001), author: author, time: time, audience: audience)
        changeset.entries = entries.enumerated().map { position, entry in
            Entry(
                id: EntryID(9001 + Int64(position)), changeset: changeset.id, position: Int64(position), kind: entry.0,
                detail: entry.1, derived: derived)
        }
        let posts = notes.map { text in
            Post(
                id: PostID(6001), stamp: Stamp(created: time, creator: author), author: author, date: time, text: text,
                format: .plain)
        }
        return ChangesetView(changeset: changeset, posts: posts, hidesPost: false)
    }

    private func set(_ field: FieldID, _ old: [Value]?, _ new: [Value]?) -> (EntryKind, EntryDetail) {
        var detail = EntryDetail()
        detail.field = field
        detail.old = old
        detail.new = new
        return (.set, detail)
    }

    private func link(_ kind: EntryKind, _ type: LinkTypeID, _ direction: LinkDirection, _ other: Int64) -> (
        EntryKind, EntryDetail
    ) {
        var detail = EntryDetail()
        let me = IssueID(8001)
        let there = IssueID(other)
        detail.link = Link(
            id: LinkID(5001), type: type, from: direction == .forward ? me : there,
            target: .issue(direction == .forward ? there : me), created: time, creator: author)
        detail.direction = direction
        detail.other = there
        return (kind, detail)
    }

    private func details(_ fixture: RedmineFixture, _ entries: [(EntryKind, EntryDetail)]) -> [JournalDetail] {
        JournalRendering(fixture.workspace.catalog).journal(view(entries))?.details ?? []
    }

    @Test("attributes are told as texts, unset ones as null")
    func attributes() async throws {
        try await RedmineFixture.with { fixture in
            let date = DateValue(try #require(CivilDate(iso8601: "2026-11-01")))
            let told = details(
                fixture,
                [
                    set(BuiltinField.estimate.id, nil, [.duration(9_000_000)]),
                    set(BuiltinField.title.id, [.text("a")], [.text("b")]),
                    set(BuiltinField.status.id, [.reference(1)], [.reference(2)]),
                    set(BuiltinField.assignee.id, [.reference(102)], nil),
                    set(BuiltinField.dueDate.id, nil, [.date(date)]),
                    set(BuiltinField.isPrivate.id, [.boolean(false)], [.boolean(true)]),
                    set(BuiltinField.closedAt.id, nil, [.instant(time)]),
                    set(BuiltinField.priorityNumber.id, [.integer(1)], [.integer(2)]),
                ])
            #expect(
                told == [
                    JournalDetail(property: "attr", name: "subject", old: "a", new: "b"),
                    JournalDetail(property: "attr", name: "due_date", old: nil, new: "2026-11-01"),
                    JournalDetail(property: "attr", name: "status_id", old: "1", new: "2"),
                    JournalDetail(property: "attr", name: "assigned_to_id", old: "102", new: nil),
                    JournalDetail(property: "attr", name: "estimated_hours", old: nil, new: "2.5"),
                    JournalDetail(property: "attr", name: "is_private", old: "0", new: "1"),
                ])
        }
    }

    @Test("a multiple custom field has a line for each value, a single one has one")
    func customFields() async throws {
        try await RedmineFixture.with { fixture in
            let fields = fixture.workspace.catalog.fields
            let versions = try #require(fields.first { $0.name == "Affected version" })
            let customer = try #require(fields.first { $0.name == "Customer" })
            let values = versions.listValues.map { Value.reference($0.id.rawValue) }
            let told = details(
                fixture,
                [
                    set(versions.id, [values[0], values[2]], [values[1]]), set(customer.id, [.text("ACME")], []),
                ])
            let name = String(versions.id.rawValue)
            #expect(
                told == [
                    JournalDetail(property: "cf", name: name, old: "1.0.0", new: nil),
                    JournalDetail(property: "cf", name: name, old: "1.0.2", new: nil),
                    JournalDetail(property: "cf", name: name, old: nil, new: "1.0.1"),
                    JournalDetail(property: "cf", name: String(customer.id.rawValue), old: "ACME", new: ""),
                ])
        }
    }

    @Test("links are relations as this issue sees them, parents and children are attributes")
    func links() async throws {
        try await RedmineFixture.with { fixture in
            let told = details(
                fixture,
                [
                    link(.linked, .precedes, .reverse, 41), link(.unlinked, .blocks, .forward, 42),
                    link(.linked, .hierarchy, .forward, 43), link(.unlinked, .hierarchy, .reverse, 44),
                    link(.linked, .hierarchy, .reverse, 45),
                ])
            #expect(
                told == [
                    JournalDetail(property: "attr", name: "parent_id", old: "44", new: "45"),
                    JournalDetail(property: "attr", name: "child_id", old: nil, new: "43"),
                    JournalDetail(property: "relation", name: "follows", old: nil, new: "41"),
                    JournalDetail(property: "relation", name: "blocks", old: "42", new: nil),
                ])
        }
    }

    @Test("what tells nothing is no journal: making, watching, what follows from children")
    func nothing() async throws {
        try await RedmineFixture.with { fixture in
            let rendering = JournalRendering(fixture.workspace.catalog)
            #expect(rendering.journal(view([(.created, EntryDetail())])) == nil)
            #expect(
                rendering.journal(view([(.created, EntryDetail()), link(.linked, .hierarchy, .reverse, 41)])) == nil)
            var watching = EntryDetail()
            watching.field = BuiltinField.watchers.id
            watching.new = [.reference(102)]
            #expect(rendering.journal(view([(.added, watching)])) == nil)
            let change = set(BuiltinField.progress.id, [.integer(0)], [.integer(50)])
            #expect(rendering.journal(view([change], derived: true)) == nil)
            #expect(rendering.journal(view([change]))?.details.count == 1)
        }
    }

    @Test("notes are the posts' texts; changes beside a note for some have null")
    func notes() async throws {
        try await RedmineFixture.with { fixture in
            let change = set(BuiltinField.progress.id, [.integer(0)], [.integer(50)])
            let hidden = view([(.posted, EntryDetail())], audience: .restricted, notes: ["Among us"])
            let split = JournalRendering(fixture.workspace.catalog)
            var shown = view([change])
            shown.hasRestrictedSequel = true
            #expect(split.journal(shown)?.notes == .some(nil))
            #expect(split.journal(hidden)?.notes == "Among us")
            #expect(split.journal(hidden)?.isPrivate == true)
            let plain = JournalRendering(fixture.workspace.catalog)
            #expect(plain.journal(view([change]))?.notes == "")
        }
    }

    @Test("a journal comes out in both formats")
    func formats() async throws {
        try await RedmineFixture.with { fixture in
            let catalog = fixture.workspace.catalog
            let rendering = JournalRendering(catalog)
            let journals = rendering.journals([
                view([set(BuiltinField.status.id, [.reference(1)], [.reference(2)])], notes: ["a < b"])
            ])
            func written(_ format: DocumentWriter.Format) -> String {
                var writer = DocumentWriter(format)
                writer.document("issue") { rendering.write(journals, into: &$0) }
                return String(decoding: writer.finish(), as: UTF8.self)
            }
            let name = try #require(catalog.name(of: author))
            let moment = WireTime.iso8601(time)
            #expect(
                written(.json(JSONOptions(escapesMarkup: true))) == """
                    {"issue":{"journals":[{"id":7001,"user":{"id":102,"name":"\(name)"},"notes":"a \\u003c b",\
                    "created_on":"\(moment)","private_notes":false,"details":[{"property":"attr","name":"status_id",\
                    "old_value":"1","new_value":"2"}]}]}}
                    """)
            #expect(
                written(.xml()) == """
                    <?xml version="1.0" encoding="UTF-8"?><issue><journals type="array"><journal id="7001">\
                    <user id="102" name="\(name)"/><notes>a &lt; b</notes><created_on>\(moment)</created_on>\
                    <private_notes>false</private_notes><details type="array"><detail property="attr" name="status_id">\
                    <old_value>1</old_value><new_value>2</new_value></detail></details></journal></journals></issue>
                    """)
        }
    }
}
