/// A device group, the `<group>` of `start.conf.<group>` and `<group>.cfg`: 1 to 64 ASCII letters, digits, `-`, `_` and
/// `.`, not `.` first. Groups are global: a school's prefix is never put before them (docs/linbo.md#devices).
package struct GroupName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// In the case that it was given in, as the name of its start.conf has it.
    package let text: String

    /// - Returns: nil for what is no such name; nothing is trimmed.
    package init?(_ text: some StringProtocol) {
        guard isFileNameWord(text, letters: .ascii) else { return nil }
        self.text = String(text)
    }

    /// The same as `text`.
    package var description: String { text }

    /// By the text, case included.
    package static func < (left: GroupName, right: GroupName) -> Bool { left.text < right.text }
}

/// A room that can be named in a command or in a file name: as a group, with letters of any script. `Host.room` may
/// hold more than that.
package struct RoomName: Sendable, Hashable, CustomStringConvertible {
    /// With its school's prefix, if that is how it was given.
    package let text: String

    /// - Returns: nil for what is no such name; nothing is trimmed.
    package init?(_ text: some StringProtocol) {
        guard isFileNameWord(text, letters: .any) else { return nil }
        self.text = String(text)
    }

    /// The same as `text`.
    package var description: String { text }
}

/// A school: the name of its directory, and the prefix of its hosts and rooms unless it is the default one
/// (docs/linbo.md#devices).
package struct SchoolName: Sendable, Hashable, CustomStringConvertible {
    /// The name of its directory below `DevicesSource.directory`.
    package let text: String

    /// The school whose hosts have no prefix.
    package static let `default` = SchoolName(trusted: "default-school")

    private init(trusted text: String) {
        self.text = text
    }

    /// - Returns: nil for what cannot be a school's directory: as a group's name.
    package init?(_ text: some StringProtocol) {
        guard isFileNameWord(text, letters: .ascii) else { return nil }
        self.text = String(text)
    }

    /// What stands before the names of its hosts and rooms.
    package var prefix: String { self == .default ? "" : "\(text)-" }

    /// The same as `text`.
    package var description: String { text }
}

private enum Letters {
    case ascii, any
}

/// 1 to 64 letters, digits, `-`, `_` and `.`, not `.` first: one component of a path, in no need of quotes in a shell.
private func isFileNameWord(_ text: some StringProtocol, letters: Letters) -> Bool {
    let scalars = text.unicodeScalars
    guard let first = scalars.first, first != ".", scalars.dropFirst(64).isEmpty else { return false }
    return scalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: letters == .any && !scalar.isASCII && scalar.properties.isAlphabetic
        }
    }
}
