/// One name and value of a form or query, in the order of the wire.
public struct FormPair: Sendable, Equatable {
    public var name: String
    /// A text, a file, or null where the name stood without an equals sign.
    public var value: ParameterTree

    public init(_ name: String, _ value: ParameterTree) {
        self.name = name
        self.value = value
    }
}

/// Reads `application/x-www-form-urlencoded` content and queries.
public enum FormReader {
    /// Names and values as they stand, decoded; pairs with neither name nor value are passed over.
    /// - Parameter semicolons: whether `;` separates pairs as well as `&`.
    public static func pairs(
        _ octets: [UInt8], limits: ReaderLimits = ReaderLimits(), semicolons: Bool = false
    ) throws(MalformedBody) -> [FormPair] {
        var result: [FormPair] = []
        var start = 0
        for index in 0...octets.count {
            let isEnd =
                index == octets.count || octets[index] == .ampersand || (semicolons && octets[index] == semicolon)
            guard isEnd else { continue }
            if index > start {
                guard result.count < limits.values else { throw MalformedBody(.form, "too many parameters") }
                result.append(pair(octets[start..<index]))
            }
            start = index + 1
        }
        return result
    }

    /// The pairs of a raw query (without `?`); none for nil.
    public static func pairs(
        query: String?, limits: ReaderLimits = ReaderLimits(), semicolons: Bool = false
    ) throws(MalformedBody) -> [FormPair] {
        guard let query, !query.isEmpty else { return [] }
        return try pairs(Array(query.utf8), limits: limits, semicolons: semicolons)
    }

    private static func pair(_ octets: ArraySlice<UInt8>) -> FormPair {
        let name: ArraySlice<UInt8>
        let value: ParameterTree
        if let middle = octets.firstIndex(of: .equals) {
            name = octets[..<middle]
            value = .text(PercentEncoding.decode(octets: octets[(middle + 1)...], plusIsSpace: true))
        } else {
            name = octets
            value = .null
        }
        return FormPair(PercentEncoding.decode(octets: name, plusIsSpace: true), value)
    }

    private static let semicolon = UInt8(ascii: ";")
}

extension ParameterTree {
    /// Nests pairs by the brackets in their names, as Ruby's web servers do: `issue[subject]=x` is an object in an
    /// object, `ids[]=1` an item of a list, `v[subject][]=x` a list in an object; `a[][b]=1&a[][c]=2&a[][b]=3` is a
    /// list of two objects: a name that the last object has already begins the next one. Of equal plain names the
    /// last counts.
    /// - Throws: when a name is used as a list here and as an object or text there, or when it nests too deep.
    public init(nesting pairs: [FormPair], limits: ReaderLimits = ReaderLimits(depth: 32)) throws(MalformedBody) {
        let root = FormNode.object()
        for pair in pairs {
            try root.insert(Array(pair.name.utf8)[...], pair.value, depth: limits.depth)
        }
        self = root.tree
    }

    /// Reads a urlencoded form or query and nests it.
    public init(
        nestedForm octets: [UInt8], limits: ReaderLimits = ReaderLimits(depth: 32)
    ) throws(MalformedBody) {
        try self.init(nesting: try FormReader.pairs(octets, limits: limits), limits: limits)
    }

    /// An object without nesting: brackets are part of the name; what comes more than once becomes a list.
    public init(flat pairs: [FormPair]) {
        var object = ParameterObject()
        var repeated: [String: [ParameterTree]] = [:]
        for pair in pairs {
            if let first = object[pair.name] {
                repeated[pair.name, default: [first]].append(pair.value)
            } else {
                object[pair.name] = pair.value
            }
        }
        for (name, values) in repeated { object[name] = .list(values) }
        self = .object(object)
    }
}

/// A tree under construction; its depth is bounded by the insertions.
private final class FormNode {
    private enum Content {
        case leaf(ParameterTree)
        case list([FormNode])
        case object(names: [String], members: [String: FormNode])
    }

    private var content: Content

    private init(_ content: Content) {
        self.content = content
    }

    static func object() -> FormNode { FormNode(.object(names: [], members: [:])) }

    var tree: ParameterTree {
        switch content {
        case .leaf(let value): return value
        case .list(let items): return .list(items.map(\.tree))
        case .object(let names, let members):
            var object = ParameterObject()
            for name in names { object[name] = members[name]?.tree }
            return .object(object)
        }
    }

    private func member(_ name: String) -> FormNode? {
        if case .object(_, let members) = content { return members[name] }
        return nil
    }

    private func set(_ name: String, _ node: FormNode) {
        guard case .object(var names, var members) = content else { return }
        content = .leaf(.null)
        if members.updateValue(node, forKey: name) == nil { names.append(name) }
        content = .object(names: names, members: members)
    }

    private func append(_ node: FormNode) {
        guard case .list(var items) = content else { return }
        content = .leaf(.null)
        items.append(node)
        content = .list(items)
    }

    private var isObject: Bool {
        if case .object = content { return true }
        return false
    }

    private var last: FormNode? {
        if case .list(let items) = content { return items.last }
        return nil
    }

    /// The member of a name as a list, made where it is missing or null.
    private func listMember(_ name: String) throws(MalformedBody) -> FormNode {
        if let node = member(name), !node.isNull {
            guard case .list = node.content else { throw MalformedBody(.form, "\(name) is not a list") }
            return node
        }
        let node = FormNode(.list([]))
        set(name, node)
        return node
    }

    private var isNull: Bool {
        if case .leaf(.null) = content { return true }
        return false
    }

    /// Puts a value where a name such as `a[b][]` says, under this object.
    func insert(_ name: ArraySlice<UInt8>, _ value: ParameterTree, depth: Int) throws(MalformedBody) {
        guard depth > 0 else { throw MalformedBody(.form, "parameters nest too deep") }
        let (key, rest) = FormNode.head(name)
        guard !key.isEmpty else { return }
        let text = String(decoding: key, as: UTF8.self)
        if rest.isEmpty || rest.elementsEqual([.bracketLeft]) {
            set(rest.isEmpty ? text : String(decoding: name, as: UTF8.self), FormNode(.leaf(value)))
        } else if rest.starts(with: [.bracketLeft, .bracketRight]) {
            let list = try listMember(text)
            let inner = FormNode.childName(rest.dropFirst(2))
            if inner.isEmpty { return list.append(FormNode(.leaf(value))) }
            if let object = list.last, object.isObject, !object.has(inner) {
                return try object.insert(inner, value, depth: depth - 1)
            }
            let object = FormNode.object()
            list.append(object)
            try object.insert(inner, value, depth: depth - 1)
        } else {
            let node: FormNode
            if let present = member(text), !present.isNull {
                node = present
            } else {
                node = FormNode.object()
                set(text, node)
            }
            guard node.isObject else { throw MalformedBody(.form, "\(text) is not an object") }
            try node.insert(rest, value, depth: depth - 1)
        }
    }

    /// The name up to its next bracket, without the brackets around it, and what follows.
    private static func head(_ name: ArraySlice<UInt8>) -> (key: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        let body = name.drop { $0 == .bracketLeft || $0 == .bracketRight }
        let end = body.firstIndex { $0 == .bracketLeft || $0 == .bracketRight } ?? body.endIndex
        let rest = body[end...].drop { $0 == .bracketRight }
        return (body[..<end], rest)
    }

    /// `[b]` after `a[]` is `b`; anything else stays.
    private static func childName(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard rest.first == .bracketLeft, rest.last == .bracketRight else { return rest }
        let inner = rest.dropFirst().dropLast()
        return inner.isEmpty || inner.contains { $0 == .bracketLeft || $0 == .bracketRight } ? rest : inner
    }

    /// Whether the object has a value at the place a name points to already; a list never counts as taken.
    private func has(_ name: ArraySlice<UInt8>) -> Bool {
        for index in name.indices.dropLast() where name[index] == .bracketLeft && name[index + 1] == .bracketRight {
            return false
        }
        var node = self
        for part in name.split(whereSeparator: { $0 == .bracketLeft || $0 == .bracketRight }) {
            guard let next = node.member(String(decoding: part, as: UTF8.self)) else { return false }
            node = next
        }
        return true
    }
}
