/// LINBO commands in order, checked (docs/linbo.md#boot-commands).
package struct LinboCommandList: Sendable, Hashable, CustomStringConvertible {
    /// A number of a start.conf section, with its place in the text that was parsed.
    package struct Position: Sendable, Hashable {
        /// 1 to 99.
        package let number: Int
        /// 0-based, in characters.
        package let column: Int
    }

    /// Never empty. `noauto` and `disablegui` are last and stand once.
    package let commands: [LinboCommand]
    /// Positions among start.conf's `[OS]` sections.
    package let systemNumbers: [Position]
    /// Positions among start.conf's `[Partition]` sections.
    package let partitionNumbers: [Position]

    /// A file of linbo-remote with more than this was never meant.
    static let lengthLimit = 4096

    /// - Throws: the first error, with its place.
    package init(parsing text: some StringProtocol) throws(LinboCommandError) {
        let scalars = Array(text.unicodeScalars.prefix(Self.lengthLimit + 1))
        guard scalars.count <= Self.lengthLimit else {
            throw LinboCommandError(column: 0, message: "more than \(Self.lengthLimit) characters")
        }
        var parser = LinboCommandParser(scalars)
        let all = try parser.list()
        var seen: Set<LinboCommand> = []
        let flags = all.filter { $0.isFlag && seen.insert($0).inserted }
        commands = all.filter { !$0.isFlag } + flags.sorted { $0 == .noauto && $1 != .noauto }
        systemNumbers = parser.systemNumbers
        partitionNumbers = parser.partitionNumbers
    }

    /// Whether the server must add its password.
    package var needsPassword: Bool { commands.contains { $0.isUpload } }

    /// Whether it may be queued for one host only.
    package var createsOrUploads: Bool { commands.contains { $0.createsOrUploads } }

    /// As linbo-remote writes it, but never with an empty item. Parses to the same commands.
    package var text: String { commands.map { $0.description }.joined(separator: ",") }

    /// The same as `text`.
    package var description: String { text }
}
