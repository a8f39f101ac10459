import ParleyModel
import ParleyStorage
import Testing

@testable import ParleyService

/// Files between their upload and their end.
@Suite("files")
struct FileTests {
    private func file(_ fixture: WorkspaceFixture, _ text: String) async throws -> File {
        let once = Once(Array(text.utf8))
        return try await fixture.workspace.receive(NewFile(name: "a.txt"), as: fixture.actor("devon")) {
            await once.take()
        }
    }

    private actor Once {
        private var octets: [UInt8]?
        init(_ octets: [UInt8]) { self.octets = octets }
        func take() -> [UInt8]? {
            defer { octets = nil }
            return octets
        }
    }

    private func exists(_ file: File, _ fixture: WorkspaceFixture) throws -> Bool {
        let hash = try #require(file.blob.flatMap(BlobHash.init))
        return try fixture.workspace.blobs.size(hash) != nil
    }

    @Test("what nobody hangs anywhere goes after a day, with its octets")
    func expiry() async throws {
        let fixture = try await WorkspaceFixture(world: "redmine")
        let workspace = fixture.workspace
        let lost = try await file(fixture, "lost")
        let kept = try await file(fixture, "kept")
        let same = try await file(fixture, "lost")
        _ = try await workspace.change(
            ChangeRequest(
                .draft(Draft(project: .text("alpha"))),
                parts: [
                    ChangePart([
                        .set(.builtin(.title), [.text("t")]), .attach(FileReference(token: kept.token)),
                    ])
                ]), as: fixture.actor("devon"))
        fixture.advance(seconds: 23 * 3600)
        #expect(try await workspace.sweepFiles(whole: true, youngSeconds: 0) == FileSweep())
        fixture.advance(seconds: 2 * 3600)
        // As it is in service: what was stored within the hour stays, whatever the rows say.
        #expect(try await workspace.sweepFiles(whole: false) == FileSweep(expired: 2, blobs: 0))
        #expect(try exists(lost, fixture))
        #expect(try await workspace.sweepFiles(whole: true, youngSeconds: 0) == FileSweep(expired: 0, blobs: 1))
        #expect(try !exists(lost, fixture) && !exists(same, fixture))
        #expect(try exists(kept, fixture))
        #expect(try await workspace.check().isEmpty)
        await fixture.close()
    }

    @Test("octets of a removed file stay as long as another file has the same")
    func sharedOctets() async throws {
        let fixture = try await WorkspaceFixture(world: "redmine")
        let workspace = fixture.workspace
        let devon = try fixture.actor("devon")
        let first = try await file(fixture, "same")
        let second = try await file(fixture, "same")
        let alpha = try #require(workspace.catalog.project(identifier: "alpha")).id
        for one in [first, second] {
            try await workspace.attach(FileReference(token: one.token), to: .project(alpha), in: alpha, as: devon)
        }
        for one in [first, second] {
            try await workspace.remove(file: one.id, as: devon)
            fixture.advance(seconds: 2 * 3600)
            _ = try await workspace.sweepFiles(whole: false, youngSeconds: 0)
            #expect(try exists(one, fixture) == (one.id == first.id))
            #expect(try await workspace.check().isEmpty)
        }
        await fixture.close()
    }

    @Test("many uploads of one user at once stay within the quota")
    func concurrentQuota() async throws {
        let fixture = try await WorkspaceFixture(world: "redmine")
        try await fixture.workspace.write(as: .system) { transaction in
            var settings = transaction.records.settings
            settings.temporaryFileQuota = 50
            try transaction.put(settings)
        }
        let taken = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask { (try? await file(fixture, "ten octet\(number % 10)")) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect((1...5).contains(taken))
        #expect(try await fixture.workspace.check().isEmpty)
        await fixture.close()
    }

    @Test("an image's size is read from its header, and nothing traps on a cut one")
    func images() {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
            + [0, 0, 0, 3, 0, 0, 0, 2]
        let gif = Array("GIF87a".utf8) + [5, 0, 4, 0]
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC2, 0, 11, 8, 0, 6, 0, 7]
        let riff = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP".utf8)
        let lossy = riff + Array("VP8 ".utf8) + [0, 0, 0, 0, 0, 0, 0, 0x9D, 1, 0x2A, 9, 0, 8, 0]
        let lossless = riff + Array("VP8L".utf8) + [0, 0, 0, 0, 0x2F, 0x02, 0xC0, 0x00, 0x00]
        let extended = riff + Array("VP8X".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0]
        let table: [([UInt8], RasterImage.Form, Int, Int)] = [
            (png, .png, 3, 2), (gif, .gif, 5, 4), (jpeg, .jpeg, 7, 6), (lossy, .webp, 9, 8), (lossless, .webp, 3, 4),
            (extended, .webp, 2, 3),
        ]
        for (octets, form, width, height) in table {
            let image = RasterImage(octets)
            #expect(image?.form == form && image?.width == width && image?.height == height, "\(form)")
            for count in octets.indices { _ = RasterImage(Array(octets[..<count])) }
            for position in octets.indices {
                for value in [UInt8(0), 0x7F, 0xFF] {
                    var changed = octets
                    changed[position] = value
                    _ = RasterImage(changed)
                }
            }
        }
        #expect(RasterImage(Array("<svg/>".utf8)) == nil)
        #expect(RasterImage(Array("GIF89a".utf8) + [0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(RasterImage(Array("GIF89a".utf8) + [0, 0, 1, 0]) == nil)
        #expect(RasterImage([]) == nil)
    }
}
