import LinboModel
import LinuxKit

/// What a stopped swap left, under the lock: forward if the exchange happened, else back. Either way the live set is
/// whole, and nothing is lost.
struct Recovery {
    let place: Place
    let disk: Disk

    struct Outcome {
        /// What was done; nil if there was nothing to do.
        var sentence: String?
        /// The backup that holds the set that was live, if this made it.
        var backup: String?
        /// What an admin should know besides.
        var remarks: [String] = []
    }

    @discardableResult
    func run() throws(ImageStoreError) -> Outcome {
        guard let journal = try SwapJournal.read(of: place), let image = ImageName(journal.image) else {
            return Outcome(sentence: try clear())
        }
        let live = FileStatus(at: place.live)
        if live?.inode == journal.newInode { return try goOn(journal, image) }
        if live == nil, FileStatus(at: place.next)?.inode == journal.newInode,
            let oldInode = journal.oldInode, FileStatus(at: place.old)?.inode == oldInode
        {
            try disk.rename(place.next, to: place.live)
            return try goOn(journal, image)
        }
        if live?.inode == journal.oldInode { return Outcome(sentence: try goBack(journal)) }
        return Outcome(sentence: try setAside(journal))
    }

    private func goOn(_ journal: SwapJournal, _ image: ImageName) throws(ImageStoreError) -> Outcome {
        try disk.syncDirectory(place.parent)
        try disk.syncDirectory(place.shop)
        let result = try SwapFinish(journal: journal, place: place, set: SetNames(image), disk: disk).run()
        let backup = result.backup.map { "; the old set is in \(place.label)/backups/\($0)" } ?? ""
        let done =
            "\(journal.image): the new set was live when the work on it was cut off; that work is done now\(backup)"
        return Outcome(
            sentence: ([done] + result.remarks).joined(separator: ". "), backup: result.backup, remarks: result.remarks)
    }

    private func goBack(_ journal: SwapJournal) throws(ImageStoreError) -> String {
        try disk.removeTree(place.journal)
        try disk.syncDirectory(place.shop)
        try disk.removeTree(place.next)
        return
            "\(journal.image): the work was cut off before the new set was live; the old set is live, and the new one "
            + "still lies in \(journal.source)"
    }

    /// The directory was put in place by somebody else, such as from a tape: nothing of ours fits it.
    private func setAside(_ journal: SwapJournal) throws(ImageStoreError) -> String {
        let aside = try moveAside([place.next, place.old, place.journal])
        return
            "\(journal.image): \(place.label) is another directory than the one that work was cut off on; what lay in the "
            + "work directory is kept in \(aside): look whether you need it, and remove it"
    }

    /// Without a journal there is only a directory that was being built, of links, or a backup that was being removed.
    /// What has no other name anywhere is kept.
    private func clear() throws(ImageStoreError) -> String? {
        try disk.removeTree(place.temporary)
        try disk.removeTree(place.pruned)
        if FileStatus(at: place.old) == nil {
            guard FileStatus(at: place.next) != nil else { return nil }
            if try isOfLinks(place.next) {
                try disk.removeTree(place.next)
                return nil
            }
        }
        let aside = try moveAside([place.next, place.old])
        return
            "\(place.label): files without a journal are kept in \(aside): look whether you need them, and remove them"
    }

    private func isOfLinks(_ path: String) throws(ImageStoreError) -> Bool {
        let directory = try OpenDirectory(path)
        for name in try directory.names() {
            guard let status = directory.status(of: name), !status.isDirectory, status.links > 1 else { return false }
        }
        return true
    }

    private func moveAside(_ paths: [String]) throws(ImageStoreError) -> String {
        var number = 1
        while FileStatus(at: "\(place.shop)/aside-\(number)") != nil { number += 1 }
        let aside = "\(place.shop)/aside-\(number)"
        try disk.makeDirectory(aside, mode: 0o700)
        for path in paths where FileStatus(at: path) != nil {
            let name = path.split(separator: "/").last.map(String.init) ?? "old"
            try disk.rename(path, to: "\(aside)/\(name)")
        }
        try disk.syncDirectory(place.shop)
        return aside
    }
}
