import CommandLineKit
import Foundation
import HookConfig
import LinboModel
import Synchronization
import Torrent

/// How far hashing is, on standard error, if that is a terminal.
final class ProgressBar: Sendable {
    private static let isShown = isatty(STDERR_FILENO) == 1
    private static let width = 30
    private static let interval = Duration.milliseconds(100)

    private let name: String
    private let size: Int64
    private let start = ContinuousClock.now
    private let drawn = Mutex<ContinuousClock.Instant?>(nil)

    init(_ file: String) {
        name = URL(filePath: file).lastPathComponent
        var status = stat()
        size = stat(file, &status) == 0 ? Int64(status.st_size) : 0
    }

    var progress: HashProgress {
        guard Self.isShown, size > 0 else { return HashProgress() }
        return HashProgress { [self] done in draw(done) }
    }

    func clear() {
        if drawn.withLock({ $0 }) != nil { Self.put("\r\u{1B}[K") }
    }

    private func draw(_ done: Int64) {
        let now = ContinuousClock.now
        drawn.withLock { drawn in
            if let drawn, now - drawn < Self.interval { return }
            drawn = now
            Self.put("\r\(line(done, seconds: (now - start).seconds))\u{1B}[K")
        }
    }

    /// - Parameter done: more than there was at the start, if the file has grown since.
    func line(_ done: Int64, seconds: Double) -> String {
        let done = min(done, size)
        let filled = Int(done * Int64(Self.width) / size)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let left = rate > 0 ? String(format: "%.0f s left", Double(size - done) / rate) : ""
        return "\(Output.printable(name)) [\(bar)] \(done * 100 / size) %  \(Output.size(Int64(rate)))/s  \(left)"
    }

    private static func put(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
