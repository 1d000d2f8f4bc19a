/// The file name of an image, such as `win11.qcow2`. What belongs to it lies beside it in `images/<base>/` and has the
/// image's name with one more extension, such as `win11.qcow2.info` (docs/linbo.md#images).
package struct ImageName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// By extension: a whole disk image, the difference to the qcow2 of the same base, or a CD's image.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case qcow2, qdiff, iso
    }

    /// The whole file name: at most 200 bytes of `A-Z a-z 0-9 . _ - +`.
    package let text: String
    /// What its extension says.
    package let kind: Kind

    /// - Returns: nil for what is no name of an image, or not fit for a path and a shell.
    package init?(_ text: some StringProtocol) {
        guard let name = ImageInfo.fileName(String(text)),
            let kind = Kind.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }),
            name.utf8.count > kind.rawValue.utf8.count + 1, name.utf8.count <= 200
        else { return nil }
        self.text = name
        self.kind = kind
    }

    /// The name of its directory below `images/`, and of what all images of that directory share.
    package var base: String { String(text.dropLast(kind.rawValue.count + 1)) }

    /// The directory, from the LINBO root on.
    package var directory: String { "images/\(base)" }

    /// The file name.
    package var description: String { text }

    /// By bytes of the text, case included.
    package static func < (left: ImageName, right: ImageName) -> Bool { left.text < right.text }
}
