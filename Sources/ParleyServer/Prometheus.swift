import Metrics
import Synchronization

/// The values of swift-metrics in the text format 0.0.4 of Prometheus.
public final class PrometheusRegistry: MetricsFactory {
    /// Different label sets that one name may have; more are counted together under `other`.
    public static let seriesLimit = 500

    /// What a name stands for.
    enum Kind: String {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        var series: [(labels: [(String, String)], value: any Series)] = []
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var collectors: [@Sendable () -> [Sample]] = []
    }

    /// A value reckoned when it is asked for.
    public struct Sample: Sendable {
        let name: String
        let help: String
        let isCounter: Bool
        let value: Double

        public init(_ name: String, help: String, isCounter: Bool = false, value: Double) {
            self.name = name
            self.help = help
            self.isCounter = isCounter
            self.value = value
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// Adds values that are read at each look.
    public func collect(_ collector: @escaping @Sendable () -> [Sample]) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// Says what a name means.
    public func describe(_ name: String, _ help: String) {
        state.withLock { $0.help[PrometheusRegistry.safe(name)] = help }
    }

    /// The page that Prometheus reads.
    public func render() -> [UInt8] {
        let (families, help, collectors) = state.withLock { ($0.families, $0.help, $0.collectors) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            PrometheusRegistry.head(name, help[name], family.kind, &text)
            for series in family.series {
                series.value.render(name: name, labels: PrometheusRegistry.render(series.labels), into: &text)
            }
        }
        for sample in collectors.flatMap({ $0() }) {
            let name = PrometheusRegistry.safe(sample.name)
            PrometheusRegistry.head(name, sample.help, sample.isCounter ? .counter : .gauge, &text)
            text += "\(name) \(PrometheusRegistry.number(sample.value))\n"
        }
        return Array(text.utf8)
    }

    private static func head(_ name: String, _ help: String?, _ kind: Kind, _ text: inout String) {
        if let help { text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    private func series<Value: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind, _ make: () -> Value
    ) -> Value {
        let name = PrometheusRegistry.safe(label)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            var labels = dimensions.map { (PrometheusRegistry.safe($0.0), $0.1) }
            if let found = PrometheusRegistry.find(labels, in: family) as? Value { return found }
            if family.series.count >= PrometheusRegistry.seriesLimit {
                labels = labels.map { ($0.0, "other") }
                if let found = PrometheusRegistry.find(labels, in: family) as? Value { return found }
            }
            let value = make()
            // Two kinds under one name cannot be told apart by a reader: the second is kept out of the page.
            if family.kind == kind { family.series.append((labels, value)) }
            state.families[name] = family
            return value
        }
    }

    private static func find(_ labels: [(String, String)], in family: Family) -> (any Series)? {
        family.series.first { $0.labels.elementsEqual(labels, by: ==) }?.value
    }

    /// A legal name: letters, digits, `_` and `:`, the first no digit.
    static func safe(_ name: String) -> String {
        let cleaned = String(name.map { sign in
            sign.isASCII && (sign.isLetter || sign.isNumber || sign == "_" || sign == ":") ? sign : "_"
        })
        guard let first = cleaned.first, !first.isNumber else { return "_" + cleaned }
        return cleaned
    }

    /// `a="b",c="d"`, escaped.
    static func render(_ labels: [(String, String)]) -> String {
        labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }

    /// A number as Prometheus reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }

    /// A count that only grows.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    /// A sum that only grows.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { GaugeSeries() }
    }

    /// A value that goes up and down.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries() }
    }

    /// A histogram where values are to be aggregated, else the last value.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate {
            return series(label, dimensions, .histogram) { HistogramSeries(HistogramSeries.sizeBounds) }
        }
        return series(label, dimensions, .gauge) { GaugeSeries() }
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(HistogramSeries.secondBounds) }
    }

    /// Takes a series off the page.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    /// Takes a series off the page.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    /// Takes a series off the page.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    /// Takes a series off the page.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    /// Takes a series off the page.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: AnyObject) {
        state.withLock { state in
            for name in state.families.keys {
                state.families[name]?.series.removeAll { $0.value === handler }
            }
        }
    }
}

/// One name with one set of labels.
protocol Series: AnyObject, Sendable {
    func render(name: String, labels: String, into text: inout String)
}

/// A count that only grows.
final class CounterSeries: Series, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func render(name: String, labels: String, into text: inout String) {
        text += labels.isEmpty ? name : "\(name){\(labels)}"
        text += " \(value.load(ordering: .relaxed))\n"
    }
}

/// A value that goes up and down, or a sum of fractions.
final class GaugeSeries: Series, MeterHandler, RecorderHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
    func reset() { set(0.0) }

    func render(name: String, labels: String, into text: inout String) {
        text += labels.isEmpty ? name : "\(name){\(labels)}"
        text += " \(PrometheusRegistry.number(value.withLock { $0 }))\n"
    }
}

/// Counts of values up to fixed bounds. Timers show seconds.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    /// Upper bounds of durations, seconds.
    static let secondBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Upper bounds of other values.
    static let sizeBounds = [1.0, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]

    private struct State {
        var counts: [Int64]
        var total: Int64 = 0
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [Int64](repeating: 0, count: bounds.count)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 }
        state.withLock { state in
            if let index { state.counts[index] &+= 1 }
            state.total &+= 1
            state.sum += value
        }
    }

    func render(name: String, labels: String, into text: inout String) {
        let (counts, total, sum) = state.withLock { ($0.counts, $0.total, $0.sum) }
        let start = labels.isEmpty ? "" : labels + ","
        var running: Int64 = 0
        for (bound, count) in zip(bounds, counts) {
            running &+= count
            text += "\(name)_bucket{\(start)le=\"\(PrometheusRegistry.number(bound))\"} \(running)\n"
        }
        text += "\(name)_bucket{\(start)le=\"+Inf\"} \(total)\n"
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        text += "\(name)_sum\(braces) \(PrometheusRegistry.number(sum))\n"
        text += "\(name)_count\(braces) \(total)\n"
    }
}
