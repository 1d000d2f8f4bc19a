import Glibc
import LinboModel
import LinuxKit

/// One swap, under the lock: builds the new directory, writes the journal, exchanges, and has `SwapFinish` clear up.
struct Swap {
    let set: SetNames
    let place: Place
    let incoming: Incoming
    /// The backup that `incoming` lies in.
    let used: String?
    let disk: Disk

    private static let attempts = 5

    func run() throws(ImageStoreError) -> Swapped {
        let journal = try prepare()
        do {
            try commit(journal)
        } catch {
            guard error.kind != .stopped else { throw error }
            // What failed may have been done all the same: then the rest of it follows, with its backup.
            let recovered = try? Recovery(place: place, disk: disk).run()
            guard FileStatus(at: place.live)?.inode == journal.newInode else { throw error }
            return Swapped(
                image: set.image, backup: recovered?.backup, remarks: ["\(error)"] + (recovered?.remarks ?? []),
                unfinished: nil)
        }
        return try finish(journal)
    }

    /// The set is live: an error now is a remark, not a failure.
    private func finish(_ journal: SwapJournal) throws(ImageStoreError) -> Swapped {
        do throws(ImageStoreError) {
            try disk.syncDirectory(place.parent)
            try disk.syncDirectory(place.shop)
            let result = try SwapFinish(journal: journal, place: place, set: set, disk: disk).run()
            return Swapped(image: set.image, backup: result.backup, remarks: result.remarks, unfinished: nil)
        } catch {
            guard error.kind != .stopped else { throw error }
            return Swapped(image: set.image, backup: nil, remarks: [], unfinished: error)
        }
    }

    // MARK: The new directory

    private func prepare() throws(ImageStoreError) -> SwapJournal {
        do throws(ImageStoreError) {
            for _ in 0..<Self.attempts {
                let before = FileStatus(at: place.live)
                let leaving = try build()
                let after = FileStatus(at: place.live)
                // Whoever put a file there meanwhile would find it in the backup.
                guard before?.inode == after?.inode, before?.modified == after?.modified,
                    before?.modifiedNanoseconds == after?.modifiedNanoseconds
                else { continue }
                return try write(leaving: leaving, old: before)
            }
        } catch {
            if error.kind != .stopped { try? disk.removeTree(place.next) }
            throw error
        }
        throw ImageStoreError(
            .busy, place.live, "files come and go in it all the time", fix: "stop what does that, and do it again")
    }

    /// - Returns: the live names that go.
    private func build() throws(ImageStoreError) -> [String] {
        try disk.removeTree(place.next)
        try disk.makeDirectory(place.next, mode: 0o700)
        let next = try OpenDirectory(place.next)
        var leaving: [String] = []
        let old = FileStatus(at: place.live)
        if old != nil { leaving = try keep(in: next) }
        let source = try OpenDirectory(incoming.source)
        for name in incoming.names { try disk.link(EntryName(name), from: source, to: next) }
        try disk.dress(next, as: old)
        try disk.sync(next)
        return leaving
    }

    /// Links all that stays into the new directory; directories move over later.
    private func keep(in next: borrowing OpenDirectory) throws(ImageStoreError) -> [String] {
        let live = try OpenDirectory(place.live)
        let source = try OpenDirectory(incoming.source)
        var leaving: [String] = []
        for name in try live.names() {
            guard let status = live.status(of: name) else { continue }
            if let text = name.text, set.role(of: text) == .set || incoming.names.contains(text) {
                guard status.isRegular else { throw unfit(live.path(of: name)) }
                if let new = source.status(of: name), new.isSameFile(as: status), text == set.image.text {
                    throw ImageStoreError(
                        .unfit, live.path(of: name), "the new image is the live one",
                        fix: "only replace what belongs to it")
                }
                leaving.append(text)
            } else if !status.isDirectory {
                try disk.link(name, from: live, to: next)
            }
        }
        return leaving.sorted()
    }

    private func unfit(_ path: String) -> ImageStoreError {
        ImageStoreError(
            .unfit, path, "it is no regular file, and would go to the backup",
            fix: "put the file itself in its place, or remove the link")
    }

    private func write(leaving: [String], old: FileStatus?) throws(ImageStoreError) -> SwapJournal {
        guard let new = FileStatus(at: place.next) else { throw .failed("lstat", place.next) }
        let journal = SwapJournal(
            image: set.image.text, label: place.label, oldInode: old?.inode, newInode: new.inode,
            backup: try backupName(leaving), leaving: leaving, source: incoming.source, incoming: incoming.names,
            used: used)
        try journal.write(to: place, disk: disk)
        return journal
    }

    private func backupName(_ leaving: [String]) throws(ImageStoreError) -> String {
        guard !leaving.isEmpty else { return SetTime.text(0) }
        return SetTime.name(ofSet: leaving, image: set.image, in: try OpenDirectory(place.live))
    }

    // MARK: The exchange

    private func commit(_ journal: SwapJournal) throws(ImageStoreError) {
        guard journal.oldInode != nil else { return try disk.rename(place.next, to: place.live) }
        do throws(ImageStoreError) {
            try disk.exchange(place.next, place.live)
        } catch {
            // Two renames where the filesystem knows no exchange: for an instant there is no directory, and after a
            // power cut right then none until `recover` puts the new one there.
            guard error.code == EINVAL || error.code == ENOSYS else { throw error }
            try disk.rename(place.live, to: place.old)
            do throws(ImageStoreError) {
                try disk.rename(place.next, to: place.live)
            } catch {
                if error.kind != .stopped { try? disk.rename(place.old, to: place.live) }
                throw error
            }
        }
    }
}
