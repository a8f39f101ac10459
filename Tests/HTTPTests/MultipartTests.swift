import ParleyHTTP
import Synchronization
import Testing

@Suite("Multipart forms")
struct MultipartTests {
    private let contentType = "multipart/form-data; boundary=\"b1\""
    private static let sample = [
        "preamble\r\n--b1\r\n", "Content-Disposition: form-data; name=\"issue[subject]\"\r\n\r\n",
        "a\r\n--b2\r\n-\r\n--b",
        "\r\n--b1  \r\n", "content-disposition: form-data; name=\"file\"; filename=\"C:\\dir\\x \\\"y\\\".txt\"\r\n",
        "Content-Type: text/plain\r\n\r\n", "line\r\n\r\nend",
        "\r\n--b1\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n",
        "\r\n--b1\r\nContent-Disposition: form-data; name=none; filename=\"\"\r\n\r\n", "\r\n--b1\r\n",
        "Content-Disposition: form-data; name=u; filename=\"x\"; filename*=UTF-8''%e2%82%ac%20.txt\r\n\r\nxyz",
        "\r\n--b1--\r\nepilogue",
    ].joined()

    private final class Files {
        var octets: [[UInt8]] = []
    }

    private func stream(_ octets: [UInt8], chunk: Int) -> RequestBody {
        let position = Mutex(0)
        let holder = Holder(position)
        return .stream(
            BodyStream(length: nil) {
                holder.take(octets, chunk)
            })
    }

    private final class Holder: Sendable {
        let position: Mutex<Int>

        init(_ position: consuming sending Mutex<Int>) { self.position = position }

        func take(_ octets: [UInt8], _ chunk: Int) -> [UInt8]? {
            position.withLock { start in
                guard start < octets.count else { return nil }
                let end = min(start + chunk, octets.count)
                defer { start = end }
                return Array(octets[start..<end])
            }
        }
    }

    private func read(
        _ body: RequestBody, limits: MultipartLimits = MultipartLimits()
    ) async throws -> (pairs: [FormPair], files: [String]) {
        let files = Files()
        let pairs = try await MultipartReader.read(body, contentType: contentType, limits: limits) { file in
            files.octets.append([])
            while let octets = try await file.next() {
                #expect(!octets.isEmpty)
                files.octets[files.octets.count - 1].append(contentsOf: octets)
            }
        }
        #expect(pairs.compactMap(\.value.file?.size) == files.octets.map { Int64($0.count) })
        return (pairs, files.octets.map { String(decoding: $0, as: UTF8.self) })
    }

    @Test("fields and files come out whole, however the octets arrive", arguments: [1, 2, 3, 5, 7, 16, 64, 100_000])
    func chunks(_ size: Int) async throws {
        let (pairs, files) = try await read(stream(Array(Self.sample.utf8), chunk: size))
        #expect(
            pairs == [
                FormPair("issue[subject]", .text("a\r\n--b2\r\n-\r\n--b")),
                FormPair(
                    "file",
                    .file(UploadedFile(index: 0, filename: "x \"y\".txt", contentType: "text/plain", size: 11))),
                FormPair("empty", .text("")),
                FormPair("u", .file(UploadedFile(index: 1, filename: "€ .txt", contentType: nil, size: 3))),
            ])
        #expect(files == ["line\r\n\r\nend", "xyz"])
        let tree = try ParameterTree(nesting: pairs)
        #expect(tree["issue"]?["subject"] == .text("a\r\n--b2\r\n-\r\n--b"))
    }

    @Test("cut off anywhere before the last boundary it is refused")
    func truncated() async throws {
        let octets = Array(Self.sample.utf8)
        let complete = octets.count - "\r\nepilogue".utf8.count
        for length in 0..<complete {
            await #expect(throws: MalformedBody.self) { _ = try await read(.bytes(Array(octets[..<length]))) }
        }
        for index in octets.indices {
            for octet: UInt8 in [0, 0x0D, 0x0A, 0x22, 0x2D, 0x3A, 0x3B, 0xFF] {
                var changed = octets
                changed[index] = octet
                let body = RequestBody.bytes(changed)
                _ = try? await MultipartReader.read(body, contentType: contentType) { _ in }
            }
        }
    }

    @Test("parts, header fields, fields and files are bounded")
    func limits() async throws {
        let part = "--b1\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
        let many = Array((String(repeating: part, count: 10_000) + "--b1--").utf8)
        await #expect(throws: MalformedBody.self) { _ = try await read(.bytes(many)) }
        let (pairs, _) = try await read(.bytes(many), limits: MultipartLimits(parts: 10_000))
        #expect(pairs.count == 10_000)
        let long = "--b1\r\nContent-Disposition: form-data; name=a\r\nX: " + String(repeating: "y", count: 20_000)
        await #expect(throws: MalformedBody.self) { _ = try await read(stream(Array(long.utf8), chunk: 1000)) }
        await #expect(throws: BodyTooLarge.self) {
            _ = try await read(.bytes(many), limits: MultipartLimits(parts: 10_000, allFieldsOctets: 9999))
        }
        await #expect(throws: BodyTooLarge.self) {
            _ = try await read(.bytes(Array(Self.sample.utf8)), limits: MultipartLimits(fieldOctets: 3))
        }
        await #expect(throws: BodyTooLarge.self) {
            _ = try await read(.bytes(Array(Self.sample.utf8)), limits: MultipartLimits(fileOctets: 10))
        }
    }

    @Test("a part needs a name, and the form a boundary")
    func faults() async throws {
        for part in ["", "Content-Disposition: form-data\r\n", "no colon\r\n", "X: y\r\n"] {
            let text = "--b1\r\n\(part)\r\nx\r\n--b1--"
            await #expect(throws: MalformedBody.self) { _ = try await read(.bytes(Array(text.utf8))) }
        }
        for type in ["multipart/form-data", "multipart/form-data; boundary=", "x", "multipart/form-data; boundary=ä"] {
            await #expect(throws: MalformedBody.self) {
                _ = try await MultipartReader.read(.bytes([]), contentType: type) { _ in }
            }
        }
        let none = try await read(.bytes(Array("--b1--".utf8)))
        #expect(none.pairs.isEmpty)
    }
}
