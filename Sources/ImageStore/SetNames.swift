package import LinboModel

/// Which names of `images/<base>/` belong to an image, by the name alone (docs/linbo.md#images).
package struct SetNames: Sendable {
    /// What an image's sidecars have behind its name.
    package static let sidecars = [".info", ".desc", ".hash", ".torrent", ".macct"]

    /// What admins write for an image: they stay when a new one comes, and go into the backup as copies.
    static let scripts = [".reg", ".postsync", ".prestart", ".driverpostsync"]

    /// What the old hooks left behind an image that they had moved away.
    static let oldHooksMark = ".BAK"

    /// The image that names are asked for.
    package let image: ImageName

    /// - Parameter image: lies in the directory of its base.
    package init(_ image: ImageName) {
        self.image = image
    }

    /// What becomes of a file when a new set goes live.
    package enum Role: Sendable, Hashable {
        /// Goes to the backup with the image.
        case set
        /// Stays, and goes to the backup as a copy.
        case script
        /// Stays.
        case other
    }

    /// - Parameter name: of an entry of the base's directory.
    package func role(of name: String) -> Role {
        if name == image.text { return .set }
        if isScript(name) { return .script }
        guard !name.hasSuffix(Self.oldHooksMark) else { return .other }
        if Self.sidecars.contains(where: { name == image.text + $0 }) { return .set }
        guard image.kind == .qcow2 else { return .other }
        // A difference fits the image that it was made from, no other. `<base>.macct` is where older servers kept it.
        return name.hasPrefix("\(image.base).qdiff") || name == "\(image.base).macct" ? .set : .other
    }

    private func isScript(_ name: String) -> Bool {
        let stems = [image.base] + ImageName.Kind.allCases.map { "\(image.base).\($0.rawValue)" }
        return Self.scripts.contains { script in stems.contains { name == $0 + script } }
    }

    /// Of a backup: the image whose set it holds; nil if it holds none.
    static func image(ofBase base: String, in names: Set<String>) -> ImageName? {
        ImageName.Kind.allCases.map { "\(base).\($0.rawValue)" }.first { names.contains($0) }.flatMap { ImageName($0) }
    }
}
