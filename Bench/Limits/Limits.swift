import CSQLite
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// What this machine can do at most, measured without Parley:
///
///     parley-limits serve PORT       answers every request with the same 300 octets, through NIO's own HTTP/1 handlers
///     parley-limits rows DB COUNT    reads single rows and pages of 25 of the table of issues, through bare SQLite
///     parley-limits commits DB COUNT writes single rows into a new database, each in a durable transaction of its own
///
/// The last two print one line `NAME MICROSECONDS CPU_MICROSECONDS` for each kind of operation.
@main
struct Limits {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch (arguments.first, arguments.dropFirst().first, arguments.dropFirst(2).first) {
        case ("serve", let port?, nil):
            guard let number = Int(port), (1...65535).contains(number) else { throw LimitsFault("no port: \(port)") }
            try StaticServer.run(port: number)
        case ("rows", let path?, let count?): try RowReader(path: path).run(count: Int(count) ?? 10_000)
        case ("commits", let path?, let count?): try CommitWriter(path: path).run(count: Int(count) ?? 500)
        default: throw LimitsFault("serve PORT, rows DB COUNT or commits DB COUNT")
        }
    }
}

struct LimitsFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Times repeated work, by the clock and by what the process used of the processor.
enum Stopwatch {
    static func measure(_ name: String, count: Int, _ work: (Int) throws -> Void) rethrows {
        let wall = seconds(CLOCK_MONOTONIC)
        let cpu = seconds(CLOCK_PROCESS_CPUTIME_ID)
        for index in 0..<count { try work(index) }
        let scale = 1_000_000 / Double(max(count, 1))
        let wallEach = (seconds(CLOCK_MONOTONIC) - wall) * scale
        let cpuEach = (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * scale
        print(name, rounded(wallEach), rounded(cpuEach))
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
