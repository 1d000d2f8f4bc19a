import LinboModel

/// A path below the LINBO root: normalised, never outside it. The one place where names from clients become paths
/// (design, "What must always hold" 6). Both transports use it.
///
/// The text has no leading, trailing or doubled slash and no `.` or `..` component; the root is the empty text.
package struct TreePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Below the root, such as `images/win11/win11.qcow2`; always UTF-8.
    package let text: String

    /// The tree's root directory.
    package static let root = TreePath(trusted: "")

    /// The directory of ours inside the tree; no client sees it.
    package static let internalDirectory = ".linbo-hookd"

    /// Linux's limits: NAME_MAX of one component, and PATH_MAX less room for the LINBO root before it.
    package static let maximumComponent = 255
    /// In bytes, as `maximumComponent` is.
    package static let maximumLength = 3072

    /// `text` must be normalised already.
    private init(trusted text: String) {
        self.text = text
    }

    /// Parses a name as a client sent it. `.` and doubled slashes go, all else that is odd is refused.
    /// - Throws: `PathError` that says which rule it breaks.
    package init(parsing bytes: [UInt8]) throws(PathError) {
        guard bytes.first != UInt8(ascii: "/") else { throw .absolute }
        guard bytes.count <= Self.maximumLength else { throw .tooLong(bytes.count) }
        for byte in bytes where byte < 0x20 || byte == 0x7F { throw byte == 0 ? .nul : .controlCharacter(byte) }
        // By bytes, as the kernel takes names apart: to `String`, "/" and a combining accent are one character.
        var normalised: [UInt8] = []
        normalised.reserveCapacity(bytes.count)
        for part in bytes.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            guard !part.elementsEqual("..".utf8) else { throw .parentReference }
            guard part.count <= Self.maximumComponent else { throw .componentTooLong(part.count) }
            if normalised.isEmpty {
                guard !part.elementsEqual(Self.internalDirectory.utf8) else { throw .internalName }
            } else {
                normalised.append(UInt8(ascii: "/"))
            }
            normalised += part
        }
        guard let text = String(validating: normalised, as: UTF8.self) else { throw .notUTF8 }
        // Most names are ASCII, and were looked at by bytes.
        if normalised.contains(where: { $0 >= 0x80 }), let odd = text.unicodeScalars.first(where: isUnprintable) {
            throw .unprintable(odd)
        }
        self.init(trusted: text)
    }

    /// Parses a name from our own code or configuration by the same rules.
    /// - Throws: `PathError` that says which rule it breaks.
    package init(_ text: some StringProtocol) throws(PathError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// A path of the server's own, `.linbo-hookd` among them; clients' names go by `init(parsing:)`.
    static func of(components text: some StringProtocol) -> TreePath {
        text.split(separator: "/").reduce(.root) { $0.appending($1) }
    }

    /// Whether this is the tree's root.
    package var isRoot: Bool { text.isEmpty }

    /// None for the root.
    package var components: [Substring] { text.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) } }

    /// The last component; empty for the root.
    package var name: String { components.last.map(String.init) ?? "" }

    /// The directory that holds it; the root's is the root.
    package var parent: TreePath {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return TreePath(trusted: String(text[..<slash]))
    }

    /// The path of an entry of this directory, as `readdir` names it: one component, not empty.
    package func appending(_ component: some StringProtocol) -> TreePath {
        TreePath(trusted: isRoot ? String(component) : "\(text)/\(component)")
    }

    /// Whether it lies in the directory, at any depth; a directory is not below itself.
    package func isBelow(_ directory: TreePath) -> Bool {
        directory.isRoot ? !isRoot : text.utf8.starts(with: "\(directory.text)/".utf8)
    }

    package var description: String { isRoot ? "." : text }
}

// MARK: - Bytes

/// Names are bytes to the file system: two that merely look the same ("é" as one character or as two) are two.
/// `String` would take them for one.
extension TreePath {
    package static func == (left: TreePath, right: TreePath) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    package static func < (left: TreePath, right: TreePath) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// Why a name is no path of the tree. The texts are shown to clients: they say which rule, and hold nothing else.
package enum PathError: Error, Sendable, Hashable, CustomStringConvertible {
    case parentReference
    case absolute
    case nul
    case controlCharacter(UInt8)
    /// A character that would garble logs and terminals.
    case unprintable(Unicode.Scalar)
    case notUTF8
    case tooLong(Int)
    case componentTooLong(Int)
    case internalName
    case pattern

    package var description: String {
        switch self {
        case .parentReference: "'..' in a path: name the file below the module's root"
        case .absolute: "an absolute path: name the file below the module's root"
        case .nul: "a NUL byte in a path"
        case .controlCharacter(let byte): "a control character (\(byte)) in a path"
        case .unprintable(let scalar): "an unprintable character (U+\(String(scalar.value, radix: 16))) in a path"
        case .notUTF8: "a path that is not UTF-8"
        case .tooLong(let count): "a path of \(count) bytes; \(TreePath.maximumLength) is the limit"
        case .componentTooLong(let count): "a name of \(count) bytes; \(TreePath.maximumComponent) is the limit"
        case .internalName: "'\(TreePath.internalDirectory)' is the server's own"
        case .pattern: "wildcards are not served: ask for the directory instead, such as linbo/icons/"
        }
    }
}
