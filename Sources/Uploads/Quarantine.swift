import Foundation
package import HookHost
import LinboModel

/// Where what was refused lies, with the reason, until an admin looks or its time is over. No client sees it.
package struct Quarantine: Sendable {
    /// Beside the refused files, in `reason.json`.
    package struct Entry: Codable, Sendable, Equatable {
        /// The name of its folder.
        package var name: String
        package var image: String
        /// Who uploaded it: a host's name, or an address.
        package var uploader: String
        /// Milliseconds since 1970.
        package var at: Int64
        package var reason: String
        package var files: [String]
        package var bytes: Int64
    }

    private static let reasonFile = "reason.json"

    package let folder: String

    package init(folder: String) {
        self.folder = folder
    }

    /// Oldest first.
    package func entries() -> [Entry] {
        Folder.names(in: folder).compactMap { name in
            guard let (bytes, _) = try? FileBytes.read("\(folder)/\(name)/\(Self.reasonFile)", limit: 1 << 20) else {
                return nil
            }
            return try? JSONDecoder().decode(Entry.self, from: Data(bytes))
        }.sorted { ($0.at, $0.name) < ($1.at, $1.name) }
    }

    /// Removes an entry with its files.
    /// - Returns: false if there is none of that name.
    package func discard(_ name: String) -> Bool {
        guard Folder.names(in: folder).contains(name) else { return false }
        Folder.removeTree("\(folder)/\(name)")
        return true
    }

    /// Moves a set's folder here.
    func take(_ set: DueSet, reason: String) throws {
        let stamp = localTime(Int(set.record.opened / 1000)).filter(\.isNumber)
        let name = free("\(stamp)-\(set.image)")
        let place = "\(folder)/\(name)"
        let files = Folder.names(in: set.folder)
        let entry = Entry(
            name: name, image: set.image.text, uploader: set.record.label, at: UnixTime.nowMilliseconds(),
            reason: reason, files: files,
            bytes: files.compactMap { FileStatus(at: "\(set.folder)/\($0)")?.size }.reduce(0, +))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try SafeFile.replace("\(set.folder)/\(Self.reasonFile)", with: Array(try encoder.encode(entry)), mode: 0o600)
        guard rename(set.folder, place) == 0 else { throw SystemError("rename", set.folder) }
        set.forget()
    }

    /// Removes what is older than `cutoff`, milliseconds since 1970.
    func forget(before cutoff: Int64) {
        for entry in entries() where entry.at < cutoff { _ = discard(entry.name) }
    }

    private func free(_ name: String) -> String {
        let taken = Set(Folder.names(in: folder))
        var number = 1
        while taken.contains(number == 1 ? name : "\(name)-\(number)") { number += 1 }
        return number == 1 ? name : "\(name)-\(number)"
    }
}
