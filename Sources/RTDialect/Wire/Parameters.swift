import ParleyHTTP
import ParleyModel
import ParleyService

/// Query and form of a request, taken together.
struct Parameters: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []
    /// Files of a multipart form by the name of their part, in order.
    var files: [(name: String, file: IncomingFile)] = []

    /// The first value of a name.
    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// Every value of a name.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// - Throws: `MalformedBody` for too many.
    mutating func add(_ more: [FormPair]) {
        for pair in more {
            switch pair.value {
            case .text(let text): pairs.append((pair.name, text))
            case .null: pairs.append((pair.name, ""))
            default: continue
            }
        }
    }
}

/// A file that came with a form.
struct IncomingFile: Sendable {
    /// Where its octets are.
    enum Place: Sendable {
        /// With the other files that nothing refers to yet.
        case stored(File)
        /// Here, until it is known who sent them.
        case held([UInt8])
    }

    /// As the part says.
    var name: String
    var contentType: String?
    var place: Place
}
