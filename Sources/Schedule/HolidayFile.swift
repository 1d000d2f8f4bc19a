import LinboModel
import LinuxKit
import Synchronization

/// The file of holidays, read again when it changes. The last one that was right counts until the next one is.
package final class HolidayFile: Sendable {
    /// What is known of holidays right now.
    package struct Knowledge: Sendable, Equatable {
        /// nil: nobody knows, as no file could be read yet.
        package let holidays: Holidays?
        /// Why the file can't be used, with its path; nil: it can be.
        package let fault: String?

        /// No file is configured, and every day is a school day.
        package static let none = Knowledge(holidays: Holidays.none, fault: nil)
    }

    private struct Memory {
        var path: String
        var version: FileIdentity?
        var year: Int
        var knowledge: Knowledge
    }

    private let memory = Mutex<Memory?>(nil)

    /// Nothing is read yet.
    package init() {}

    /// Blocks, on the file.
    /// - Parameters:
    ///   - path: nil: no file is configured, and every day is a school day.
    ///   - now: milliseconds since 1970.
    package func knowledge(of path: String?, now: Int64) -> Knowledge {
        guard let path else { return .none }
        let year = CivilTime(seconds: CivilTime.floor(now, by: 1000)).year
        let version = FileStatus(followingLinks: path).map { FileIdentity($0) }
        let old = memory.withLock { $0 }.flatMap { $0.path == path ? $0 : nil }
        // A fault may be gone without a trace in the file: its rights, its filesystem.
        if let old, old.version == version, old.year == year, old.knowledge.fault == nil { return old.knowledge }
        let new: Knowledge
        do {
            new = Knowledge(holidays: try Self.read(path, year: year), fault: nil)
        } catch {
            // What the system says names the file itself.
            new = Knowledge(
                holidays: old?.knowledge.holidays, fault: error is HolidayError ? "\(path): \(error)" : "\(error)")
        }
        memory.withLock { $0 = Memory(path: path, version: version, year: year, knowledge: new) }
        return new
    }

    /// What is wrong with a file, in words; nothing: it can be used.
    package static func problems(of path: String, now: Int64) -> [String] {
        do {
            return try read(path, year: CivilTime(seconds: CivilTime.floor(now, by: 1000)).year).remarks
        } catch {
            return ["\(error)"]
        }
    }

    private static func read(_ path: String, year: Int) throws -> Holidays {
        try HolidayReader.holidays(
            in: FileBytes.read(followingLinks: path, limit: HolidayText.limit), year: year)
    }
}
