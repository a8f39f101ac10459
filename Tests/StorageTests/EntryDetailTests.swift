import FoundationEssentials
import ParleyModel
import Testing

@testable import ParleyStorage

@Suite("the text of an entry's detail")
struct EntryDetailTests {
    private static let full: EntryDetail = {
        var detail = EntryDetail()
        detail.field = FieldID(1)
        detail.old = [.text("a\"b\\c\n\u{1}ü"), .integer(-5), .number(2.5), .boolean(true), .reference(7)]
        detail.new = [
            .date(DateValue(CivilDate(daysSince1970: 12), secondOfDay: 61)),
            .date(DateValue(CivilDate(daysSince1970: -3))),
            .instant(Instant(microseconds: 17)), .duration(90_000),
        ]
        detail.post = PostID(11)
        detail.file = FileLinkID(12)
        detail.fileName = "x/y.txt"
        var link = Link(
            id: LinkID(13), type: .blocks, from: IssueID(14), target: .issue(IssueID(15)),
            created: Instant(microseconds: 16),
            creator: PrincipalID(17))
        link.delay = 2
        link.isPrimary = true
        detail.link = link
        detail.direction = .reverse
        detail.other = IssueID(18)
        detail.timeEntry = TimeEntryID(19)
        detail.initial = [
            InitialValue(field: FieldID(2), values: []), InitialValue(field: FieldID(3), values: [.boolean(false)]),
        ]
        detail.base = IssueBase(tracker: ToolID(20), project: ProjectID(21), number: 22)
        detail.format = .markdown
        detail.audienceBefore = .groups([PrincipalID(23), PrincipalID(24)])
        detail.audienceAfter = .restricted
        detail.foreign = ["b": "2", "a": "1"]
        return detail
    }()

    private static let web: EntryDetail = {
        var detail = EntryDetail()
        detail.link = Link(
            id: LinkID(1), type: .relates, from: IssueID(2), target: .uri("https://a.example/?b=\"c\""),
            created: Instant(microseconds: 3), creator: PrincipalID(4))
        detail.link?.isInward = true
        detail.audienceAfter = .everyone
        detail.automatic = true
        detail.quiet = true
        detail.old = []
        return detail
    }()

    @Test("reads back as what was written", arguments: [full, web, EntryDetail()])
    func roundTrip(_ detail: EntryDetail) throws {
        #expect(try HistoryRows.decode(EntryDetailText.text(detail)) == detail)
    }

    @Test("is read without the general decoder, which reads what is spelled otherwise", arguments: [full, web])
    func reader(_ detail: EntryDetail) throws {
        let text = EntryDetailText.text(detail)
        #expect(EntryDetailReader.detail(text) == detail)
        let spaced = text.replacing(",\"", with: ", \"")
        #expect(EntryDetailReader.detail(spaced) == nil)
        #expect(try HistoryRows.decode(spaced) == detail)
    }

    @Test("a text that is cut short or damaged is no detail", arguments: [full, web])
    func damage(_ detail: EntryDetail) {
        let octets = Array(EntryDetailText.text(detail).utf8)
        for length in octets.indices {
            #expect(EntryDetailReader.detail(String(decoding: octets[..<length], as: UTF8.self)) == nil)
        }
        for place in octets.indices {
            for octet in "{}[]\",:0-.e\\".utf8 {
                var damaged = octets
                damaged[place] = octet
                // What is read must be what the general decoder reads.
                let text = String(decoding: damaged, as: UTF8.self)
                guard let read = EntryDetailReader.detail(text) else { continue }
                let expected = try? JSONDecoder().decode(EntryDetail.self, from: Data(text.utf8))
                #expect(read == expected, "\(text)")
            }
        }
        #expect(EntryDetailReader.detail("{\"field\":99999999999999999999}") == nil)
        #expect(EntryDetailReader.detail("{\"field\":-9223372036854775808}")?.field == FieldID(.min))
    }

    @Test("is what the general encoder writes", arguments: [full, web, EntryDetail()])
    func sameAsEncoder(_ detail: EntryDetail) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let expected = String(decoding: try encoder.encode(detail), as: UTF8.self)
        let written = EntryDetailText.text(detail)
        #expect(written.replacing("\\u000a", with: "\\n") == expected)
    }
}
