import Glibc
import LinboModel

/// Where the sets of one base lie, symlinks resolved, and the workshop in which its next state is built.
struct Place: Sendable {
    /// The folder that clients see, such as `/srv/linbo/images/win11`. It need not exist yet.
    let live: String
    /// From the LINBO root on, for people.
    let label: String
    /// Its own folder in the work folder; flock(2) on it excludes others.
    let shop: String

    var next: String { "\(shop)/new" }
    var old: String { "\(shop)/old" }
    var journal: String { "\(shop)/journal" }
    /// A backup that is being removed.
    var pruned: String { "\(shop)/pruned" }
    var temporary: String { "\(shop)/temporary" }
    var backups: String { "\(live)/backups" }
    var parent: String { Place.parent(of: live) }

    /// - Parameter key: the path below `images/`, or one that begins with a slash, below the root.
    private init(live: String, label: String, key: String, work: String) {
        self.live = live
        self.label = label
        shop = "\(work)/\(Self.escaped(key))"
    }

    /// Finds `images/<base>`; a symlink is followed as long as it stays in the tree.
    static func find(base: String, root: String, work: String) throws(ImageStoreError) -> Place {
        let top = try resolved(root, mend: "set linbo.root in the configuration to the LINBO tree")
        let images = try resolved("\(root)/images", mend: "make this folder, mode 0755")
        guard images == "\(top)/images" || images.hasPrefix(top + "/") else { throw leaves("\(root)/images", images) }
        let path = "\(images)/\(base)"
        guard let status = EntryStatus(at: path), !status.isFolder else {
            return place(at: path, top: top, images: images, work: work)
        }
        guard status.isSymlink else {
            throw ImageStoreError(.unfit, path, "it is no folder", mend: "move it away: images lie in images/<base>/")
        }
        let target = try resolved(path, mend: "make the symlink lead to a folder of the tree, or remove it")
        guard target.hasPrefix(top + "/"), !(images + "/").hasPrefix(target + "/"),
            !(target + "/").hasPrefix(work + "/"), EntryStatus(at: target)?.isFolder == true
        else { throw leaves(path, target) }
        return place(at: target, top: top, images: images, work: work)
    }

    /// The place that a workshop is for, by its name. nil: it is none of ours.
    static func find(shop: String, root: String, work: String) throws(ImageStoreError) -> Place? {
        let top = try resolved(root, mend: "set linbo.root in the configuration to the LINBO tree")
        let images = try resolved("\(root)/images", mend: "make this folder, mode 0755")
        let key = shop.replacing("%2F", with: "/").replacing("%25", with: "%")
        guard escaped(key) == shop else { return nil }
        return place(at: key.hasPrefix("/") ? top + key : "\(images)/\(key)", top: top, images: images, work: work)
    }

    private static func place(at path: String, top: String, images: String, work: String) -> Place {
        let label = String(path.dropFirst(top.utf8.count + 1))
        let key = path.hasPrefix(images + "/") ? String(path.dropFirst(images.utf8.count + 1)) : "/" + label
        return Place(live: path, label: label, key: key, work: work)
    }

    private static func resolved(_ path: String, mend: String) throws(ImageStoreError) -> String {
        guard let pointer = realpath(path, nil) else {
            throw ImageStoreError(
                .system(call: "realpath", code: errno), path, "realpath: \(String(cString: strerror(errno)))",
                mend: mend)
        }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    private static func leaves(_ path: String, _ target: String) -> ImageStoreError {
        ImageStoreError(
            .unfit, path, "the symlink leads to \(target), which is no folder of images in the tree",
            mend: "make it lead to a folder below the LINBO root, or remove it")
    }

    /// One name, whatever the path: `/` and `%` can't be in a base, but in what a symlink leads to.
    private static func escaped(_ key: String) -> String {
        key.replacing("%", with: "%25").replacing("/", with: "%2F")
    }

    static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
