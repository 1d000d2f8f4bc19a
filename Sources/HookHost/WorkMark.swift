import Foundation
import LinuxKit

/// One mark of `WorkMarks`, as it lies on disk.
package struct WorkMark: Sendable, Codable, Equatable {
    /// As the work's.
    package let kind: WorkMarks.Work.Kind
    /// As the work's: what people know it by.
    package let name: String
    let version: String
    /// The process that is at it; nil: none is.
    let by: String?
    let boot: String
    /// How many processes died at it.
    package let deaths: Int
    /// When it was begun last, milliseconds since 1970.
    package let at: Int64

    /// The kernel's: a process of another one did not die of what it was at, as far as is known.
    package static let currentBoot: String = {
        // Files there have a size of 0, so they are not read as others are.
        let bytes = ProcFile.read("/proc/sys/kernel/random/boot_id") ?? []
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    init(_ work: WorkMarks.Work, by process: String, deaths: Int) {
        self.init(work.kind, work.name, work.version, by: process, deaths: deaths)
    }

    private init(_ kind: WorkMarks.Work.Kind, _ name: String, _ version: String, by process: String?, deaths: Int) {
        self.kind = kind
        self.name = name
        self.version = version
        by = process
        boot = Self.currentBoot
        self.deaths = deaths
        at = UnixTime.nowMilliseconds()
    }

    /// Whether as many daemons died at it as may: nobody does it until an admin says so.
    package var isSetAside: Bool { deaths >= WorkMarks.limit }

    /// What it is about, as commands take it.
    package var title: String { "\(kind.rawValue):\(name)" }

    /// Why it is left alone, for the log and `linboctl status`.
    package var reason: String {
        "the daemon died \(deaths) times while it was at this, and leaves it alone now: report it, with the log"
    }

    /// Nobody is at it any more; without deaths there is nothing to know.
    func left(deaths: Int, at path: String) {
        guard deaths > 0 else {
            unlink(path)
            return
        }
        WorkMark(kind, name, version, by: nil, deaths: deaths).write(path)
    }

    /// nil for what is none of ours, such as one that a full disk cut off.
    static func read(_ path: String) -> WorkMark? {
        guard let (bytes, _) = try? FileBytes.read(path, limit: 1 << 16),
            let mark = try? JSONDecoder().decode(WorkMark.self, from: Data(bytes)), (0...1000).contains(mark.deaths)
        else { return nil }
        return mark
    }

    /// Whole or not at all, and not fsynced: see `WorkMarks`.
    func write(_ path: String) {
        guard let data = try? JSONEncoder().encode(self) else { return }
        let temporary = "\(path).\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        var file = open(temporary, flags, 0o600)
        if file < 0, errno == ENOENT {
            let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
            mkdir(directory, 0o700)
            file = open(temporary, flags, 0o600)
        }
        guard file >= 0 else { return }
        defer { close(file) }
        do throws(SystemError) {
            try AtomicFile.writeAll(Array(data), to: file, path: temporary)
            guard rename(temporary, path) == 0 else { throw SystemError("rename", path) }
        } catch {
            unlink(temporary)
        }
    }
}
