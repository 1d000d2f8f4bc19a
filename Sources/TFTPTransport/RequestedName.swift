package import HookHost

/// How the name in a request becomes a path of the tree. What a path must not be is decided by `TreePath`, for rsync
/// and TFTP alike.
package struct NameRules: Sendable {
    /// In their order: the first that fits counts.
    package var remaps: [Remap]
    /// ASCII letters of a name that is not there are tried in the case that the tree has.
    package var ignoresCase: Bool

    /// By default names are taken as they come.
    package init(remaps: [Remap] = [], ignoresCase: Bool = false) {
        self.remaps = remaps
        self.ignoresCase = ignoresCase
    }

    /// Backslashes are slashes, and leading ones are the root's, as `in.tftpd --secure` has it: firmware sends them so.
    /// - Throws: `PathError`.
    package func path(_ name: [UInt8]) throws(PathError) -> TreePath {
        let slashes = name.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
        let relative = slashes.drop { $0 == UInt8(ascii: "/") }
        guard !remaps.isEmpty, let mapped = remapped(Array(relative)) else {
            return try TreePath(parsing: Array(relative))
        }
        return try TreePath(parsing: Array(mapped.drop { $0 == UInt8(ascii: "/") }))
    }

    /// Firmware puts garbage behind names, and rules are there to take it off: a name that is not UTF-8 is matched byte
    /// by byte, each as the character of its number (ISO 8859-1).
    private func remapped(_ name: [UInt8]) -> [UInt8]? {
        if let text = String(validating: name, as: UTF8.self) {
            return remaps.lazy.compactMap { $0.apply(to: text) }.first.map { Array($0.utf8) }
        }
        var text = String.UnicodeScalarView()
        for byte in name { text.append(Unicode.Scalar(byte)) }
        guard let mapped = remaps.lazy.compactMap({ $0.apply(to: String(text)) }).first else { return nil }
        return mapped.unicodeScalars.flatMap { $0.value < 0x100 ? [UInt8($0.value)] : Array(String($0).utf8) }
    }

    /// A slash at the end asks for a directory, which TFTP can't send.
    package static func asksForDirectory(_ name: [UInt8]) -> Bool {
        name.last == UInt8(ascii: "/") || name.last == UInt8(ascii: "\\")
    }

    /// The path in the case that the tree has, if it is there in exactly one.
    package func recased(_ path: TreePath, in tree: Tree) -> TreePath? {
        guard ignoresCase else { return nil }
        var current = TreePath.root
        for component in path.components {
            let wanted = component.utf8.map(lowercased)
            let names = tree.names(in: current)
            if names.contains(where: { $0.utf8.elementsEqual(component.utf8) }) {
                current = current.appending(component)
                continue
            }
            let alike = names.filter { $0.utf8.map(lowercased) == wanted }
            guard let name = alike.first, alike.count == 1 else { return nil }
            current = current.appending(name)
        }
        return current == path ? nil : current
    }
}
