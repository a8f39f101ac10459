import Logging
import Synchronization

/// Writes the messages of swift-log in the server's own formats, to a sink that never blocks.
public struct ServerLogHandler: LogHandler {
    /// What goes with every message.
    public var metadata: Logger.Metadata = [:]
    /// Adds what the task knows.
    public var metadataProvider: Logger.MetadataProvider?
    /// Messages below this are not written.
    public var logLevel: Logger.Level

    private let label: String
    private let format: LogFormat
    private let sink: LogSink

    public init(label: String, level: Logger.Level, format: LogFormat, sink: LogSink) {
        self.label = label
        self.logLevel = level
        self.format = format
        self.sink = sink
    }

    /// One value of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a message as one line.
    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let given = event.metadata { all.merge(given) { _, new in new } }
        var clock = ClockText()
        var line = LogLine(
            format, clock: &clock, level: event.level.rawValue, message: event.message.description)
        line.add("logger", label)
        if let error = event.error { line.add("error", String(describing: error)) }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line.add(ServerLogHandler.plain(key), value.description)
        }
        sink.append(line.finish())
    }

    /// A key without anything that has a meaning in a line.
    private static func plain(_ key: String) -> String {
        key.contains { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == ".")) }
            ? String(key.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }) : key
    }
}

/// One finished exchange, as the log tells it.
struct AccessRecord {
    let id: String
    let dialect: String
    let actor: String?
    let method: String
    /// Without the query, which may hold keys.
    let path: String
    let remoteAddress: String
    let status: Int
    let bytes: Int64
    let microseconds: Int64
}

/// The lines of requests.
struct AccessLog: Sendable {
    let format: LogFormat
    let sink: LogSink

    /// Writes a line with the time that the loop's clock tells.
    func write(_ record: borrowing AccessRecord, loop: LoopState) {
        var line = LogLine(format, clock: &loop.clock, level: "info", message: "request", memory: loop.takeLineMemory())
        line.add("id", record.id)
        line.add("dialect", record.dialect)
        if let actor = record.actor { line.add("actor", actor) }
        line.add("remote", record.remoteAddress)
        line.add("method", record.method)
        line.add("path", path: record.path)
        line.add("status", Int64(record.status))
        line.add("bytes", record.bytes)
        line.add("ms", milliseconds: record.microseconds)
        let bytes = line.finish()
        sink.append(bytes)
        loop.lineMemory = bytes
    }
}
