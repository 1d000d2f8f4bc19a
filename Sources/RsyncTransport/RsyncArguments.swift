package import HookHost

/// What a client asked of rsyncd: `rsyncd`, options, `.`, then paths that rsyncd has made relative to the module.
///
/// Options are read as far as they decide what is placed. A client that writes them so that we misread them harms
/// itself alone: rsyncd can only send what lies in this client's view, and all of that was resolved for this client.
package struct RsyncArguments: Sendable, Hashable {
    /// The server sends: a download.
    package let isSender: Bool
    package let intent: Intent
    /// `-n`, also of an upload; `--list-only` counts as one.
    package let isDryRun: Bool
    /// `-r`: directories with all that is in them.
    package let isRecursive: Bool
    /// `-d`: directories with their entries.
    package let listsDirectories: Bool
    /// `-L` or a relative of it: links are sent as what they lead to.
    package let followsLinks: Bool
    /// As bytes of the client's; `TreePath` makes paths of them.
    package let paths: [[UInt8]]
    /// `--files-from`: names that come when the hooks are over, and would be taken from the view unresolved.
    package let namesFilesLater: Bool

    package init(_ arguments: [[UInt8]]) {
        let dot = arguments.firstIndex { $0 == [UInt8(ascii: ".")] } ?? arguments.endIndex
        let options = arguments[..<dot].dropFirst()
        paths = Array(arguments.dropFirst(dot + 1))
        // popt(3) takes options behind the paths, too.
        namesFilesLater = arguments.contains { $0.starts(with: "--files-from".utf8) }
        let short = Self.letters(options)
        func has(_ letters: String, _ words: String...) -> Bool {
            letters.utf8.contains { short.contains($0) }
                || options.contains { option in words.contains { option.elementsEqual($0.utf8) } }
        }
        isSender = has("", "--sender")
        isRecursive = has("r", "--recursive")
        listsDirectories = has("d", "--dirs")
        followsLinks = has("Lk", "--copy-links", "--copy-dirlinks", "--copy-unsafe-links")
        isDryRun = has("n", "--dry-run", "--list-only")
        intent = !isSender ? .store : isDryRun ? .probe : .fetch
    }

    /// The letters of the short options; those behind `e` are capabilities and mean something else.
    private static func letters(_ options: ArraySlice<[UInt8]>) -> [UInt8] {
        let dash = UInt8(ascii: "-")
        return options.filter { $0.first == dash && $0.dropFirst().first != dash }
            .flatMap { $0.dropFirst().prefix { $0 != UInt8(ascii: "e") } }
    }
}

extension RsyncArguments {
    /// `..` as a component anywhere in the raw request. rsyncd has taken it out of the arguments, but who sends it is
    /// told so, not served something else.
    package static func leavesModule(_ rawRequest: [UInt8]) -> Bool {
        rawRequest.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: " ") })
            .contains { $0.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) }
    }

    /// Whether a name holds what rsyncd would have taken for a pattern.
    package static func isPattern(_ path: TreePath) -> Bool {
        path.text.utf8.contains { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "[")].contains($0) }
    }
}
