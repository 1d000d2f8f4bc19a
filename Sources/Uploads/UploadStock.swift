import HookHost
import LinuxKit

/// What has come and is not live, and takes room: sets that wait, uploads that broke off, quarantine.
package struct UploadStock: Sendable {
    /// Of sets, by the address that sent them.
    package private(set) var byAddress: [String: Int64] = [:]
    /// Of what nobody comes back for in a hurry, oldest first, with its path and what is told when it goes.
    package private(set) var spare: [Spare] = []
    package private(set) var bytes: Int64 = 0

    package struct Spare: Sendable, Hashable {
        package let path: String
        package let bytes: Int64
        let changed: Int64
    }

    package init(_ paths: UploadPaths) {
        for directory in [paths.sets, paths.due] {
            for name in FileTree.names(in: directory) where name.hasSuffix(".json") {
                guard let record = UploadSession.read("\(directory)/\(name)") else { continue }
                let size = record.arrived.values.reduce(0) { $0 &+ max(0, $1.size) }
                byAddress[record.address, default: 0] &+= size
                bytes &+= size
            }
        }
        for directory in [paths.partials, paths.quarantine] {
            for name in FileTree.names(in: directory) {
                let path = "\(directory)/\(name)"
                guard let status = FileStatus(at: path) else { continue }
                let size = status.kind == .directory ? Self.size(of: path) : status.size
                spare.append(Spare(path: path, bytes: size, changed: status.changed))
                bytes &+= size
            }
        }
        spare.sort { ($0.changed, $0.path) < ($1.changed, $1.path) }
    }

    private static func size(of directory: String) -> Int64 {
        FileTree.names(in: directory).reduce(0) { $0 &+ (FileStatus(at: "\(directory)/\($1)")?.size ?? 0) }
    }
}
