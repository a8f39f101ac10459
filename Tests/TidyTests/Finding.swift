/// One place that breaks a rule.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    /// Counted from 1.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// A rule looks at one file and answers every place that breaks it.
typealias Rule = @Sendable (SourceText) -> [Finding]

extension SourceText {
    /// A finding for each bad line of the given view of the text. With hints, only lines that have one of them are
    /// looked at closely, which is what makes the rules fast.
    func findings(
        _ message: String, in view: [String], hints: [String]? = nil, where isBad: (String) -> Bool
    ) -> [Finding] {
        view.indices.filter { index in
            (hints?.contains { view[index].contains($0) } ?? true) && isBad(view[index])
        }.map { Finding(path: path, line: $0 + 1, message: message) }
    }
}
