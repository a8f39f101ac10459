/// The value of an Accept field (RFC 9110, 12.5.1).
public struct Accept: Sendable, Equatable {
    /// A range of media types with its weight.
    public struct Range: Sendable, Equatable {
        /// `*` for any.
        public let type: String
        /// `*` for any.
        public let subtype: String
        /// 0 (not wanted) to 1000.
        public let weight: Int

        func specificity(for type: String, _ subtype: String) -> Int? {
            if self.type == "*" && self.subtype == "*" { return 0 }
            guard self.type == type else { return nil }
            if self.subtype == "*" { return 1 }
            return self.subtype == subtype ? 2 : nil
        }
    }

    /// In the order of the field.
    public let ranges: [Range]

    /// Reads a field's value; what is no media range is passed over. Nil stands for a missing field: everything is
    /// welcome.
    public init(_ header: String?) {
        guard let header else {
            ranges = [Range(type: "*", subtype: "*", weight: 1000)]
            return
        }
        var scanner = HeaderScanner(header)
        var found: [Range] = []
        while !scanner.isAtEnd, found.count < 200 {
            if let media = MediaType(&scanner) {
                let weight = media.parameter("q").map(Accept.weight) ?? 1000
                found.append(Range(type: media.type, subtype: media.subtype, weight: weight))
            } else {
                _ = scanner.word(until: ",")
            }
            if !scanner.pass(.comma) { _ = scanner.word(until: ",") }
        }
        ranges = found
    }

    /// How welcome a media type (`application/json`) is: the weight of the most specific range that covers it; 0 for
    /// none.
    public func weight(of mediaType: String) -> Int {
        let parts = mediaType.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return 0 }
        let type = parts[0].asciiLowercased
        let subtype = parts[1].asciiLowercased
        var best = (specificity: -1, weight: 0)
        for range in ranges {
            guard let specificity = range.specificity(for: type, subtype), specificity > best.specificity else {
                continue
            }
            best = (specificity, range.weight)
        }
        return best.weight
    }

    /// The most welcome of some media types, the first among equals; nil where none is wanted.
    public func best(of offered: [String]) -> String? {
        var best: (mediaType: String, weight: Int)?
        for mediaType in offered {
            let weight = weight(of: mediaType)
            if weight > best?.weight ?? 0 { best = (mediaType, weight) }
        }
        return best?.mediaType
    }

    /// `0`, `0.5`, `1.000` in thousandths; nonsense counts as 0.
    private static func weight(_ text: String) -> Int {
        guard let value = Double(text), value >= 0, value <= 1 else { return 0 }
        return Int(value * 1000 + 0.5)
    }
}

/// The window of a list that a request asks for.
public struct PageWindow: Sendable, Equatable {
    /// Items passed over, at least 0.
    public let offset: Int
    /// Items wanted, at least 1.
    public let limit: Int

    public init(offset: Int, limit: Int) {
        self.offset = max(offset, 0)
        self.limit = max(limit, 1)
    }

    /// Clamps what a client sent: a limit above `maximum` becomes `maximum`, one below 1 or missing becomes
    /// `standard`; an offset below 0 becomes 0; a page (from 1) counts only where there is no offset. Never
    /// overflows.
    public init(offset: Int64?, limit: Int64?, page: Int64? = nil, standard: Int = 25, maximum: Int = 100) {
        let size: Int
        if let limit, limit >= 1 {
            size = Int(min(limit, Int64(maximum)))
        } else {
            size = standard
        }
        var start = max(offset ?? 0, 0)
        if offset == nil, let page, page > 1 {
            let (product, overflowed) = (page - 1).multipliedReportingOverflow(by: Int64(size))
            start = overflowed ? .max : product
        }
        self.init(offset: Int(min(start, 1 << 53)), limit: size)
    }
}
