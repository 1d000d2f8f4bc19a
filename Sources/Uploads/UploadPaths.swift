package import HookHost
package import LinboModel

/// Where uploads lie until they go live: in one directory on the filesystem of the tree, as they go there by a rename.
/// It is its owner's alone.
///
///     BASE/views/ADDRESS      what one client sends right now: the `path` of rsyncd's module (`ViewPaths`)
///     BASE/live, tmp, trash   as for downloads
///     BASE/claimed/CONNECTION what has come whole, for the moment that it is looked at
///     BASE/partial/IMAGE      what has come of an image whose upload broke off; the next try goes on from there
///     BASE/sets/IMAGE         what has come whole, until it is a set
///     BASE/sets/IMAGE.json    its record
///     BASE/due/IMAGE          sets on their way to go live, with their records
///     BASE/broken/IMAGE.json  why its last upload did not come to its end
///     BASE/ended/CONNECTION   why the daemon ended it, until its `post`
///     BASE/iso/NAME/TIME      ISOs that newer ones took the place of
///     BASE/locks/IMAGE        locked while an image's files and records are changed
///     BASE/swap               sets on their way into the tree (`ImageStore`)
///     BASE/quarantine/…       what was refused, with the reason
package struct UploadPaths: Sendable {
    package let base: String

    package init(base: String) {
        self.base = base
    }

    package var sets: String { "\(base)/sets" }
    package var claimed: String { "\(base)/claimed" }
    package var partials: String { "\(base)/partial" }
    package var broken: String { "\(base)/broken" }
    package var due: String { "\(base)/due" }
    package var isos: String { "\(base)/iso" }
    package var endings: String { "\(base)/ended" }
    package var locks: String { "\(base)/locks" }
    package var swap: String { "\(base)/swap" }
    package var quarantine: String { "\(base)/quarantine" }

    package func view(of address: String) -> String { "\(base)/views/\(address)" }
    package func set(of image: ImageName) -> String { "\(sets)/\(image)" }
    package func claim(of connection: ConnectionID) -> String { "\(claimed)/\(connection)" }
    package func record(of image: ImageName) -> String { "\(sets)/\(image).json" }
    package func dueRecord(of image: ImageName) -> String { "\(due)/\(image).json" }
    package func lock(of image: ImageName) -> String { "\(locks)/\(image)" }
    package func partial(of image: ImageName) -> String { "\(partials)/\(image)" }
}
