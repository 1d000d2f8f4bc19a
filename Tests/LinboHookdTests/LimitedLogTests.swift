import Foundation
import HookHost
import Logging
import Synchronization
import Testing

@testable import LinboHookd

/// Lines of the daemon's log at the pace of clients' packets.
@Suite struct LimitedLogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private struct Recorder: LogHandler {
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()
        let lines: Lines

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.all.withLock { $0.append("\(event.level) \(event.message)\(event.metadata.map { " \($0)" } ?? "")") }
        }
    }

    private static func logger(_ lines: Lines, window: Duration = .seconds(3600)) -> Logger {
        Logger(label: "test") { _ in LimitedLog(Recorder(lines: lines), window: window) }
    }

    private static func refuse(_ logger: Logger, _ number: Int, of address: String, host: String? = nil) {
        logger.notice("refused \(number) to \(host ?? address)", metadata: .client(address, host: host))
    }

    @Test("N8: a flood of one kind is fifty lines of one stranger, a thousand of all, and all of a known host")
    func flood() {
        let lines = Lines()
        let logger = Self.logger(lines)
        for number in 0..<5000 { Self.refuse(logger, number, of: "10.0.0.66") }
        #expect((50..<100).contains(lines.all.withLock(\.count)))
        for number in 0..<20_000 { Self.refuse(logger, number, of: "10.9.\(number / 256).\(number % 256)") }
        #expect((1000..<1200).contains(lines.all.withLock(\.count)))
        for number in 0..<100 { Self.refuse(logger, number, of: "10.0.0.5", host: "pc01") }
        let last = lines.all.withLock { $0.suffix(100) }
        #expect(last.first == "notice refused 0 to pc01" && last.last == "notice refused 99 to pc01")
    }

    @Test("N8: what was left out is counted, with its first line")
    func sum() async throws {
        let lines = Lines()
        let logger = Self.logger(lines, window: .milliseconds(10))
        for number in 0..<5000 { Self.refuse(logger, number, of: "10.0.0.66") }
        for _ in 0..<3000 {
            let sums = lines.all.withLock { $0.filter { $0.contains("more lines of this kind of 10.0.0.66 within") } }
            if let sum = sums.first {
                #expect(sum.hasPrefix("notice ") && sum.contains("the first: refused "), "\(sum)")
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it never came")
    }

    @Test func placesAreKindsOfTheirOwnAndCriticalLinesAlwaysCome() {
        let lines = Lines()
        let logger = Self.logger(lines)
        for number in 0..<5000 { Self.refuse(logger, number, of: "10.0.0.66") }
        logger.error("another", metadata: .client("10.0.0.66", host: nil))
        for _ in 0..<5000 { logger.critical("the reserve is given up") }
        let all = lines.all.withLock { $0 }
        #expect(all.contains("error another") && all.count { $0.hasPrefix("critical") } == 5000)
    }

    @Test func levelsAreTheLoggers() {
        let lines = Lines()
        var logger = Self.logger(lines)
        logger.debug("no")
        logger.logLevel = .debug
        logger.debug("yes", metadata: ["a": "b"])
        #expect(lines.all.withLock { $0 } == ["debug yes [\"a\": b]"])
    }
}
