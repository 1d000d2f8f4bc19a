import Glibc
import LinboModel
import LinuxKit

/// What follows the exchange: the old directory is cleared of all that stayed live and becomes the backup. Each step
/// can be done again, as after a power cut the journal does not tell how far it came.
struct SwapFinish {
    let journal: SwapJournal
    let place: Place
    let set: SetNames
    let disk: Disk

    struct Result {
        var backup: String?
        var remarks: [String] = []
    }

    func run() throws(ImageStoreError) -> Result {
        var result = Result()
        // After an exchange the old directory lies where the new one was built.
        if let oldInode = journal.oldInode, FileStatus(at: place.next)?.inode == oldInode {
            try disk.rename(place.next, to: place.old)
        }
        if FileStatus(at: place.old)?.isDirectory == true { try clearOld(&result) }
        if let used = journal.used { try removeUsed(used, &result) }
        if FileStatus(at: place.old)?.isDirectory == true { result.backup = try placeBackup() }
        try emptySource()
        try disk.removeTree(place.journal)
        try disk.syncDirectory(place.shop)
        return result
    }

    // MARK: The old directory

    private func clearOld(_ result: inout Result) throws(ImageStoreError) {
        let old = try OpenDirectory(place.old)
        let live = try OpenDirectory(place.live)
        let leaving = Set(journal.leaving)
        for name in try old.names() {
            guard let status = old.status(of: name) else { continue }
            if status.isDirectory {
                try moveDirectory(name, from: old, to: live)
            } else if let text = name.text, leaving.contains(text) {
                if live.status(of: name)?.isSameFile(as: status) == true { try copy(name, status, old, &result) }
                if text.hasSuffix(".macct") { try disk.makePrivate(name, in: old) }
            } else {
                try clear(name, status, old: old, live: live, &result)
            }
        }
        try disk.sync(old)
        try disk.sync(live)
    }

    /// What stayed live: its name here goes, but a script's, which becomes a copy.
    private func clear(
        _ name: EntryName, _ status: FileStatus, old: borrowing OpenDirectory, live: borrowing OpenDirectory,
        _ result: inout Result
    ) throws(ImageStoreError) {
        guard let now = live.status(of: name) else {
            // It came while the directories changed their places.
            result.remarks.append("\(place.label)/\(name) came while the set went live; it is live, too")
            return try disk.move(name, from: old, to: live)
        }
        guard now.isSameFile(as: status) else {
            if !isScript(name) {
                result.remarks.append("\(place.label)/\(name) changed meanwhile; the backup has the other one")
            }
            return
        }
        guard isScript(name), !journal.leaving.isEmpty, status.isRegular else { return try disk.unlink(name, in: old) }
        try copy(name, status, old, &result)
    }

    /// Gives a small file that is live, too, bytes of its own, so that what is written to the live one stays out of the
    /// backup. On a full disk both stay one file: finishing must not wait for the room that pruning makes.
    private func copy(
        _ name: EntryName, _ status: FileStatus, _ old: borrowing OpenDirectory, _ result: inout Result
    ) throws(ImageStoreError) {
        guard status.size <= Self.copyLimit else { return }
        do throws(ImageStoreError) {
            let bytes = try old.read(name, limit: Self.copyLimit)
            try disk.write(bytes, to: old.path(of: name), by: place.temporary, like: status)
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
            result.remarks.append("the disk is full: \(place.label)/\(name) and the one in the backup are one file")
        }
    }

    private static let copyLimit = 64 << 20

    private func isScript(_ name: EntryName) -> Bool { name.text.map { set.role(of: $0) == .script } ?? false }

    /// Moves `backups` and other directories over; into one of that name that somebody made meanwhile.
    private func moveDirectory(
        _ name: EntryName, from old: borrowing OpenDirectory, to live: borrowing OpenDirectory
    ) throws(ImageStoreError) {
        guard live.status(of: name)?.isDirectory == true else { return try disk.move(name, from: old, to: live) }
        do {
            let source = try OpenDirectory(old.path(of: name))
            let target = try OpenDirectory(live.path(of: name))
            for entry in try source.names() { try disk.move(entry, from: source, to: target) }
            try disk.sync(target)
        }
        try disk.removeDirectory(old.path(of: name))
    }

    // MARK: The backup

    /// - Returns: its name; nil if nothing is left to keep.
    private func placeBackup() throws(ImageStoreError) -> String? {
        do {
            let old = try OpenDirectory(place.old)
            guard try !old.names().isEmpty else {
                try disk.removeDirectory(place.old)
                return nil
            }
        }
        if FileStatus(at: place.backups) == nil {
            try disk.makeDirectory(place.backups, mode: 0o755)
            let live = FileStatus(at: place.live)
            try disk.dress(try OpenDirectory(place.backups), as: live)
        }
        for name in SetTime.candidates(from: journal.backup) where FileStatus(at: "\(place.backups)/\(name)") == nil {
            try disk.rename(place.old, to: "\(place.backups)/\(name)")
            try disk.syncDirectory(place.backups)
            try disk.syncDirectory(place.live)
            return name
        }
        throw ImageStoreError(
            .unfit, place.backups, "it has no free name for \(journal.backup)", fix: "remove old backups from it")
    }

    // MARK: Where the new files came from

    /// The backup that was rolled back to: its files are live now, by the same inodes.
    private func removeUsed(_ used: String, _ result: inout Result) throws(ImageStoreError) {
        let path = "\(place.backups)/\(used)"
        guard FileStatus(at: path)?.isDirectory == true else { return }
        try unlinkIncoming(in: path)
        guard try OpenDirectory(path).names().isEmpty else {
            result.remarks.append("\(place.label)/backups/\(used) stays: it holds files that are not of the set")
            return
        }
        try disk.removeDirectory(path)
        try disk.syncDirectory(place.backups)
    }

    private func emptySource() throws(ImageStoreError) {
        guard journal.used == nil, FileStatus(at: journal.source)?.isDirectory == true else { return }
        try unlinkIncoming(in: journal.source)
        try disk.syncDirectory(journal.source)
    }

    private func unlinkIncoming(in path: String) throws(ImageStoreError) {
        let directory = try OpenDirectory(path)
        let live = try OpenDirectory(place.live)
        for text in journal.incoming {
            let name = EntryName(text)
            guard let status = directory.status(of: name), live.status(of: name)?.isSameFile(as: status) == true else {
                continue
            }
            try disk.unlink(name, in: directory)
        }
    }
}
