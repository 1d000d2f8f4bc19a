package import API
package import LinboModel
import LinuxKit

/// Commands of LINBO's that somebody wants done, checked against the PCs that they are for: at the next boot, now, or
/// later.
package enum CheckedCommands {
    private static let startConfLimit = 1 << 20

    /// - Throws: `Fault` with a caret under what is wrong. It names all PCs that lack a system or a partition.
    package static func parsed(
        _ text: String, for hosts: [Host], in tree: Tree
    ) throws(Fault) -> LinboCommandList {
        let list: LinboCommandList
        do throws(LinboCommandError) {
            list = try LinboCommandList(parsing: text)
            try OrderCheck.check(list, of: text, for: hosts) { startConf(of: $0, in: tree) }
        } catch {
            throw Fault(.invalid, "\(error.message)\n\(error.caret(under: text))")
        }
        guard !list.createsOrUploads || hosts.count == 1 else {
            throw Fault(.invalid, "create and upload make one image: name one host, not \(hosts.count)")
        }
        return list
    }

    /// nil: there is none that can be read, or a stub that the client does not take, as it has no system.
    package static func startConf(of group: GroupName, in tree: Tree) -> StartConf? {
        let file = "\(tree.root)/start.conf.\(group)"
        let bytes = try? FileBytes.read(followingLinks: file, limit: startConfLimit)
        return bytes.map { StartConf(parsing: $0, file: file) }.flatMap { $0.isMinimal ? nil : $0 }
    }
}
