import Glibc
import LinboModel
import LinuxKit

/// Where the sets of one base lie, symlinks resolved, and the workshop in which its next state is built.
struct Place: Sendable {
    /// The directory that clients see, such as `/srv/linbo/images/win11`. It need not exist yet.
    let live: String
    /// From the LINBO root on, for people.
    let label: String
    /// Its own directory in the work directory; flock(2) on it excludes others.
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
    static func find(base: String, in tree: TreeRoots, work: String) throws(ImageStoreError) -> Place {
        let path = "\(tree.images)/\(base)"
        guard let status = FileStatus(at: path), !status.isDirectory else { return place(at: path, tree, work: work) }
        guard status.isSymlink else {
            throw ImageStoreError(.unfit, path, "it is no directory", fix: "move it away: images lie in images/<base>/")
        }
        let target = try TreeRoots.resolved(path, fix: "make the symlink lead to a directory of the tree, or remove it")
        guard target.hasPrefix(tree.top + "/"), !(tree.images + "/").hasPrefix(target + "/"),
            !(target + "/").hasPrefix(work + "/"), FileStatus(at: target)?.isDirectory == true
        else { throw TreeRoots.leaves(path, target) }
        return place(at: target, tree, work: work)
    }

    /// The place that a workshop is for, by its name. nil: it is none of ours.
    static func find(shop: String, in tree: TreeRoots, work: String) -> Place? {
        let key = shop.replacing("%2F", with: "/").replacing("%25", with: "%")
        guard escaped(key) == shop else { return nil }
        return place(at: key.hasPrefix("/") ? tree.top + key : "\(tree.images)/\(key)", tree, work: work)
    }

    private static func place(at path: String, _ tree: TreeRoots, work: String) -> Place {
        func below(_ directory: String) -> String {
            // A length in bytes counts bytes: names need not be ASCII.
            String(Substring(path.utf8.dropFirst(directory.utf8.count + 1)))
        }
        let label = below(tree.top)
        let key = path.hasPrefix(tree.images + "/") ? below(tree.images) : "/" + label
        return Place(live: path, label: label, key: key, work: work)
    }

    /// One name, whatever the path: `/` and `%` can't be in a base, but in what a symlink leads to.
    private static func escaped(_ key: String) -> String {
        key.replacing("%", with: "%25").replacing("/", with: "%2F")
    }

    static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
