import Foundation
import HookHost
import LinboModel
import LinuxKit

/// Where what was refused lies, with the reason, until an admin looks or its time is over. No client sees it.
package struct Quarantine: Sendable {
    /// What an admin sees of an upload that was refused.
    package struct Entry: Codable, Sendable, Equatable {
        /// The name of its directory.
        package var name: String
        package var image: String
        /// Who uploaded it: a host's name, or an address.
        package var uploader: String
        /// Milliseconds since 1970.
        package var at: Int64
        package var reason: String
        package var files: [String]
        package var bytes: Int64

        package init(
            name: String, image: String, uploader: String, at: Int64, reason: String, files: [String] = [],
            bytes: Int64 = 0
        ) {
            self.name = name
            self.image = image
            self.uploader = uploader
            self.at = at
            self.reason = printable(reason, most: sentenceLimit)
            self.files = files.prefix(100).map { printable($0, most: 255) }
            self.bytes = bytes
        }
    }

    /// The upload's record, beside what came of it.
    static let sessionFile = "session.json"
    /// Of daemons before 0.2: the entry, and the record of a set.
    private static let (oldEntryFile, oldSessionFile) = ("reason.json", "record.json")
    /// So many small files are kept; a client can send them without end.
    private static let smallLimit = 200

    package let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// Oldest first.
    package func entries() -> [Entry] {
        FileTree.names(in: directory).compactMap { entry($0) }.sorted { ($0.at, $0.name) < ($1.at, $1.name) }
    }

    private func entry(_ name: String) -> Entry? {
        let place = "\(directory)/\(name)"
        guard let session = UploadSession.any("\(place)/\(Self.sessionFile)"),
            let refused = session.refused
        else { return oldEntry(place) }
        let files = FileTree.names(in: place).filter { $0 != Self.sessionFile }.sorted()
        return Entry(
            name: name, image: session.image, uploader: session.label, at: refused.at, reason: refused.reason,
            files: files,
            bytes: files.compactMap { FileStatus(at: "\(place)/\($0)")?.size }.total())
    }

    private func oldEntry(_ place: String) -> Entry? {
        guard let (bytes, _) = try? FileBytes.read("\(place)/\(Self.oldEntryFile)", limit: 1 << 20) else { return nil }
        return try? JSONDecoder().decode(Entry.self, from: Data(bytes))
    }

    /// The record of an upload in quarantine, whose set may be looked at again; nil: it is no image's.
    func session(_ name: String) -> UploadSession? {
        [Self.sessionFile, Self.oldSessionFile].lazy.compactMap { file in
            UploadSession.read("\(directory)/\(name)/\(file)").flatMap { $0.arrived.isEmpty ? nil : $0 }
        }.first
    }

    /// Removes an entry with its files.
    /// - Returns: false if there is none of that name.
    package func discard(_ name: String) -> Bool {
        guard FileTree.names(in: directory).contains(name) else { return false }
        FileTree.remove("\(directory)/\(name)")
        return true
    }

    /// Moves a set's directory here.
    func take(_ set: DueSet, reason: String) throws {
        try take(set.directory, of: set.record, reason: reason)
        set.forget()
    }

    /// - Parameter place: the directory of what came; one that is not there makes an entry without files.
    func take(_ place: String, of session: UploadSession, reason: String) throws {
        try FileTree.makeDirectory(place, mode: 0o700)
        try write(session, into: place, reason)
        guard rename(place, "\(directory)/\(free(session.image))") == 0 else { throw SystemError("rename", place) }
    }

    /// Keeps a small file here, which is no image's; the oldest of them goes when there are too many.
    func keep(_ bytes: [UInt8], name: String, uploader: String, reason: String) throws {
        let small = entries().filter { ImageName($0.image) == nil }
        for entry in small.dropLast(Self.smallLimit - 1) { _ = discard(entry.name) }
        let place = "\(directory)/\(free(name))"
        try FileTree.makeDirectory(place, mode: 0o700)
        try AtomicFile.replace("\(place)/\(name)", with: bytes, mode: 0o600)
        try write(UploadSession(name, by: uploader), into: place, reason)
    }

    private func write(_ session: UploadSession, into place: String, _ reason: String) throws {
        var session = session
        session.refused = .init(at: UnixTime.nowMilliseconds(), reason: printable(reason, most: sentenceLimit))
        try session.write("\(place)/\(Self.sessionFile)")
    }

    /// Removes what is older than `cutoff`, milliseconds since 1970.
    func forget(before cutoff: Int64) {
        for entry in entries() where entry.at < cutoff { _ = discard(entry.name) }
    }

    /// A directory's name that is not taken, such as `20260504073000-win11.qcow2`.
    private func free(_ name: String) -> String {
        let taken = Set(FileTree.names(in: directory))
        let stem = localTime(Int(UnixTime.now())).filter(\.isNumber) + "-" + name
        var number = 1
        while taken.contains(number == 1 ? stem : "\(stem)-\(number)") { number += 1 }
        return number == 1 ? stem : "\(stem)-\(number)"
    }
}
