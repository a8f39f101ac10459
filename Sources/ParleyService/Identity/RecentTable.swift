/// A dictionary of bounded size: where it is full, the entry that was not used for the longest time makes room.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node: Sendable {
        var key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private static var none: Int { -1 }

    let capacity: Int
    private var places: [Key: Int] = [:]
    private var nodes: [Node] = []
    private var newest = -1
    private var oldest = -1

    /// - Parameter capacity: most entries; at least one is kept.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { nodes.count }
    var isEmpty: Bool { nodes.isEmpty }

    /// The value, without calling it used.
    func peek(_ key: Key) -> Value? { places[key].map { nodes[$0].value } }

    /// The value, which is the newest one from now on.
    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        moveToFront(place)
        return nodes[place].value
    }

    /// Stores a value, which is the newest one from now on.
    mutating func set(_ key: Key, _ value: Value) {
        if let place = places[key] {
            nodes[place].value = value
            moveToFront(place)
            return
        }
        if nodes.count >= capacity, oldest != Self.none { remove(nodes[oldest].key) }
        nodes.append(Node(key: key, value: value, newer: Self.none, older: newest))
        let place = nodes.count - 1
        if newest != Self.none { nodes[newest].newer = place } else { oldest = place }
        newest = place
        places[key] = place
    }

    mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key) else { return }
        unlink(place)
        let last = nodes.count - 1
        if place != last {
            nodes[place] = nodes[last]
            places[nodes[place].key] = place
            if nodes[place].newer != Self.none { nodes[nodes[place].newer].older = place } else { newest = place }
            if nodes[place].older != Self.none { nodes[nodes[place].older].newer = place } else { oldest = place }
        }
        nodes.removeLast()
    }

    /// Looks at every entry, so only for what happens rarely.
    mutating func removeAll(where condition: (Value) -> Bool) {
        for key in nodes.filter({ condition($0.value) }).map(\.key) { remove(key) }
    }

    private mutating func moveToFront(_ place: Int) {
        guard place != newest else { return }
        unlink(place)
        nodes[place].newer = Self.none
        nodes[place].older = newest
        if newest != Self.none { nodes[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        if newer != Self.none { nodes[newer].older = older } else { newest = older }
        if older != Self.none { nodes[older].newer = newer } else { oldest = newer }
    }
}
