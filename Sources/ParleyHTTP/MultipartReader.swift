/// The head of a part of a multipart form.
public struct MultipartPart: Sendable, Equatable {
    /// The field's name.
    public let name: String
    /// The last component of the file's name; nil for a plain field.
    public let filename: String?
    /// As the client said.
    public let contentType: String?
    /// All header fields of the part.
    public let headers: Headers
}

/// A file of a multipart form that is arriving.
public struct MultipartFile: Sendable {
    public let part: MultipartPart
    /// The fields and files that came before it.
    public let before: [FormPair]
    /// The next octets, never empty; nil at the end. What is not taken is passed over.
    public let next: @Sendable () async throws -> [UInt8]?
}

/// Bounds of a multipart form.
public struct MultipartLimits: Sendable {
    /// Parts in all.
    public var parts: Int
    /// Octets of one part's header fields.
    public var headerOctets: Int
    /// Octets of one plain field.
    public var fieldOctets: Int
    /// Octets of all plain fields together.
    public var allFieldsOctets: Int
    /// Octets of one file.
    public var fileOctets: Int64

    public init(
        parts: Int = 1000, headerOctets: Int = 16_384, fieldOctets: Int = 4_194_304, allFieldsOctets: Int = 16_777_216,
        fileOctets: Int64 = .max
    ) {
        self.parts = parts
        self.headerOctets = headerOctets
        self.fieldOctets = fieldOctets
        self.allFieldsOctets = allFieldsOctets
        self.fileOctets = fileOctets
    }
}

/// Reads `multipart/form-data` (RFC 7578) as it arrives: plain fields are kept, files are handed over.
public enum MultipartReader {
    /// The fields and files in order, for `ParameterTree(nesting:)` or `ParameterTree(flat:)`. A file input that was
    /// left empty (`filename=""`) is passed over.
    /// - Parameter contentType: the request's Content-Type, which has the boundary.
    /// - Parameter file: takes a file's octets; what it throws ends the reading.
    /// - Throws: `MalformedBody`, `BodyTooLarge` when a file or field is larger than its limit, `BodyBroken`.
    public static func read(
        _ body: RequestBody, contentType: String, limits: MultipartLimits = MultipartLimits(),
        file: (MultipartFile) async throws -> Void
    ) async throws -> [FormPair] {
        guard let boundary = MediaType(contentType)?.parameter("boundary") else {
            throw MalformedBody(.multipart, "the content type has no boundary")
        }
        let source = MultipartSource(body, try MultipartParser(boundary: boundary, limits: limits), limits)
        var pairs: [FormPair] = []
        var files = 0
        while let part = try await source.nextPart() {
            guard let filename = part.filename else {
                pairs.append(FormPair(part.name, .text(String(decoding: try await source.field(), as: UTF8.self))))
                continue
            }
            if filename.isEmpty {
                _ = try await source.rest()
                continue
            }
            try await file(MultipartFile(part: part, before: pairs) { try await source.nextOctets() })
            let uploaded = UploadedFile(
                index: files, filename: filename, contentType: part.contentType, size: try await source.rest())
            pairs.append(FormPair(part.name, .file(uploaded)))
            files += 1
        }
        return pairs
    }
}

/// Pulls parts and their octets out of a body, one after the other.
private actor MultipartSource {
    private let body: RequestBody
    private let limits: MultipartLimits
    private var parser: MultipartParser
    private var wasFed = false
    private var isInPart = false
    /// Octets of the part so far.
    private var size: Int64 = 0
    private var fieldsOctets = 0

    init(_ body: RequestBody, _ parser: MultipartParser, _ limits: MultipartLimits) {
        self.body = body
        self.parser = parser
        self.limits = limits
    }

    func nextPart() async throws -> MultipartPart? {
        guard case .part(let part)? = try await nextEvent() else {
            guard parser.isComplete else { throw MalformedBody(.multipart, "the content ends too early") }
            return nil
        }
        isInPart = true
        size = 0
        return part
    }

    /// The next octets of a file; nil at its end.
    func nextOctets() async throws -> [UInt8]? {
        let octets = try await octetsOfPart()
        if size > limits.fileOctets { throw BodyTooLarge(limit: Int(limits.fileOctets)) }
        return octets
    }

    /// Passes over what is left of a part.
    /// - Returns: its size.
    func rest() async throws -> Int64 {
        while try await nextOctets() != nil {}
        return size
    }

    /// A plain field's whole content.
    func field() async throws -> [UInt8] {
        var content: [UInt8] = []
        while let octets = try await octetsOfPart() {
            fieldsOctets += octets.count
            if content.count + octets.count > limits.fieldOctets { throw BodyTooLarge(limit: limits.fieldOctets) }
            if fieldsOctets > limits.allFieldsOctets { throw BodyTooLarge(limit: limits.allFieldsOctets) }
            content.append(contentsOf: octets)
        }
        return content
    }

    private func octetsOfPart() async throws -> [UInt8]? {
        guard isInPart else { return nil }
        switch try await nextEvent() {
        case .data(let octets)?:
            size += Int64(octets.count)
            return octets
        case .end?:
            isInPart = false
            return nil
        default: throw MalformedBody(.multipart, "the content ends too early")
        }
    }

    private func nextEvent() async throws -> MultipartParser.Event? {
        while true {
            if let event = try parser.next() { return event }
            guard let octets = try await moreOctets() else { return nil }
            parser.feed(octets)
        }
    }

    private func moreOctets() async throws -> [UInt8]? {
        switch body {
        case .stream(let stream): return try await stream.next()
        case .bytes(let octets):
            defer { wasFed = true }
            return wasFed ? nil : octets
        }
    }
}

/// A push parser: octets in, events out. What it keeps is at most one chunk and one header block.
struct MultipartParser {
    enum Event: Equatable {
        case part(MultipartPart)
        case data([UInt8])
        case end
    }

    private enum State { case preamble, afterBoundary, headers, content, epilogue }

    private let delimiter: [UInt8]
    private let limits: MultipartLimits
    private var buffer: [UInt8] = [0x0D, 0x0A]
    private var position = 0
    /// Octets of the open header block that were searched for its end already.
    private var scanned = 0
    private var state = State.preamble
    private var parts = 0
    private var endsPart = false

    /// - Throws: for a boundary that RFC 2046 does not allow.
    init(boundary: String, limits: MultipartLimits) throws(MalformedBody) {
        guard (1...200).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw MalformedBody(.multipart, "the boundary is not allowed")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.limits = limits
    }

    /// Whether the closing boundary was seen.
    var isComplete: Bool { state == .epilogue && !endsPart }

    mutating func feed(_ octets: [UInt8]) {
        if position > 0 {
            buffer.removeSubrange(0..<position)
            position = 0
        }
        if state == .epilogue { return }
        buffer.append(contentsOf: octets)
    }

    /// The next event; nil when more octets are needed or all is read.
    mutating func next() throws(MalformedBody) -> Event? {
        while true {
            if endsPart {
                endsPart = false
                return .end
            }
            switch state {
            case .preamble:
                guard skipToDelimiter() else { return nil }
                state = .afterBoundary
            case .afterBoundary:
                guard try passBoundaryEnd() else { return nil }
            case .headers:
                guard let part = try readHeaders() else { return nil }
                state = .content
                return .part(part)
            case .content:
                let (octets, isLast) = takeContent()
                if isLast {
                    state = .afterBoundary
                    endsPart = true
                }
                if !octets.isEmpty { return .data(octets) }
                if !isLast { return nil }
            case .epilogue:
                buffer = []
                position = 0
                return nil
            }
        }
    }

    /// Where the delimiter begins at or after `position`; else nil and the first place where it still might begin.
    private func find() -> (found: Int?, safe: Int) {
        let count = buffer.count
        return buffer.withUnsafeBufferPointer { octets in
            var index = position
            while index < count {
                guard octets[index] == 0x0D else {
                    index += 1
                    continue
                }
                var matched = 1
                while matched < delimiter.count, index + matched < count, octets[index + matched] == delimiter[matched]
                {
                    matched += 1
                }
                if matched == delimiter.count { return (index, index) }
                if index + matched == count { return (nil, index) }
                index += 1
            }
            return (nil, count)
        }
    }

    private mutating func skipToDelimiter() -> Bool {
        let (found, safe) = find()
        position = found.map { $0 + delimiter.count } ?? safe
        return found != nil
    }

    private mutating func takeContent() -> (octets: [UInt8], isLast: Bool) {
        let (found, safe) = find()
        let octets = Array(buffer[position..<safe])
        position = found.map { $0 + delimiter.count } ?? safe
        return (octets, found != nil)
    }

    /// `--` ends the form; blanks and a line end begin the next part.
    private mutating func passBoundaryEnd() throws(MalformedBody) -> Bool {
        var index = position
        guard buffer.count - index >= 2 else { return false }
        if buffer[index] == .minus && buffer[index + 1] == .minus {
            state = .epilogue
            return true
        }
        while index < buffer.count, buffer[index] == .space || buffer[index] == 0x09 { index += 1 }
        guard index - position <= 1000 else { throw MalformedBody(.multipart, "a boundary line is too long") }
        guard buffer.count - index >= 2 else { return false }
        guard buffer[index] == 0x0D, buffer[index + 1] == 0x0A else {
            throw MalformedBody(.multipart, "a boundary line has odd characters")
        }
        parts += 1
        guard parts <= limits.parts else { throw MalformedBody(.multipart, "too many parts") }
        // The line end stays: an empty header block is then a blank line like any other.
        position = index
        state = .headers
        return true
    }

    private mutating func readHeaders() throws(MalformedBody) -> MultipartPart? {
        let limit = min(buffer.count, position + limits.headerOctets + 4)
        var end = position + scanned
        while end + 3 < limit {
            if buffer[end] == 0x0D, buffer[end + 1] == 0x0A, buffer[end + 2] == 0x0D, buffer[end + 3] == 0x0A {
                let part = try MultipartParser.part(buffer[(position + 2)..<max(end, position + 2)])
                position = end + 4
                scanned = 0
                return part
            }
            end += 1
        }
        scanned = end - position
        guard scanned < limits.headerOctets else {
            throw MalformedBody(.multipart, "a part's header fields are too long")
        }
        return nil
    }

    private static func part(_ octets: ArraySlice<UInt8>) throws(MalformedBody) -> MultipartPart {
        var headers = Headers()
        for line in String(decoding: octets, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else {
                throw MalformedBody(.multipart, "a part's header field has no colon")
            }
            headers.add(String(line[..<colon]).trimmingBlanks, line[line.index(after: colon)...].trimmingBlanks)
        }
        guard let value = headers["Content-Disposition"] else {
            throw MalformedBody(.multipart, "a part has no Content-Disposition")
        }
        let disposition = ContentDisposition(value)
        guard let name = disposition.name else { throw MalformedBody(.multipart, "a part has no name") }
        return MultipartPart(
            name: name, filename: disposition.filename.map(lastComponent), contentType: headers["Content-Type"],
            headers: headers)
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    }
}
