import Foundation

/// What a swap is about to do, on the disk before it does it. With the inode numbers of both directories it tells,
/// after a power cut at any point, whether the exchange happened, and what is left to do.
struct SwapJournal: Codable, Sendable {
    var version = 1
    let image: String
    /// The live directory, from the LINBO root on.
    let label: String
    /// Of the directory that goes; nil: there was none.
    let oldInode: UInt64?
    /// Of the directory that comes.
    let newInode: UInt64
    /// What the old set's backup is to be called; the next free minute if that is taken.
    let backup: String
    /// Names that go to the backup.
    let leaving: [String]
    /// The directory that the new files came from, and their names: they go from there.
    let source: String
    let incoming: [String]
    /// The backup that is rolled back to; it is used up.
    let used: String?

    private static let sizeLimit = 1 << 20

    func write(to place: Place, disk: Disk) throws(ImageStoreError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(self) else { throw .failed("encode", place.journal, code: EINVAL) }
        try disk.write(Array(data), to: place.journal, by: place.temporary)
        try disk.syncDirectory(place.shop)
    }

    /// nil: nothing was going on.
    static func read(of place: Place) throws(ImageStoreError) -> SwapJournal? {
        let name = EntryName("journal")
        let shop = try OpenDirectory(place.shop)
        guard shop.status(of: name) != nil else { return nil }
        let bytes = try shop.read(name, limit: sizeLimit)
        guard let journal = try? JSONDecoder().decode(SwapJournal.self, from: Data(bytes)), journal.version == 1 else {
            throw ImageStoreError(
                .unfit, place.journal, "it can't be read",
                fix: "look at \(place.shop) and \(place.live), put the set in order, and remove this file")
        }
        return journal
    }
}
