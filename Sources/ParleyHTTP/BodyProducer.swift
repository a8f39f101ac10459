/// What makes a long answer piece by piece. The server asks for a piece once the one before has gone to the client, so
/// that a slow client costs a piece and no more; it stops to ask when the connection ends. No piece may need what
/// another one read: a producer keeps numbers, not rows, and never an open snapshot.
public protocol BodyProducer: Sendable {
    /// The next octets, about `ResponseBody.pieceLength` of them; nil at the end. An error ends the connection: the
    /// client is to see that the answer is not whole.
    mutating func next() async throws -> [UInt8]?
}

extension ResponseBody {
    /// Octets that a producer gathers before it hands them over.
    public static let pieceLength = 64 << 10

    /// What a producer makes: plain octets where no more than `limit` come together, else a stream that begins with
    /// them. What fails before that fails here, where it can still be answered.
    public static func made(
        by producer: some BodyProducer, wholeUpTo limit: Int = pieceLength
    ) async throws -> ResponseBody {
        var producer = producer
        var first: [UInt8] = []
        while let piece = try await producer.next() {
            if first.isEmpty { first = piece } else { first += piece }
            if first.count > limit { return .stream(Begun(first: first, rest: producer)) }
        }
        return .bytes(first)
    }

    /// The same content after some octets more.
    public func preceded(by octets: [UInt8]) -> ResponseBody {
        switch self {
        case .bytes(let bytes): .bytes(octets + bytes)
        case .file(let path, let offset, let length, let first):
            .file(path: path, offset: offset, length: length, after: octets + first)
        case .stream(let producer): .stream(Begun(first: octets, rest: producer))
        }
    }
}

/// A producer whose first piece is there already.
private struct Begun: BodyProducer {
    var first: [UInt8]?
    var rest: any BodyProducer

    mutating func next() async throws -> [UInt8]? {
        if let piece = first.take() { return piece }
        return try await rest.next()
    }
}
