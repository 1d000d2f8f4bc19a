import HookHost
import LinboModel
import LinuxKit

/// Who may get the account of which image, as far as files of this server tell; the AD's word comes at the apply.
struct Eligibility: Sendable {
    let context: PluginContext
    let settings: MacctSettings

    private static let sizeLimit = 1 << 20

    /// Why not; nil if the host may.
    func objection(to image: ImageName, for host: Host) -> String? {
        guard settings.allowedRoles.contains(host.role), !MacctSettings.forbiddenRoles.contains(host.role.lowercased())
        else { return "its role '\(host.role)' in \(host.source) is not among allowed-roles" }
        guard image.kind != .iso else { return "\(image) is no image with an account" }
        let file = "start.conf.\(host.group)"
        guard let bytes = try? FileBytes.read(followingLinks: "\(context.tree.root)/\(file)", limit: Self.sizeLimit)
        else { return "\(file) of its group can't be read" }
        // A qdiff is implied by the image that it belongs to.
        let used = StartConf(parsing: bytes, file: file).systems.compactMap { $0.baseImage.flatMap { ImageName($0) } }
        guard used.contains(where: { $0.kind != .iso && $0.base == image.base }) else {
            return "its \(file) does not use \(image)"
        }
        return nil
    }

    /// The image that a path asks for the account of: `<image>.macct` in the root, or beside the image
    /// (docs/linbo.md#paths-that-are-asked). nil for a backup's, and for all other names.
    static func image(of path: TreePath) -> ImageName? {
        guard path.name.hasSuffix(AccountFile.suffix),
            let image = ImageName(path.name.dropLast(AccountFile.suffix.utf8.count))
        else { return nil }
        return path.parent.isRoot || path.parent.text == image.directory ? image : nil
    }
}
