package import HookHost
import HookStore
package import LinboModel
import LinuxKit

/// Commands that `linbo-remote -p` left in `linbocmd/`: they wait for their PC as those in the queue do.
package enum DroppedCommands {
    /// Those that no PC has fetched yet, by the names of hosts that are known.
    /// - Parameter journal: tells which were fetched; nil: nobody knows.
    package static func waiting(in tree: Tree, for devices: Devices, _ journal: OnbootJournal?) -> [OnbootEntry] {
        guard let directory = try? TreePath(OnbootCmd.directory) else { return [] }
        return tree.names(in: directory).compactMap { name in
            guard name.hasSuffix(suffix) else { return nil }
            let stem = String(name.dropLast(suffix.count))
            let path = tree.absolute(directory.appending(name))
            let host =
                HostName(stem).flatMap { devices.host(named: $0) } ?? IPAddress(stem).flatMap { devices.host(at: $0) }
            guard let host, let file = try? DroppedFile(at: path), let status = FileStatus(at: path) else { return nil }
            let label = host.name.description
            if let journal, (try? journal.isSpent(host: label, file: file.identity)) == true { return nil }
            return OnbootEntry(
                host: label, command: file.loggable, file: file.identity, created: status.modified,
                note: "the file \(OnbootCmd.directory)/\(name)")
        }
    }

    /// All that lie there, delivered or not; nil: nobody can say, as the directory is not there.
    static func identities(in tree: Tree) -> Set<String>? {
        guard let directory = try? TreePath(OnbootCmd.directory),
            FileStatus(followingLinks: tree.absolute(directory))?.isDirectory == true
        else { return nil }
        let names = tree.names(in: directory).filter { $0.hasSuffix(suffix) }
        return Set(names.compactMap { DroppedFile.identity(at: tree.absolute(directory.appending($0))) })
    }

    private static let suffix = ".cmd"
}
