package import HookHost
package import LinboModel

/// What a client uploads, by its name in module `linbo-upload` (docs/linbo.md#what-is-uploaded).
package enum UploadName: Sendable, Hashable {
    /// `images/<base>/<image>`
    case image(ImageName)
    /// `images/<base>/<image>.info` and the like; the text is what stands behind the image's name.
    case sidecar(ImageName, suffix: String)
    /// `<host>.new`, the row of a host that wants to be in devices.csv.
    case registration(TreePath)
    /// An ISO, at the root of the tree. All else there PCs boot by and obey, and all of them know the module's
    /// password: one that was broken into could put its own in its place.
    case iso(TreePath)

    /// What clients upload beside an image. `.macct` is the server's own to make.
    package static let suffixes = [".info", ".desc", ".hash", ".torrent"]

    private static let registrationSuffix = ".new"
    private static let directory = "images/"

    /// - Throws: `Refusal` for a name that nothing may be uploaded by.
    package init(_ path: TreePath) throws(Refusal) {
        guard path.text.hasPrefix(Self.directory) else {
            self = try Self.outsideImages(path)
            return
        }
        let components = path.components
        guard components.count == 3, let (image, suffix) = Self.parse(path.name) else {
            throw Refusal(
                "\(path) is no file of an image: name it images/<image>/<image>.qcow2 or as a file beside that")
        }
        guard components[1] == image.base else {
            throw Refusal(
                "\(image) belongs into \(image.directory), where clients look for it, not into \(path.parent)")
        }
        self = suffix.isEmpty ? .image(image) : .sidecar(image, suffix: suffix)
    }

    private static func parse(_ name: String) -> (image: ImageName, suffix: String)? {
        if let image = ImageName(name) { return (image, "") }
        for suffix in suffixes where name.hasSuffix(suffix) {
            if let image = ImageName(name.dropLast(suffix.utf8.count)) { return (image, suffix) }
        }
        return nil
    }

    private static func outsideImages(_ path: TreePath) throws(Refusal) -> UploadName {
        guard !path.isRoot, !path.name.hasPrefix(".") else {
            throw Refusal("\(path) is no name for an upload: name the file")
        }
        guard path.components.count == 1 else {
            throw Refusal(
                "\(path): clients upload into images/ and into the module's root: name the file without a directory")
        }
        if path.name.hasSuffix(registrationSuffix) { return .registration(path) }
        let name = path.name.lowercased()
        guard name.hasSuffix(".iso"), !name.hasPrefix("linbo") else {
            throw Refusal("\(path) is neither image, ISO nor new host: it is changed on the server only")
        }
        guard isPlain(path.name) else {
            throw Refusal(
                "an ISO's name has 5 to 100 letters, digits, '.', '_' and '-', a letter or digit first: rename it")
        }
        return .iso(path)
    }

    /// Names get into menus, scripts and shells.
    private static func isPlain(_ name: String) -> Bool {
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
        let bytes = Array(name.utf8)
        return (5...100).contains(bytes.count) && isLetterOrDigit(bytes[0])
            && bytes.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    package var isISO: Bool {
        if case .iso = self { true } else { false }
    }

    package var isRegistration: Bool {
        if case .registration = self { true } else { false }
    }

    /// The image that it is, or lies beside.
    package var image: ImageName? {
        switch self {
        case .image(let image), .sidecar(let image, _): image
        case .registration, .iso: nil
        }
    }

    /// What its name has behind the image's; empty for the image itself.
    var suffix: String {
        if case .sidecar(_, let suffix) = self { suffix } else { "" }
    }

    /// Where it goes in the tree.
    package var path: TreePath {
        switch self {
        case .image(let image): image.path
        case .sidecar(let image, let suffix): image.path.parent.appending(image.text + suffix)
        case .registration(let path), .iso(let path): path
        }
    }
}

extension ImageName {
    package var path: TreePath { TreePath.root.appending("images").appending(base).appending(text) }
}
