import LinboModel
import LinuxKit

/// The files that shall go live, where they lie now.
struct Incoming: Sendable {
    /// Absolute.
    let source: String
    let names: [String]

    /// A directory of which every file is one of the image's set.
    init(arrived source: String, _ set: SetNames) throws(ImageStoreError) {
        let directory = try OpenDirectory(source)
        var names: [String] = []
        for entry in try directory.names() {
            guard let name = entry.text, set.role(of: name) != .other else {
                throw ImageStoreError(
                    .unfit, directory.path(of: entry), "it does not belong to \(set.image)",
                    fix: "take it out of what is published")
            }
            try Self.check(entry, in: directory)
            names.append(name)
        }
        self.source = source
        self.names = names.sorted()
        try requireImage(set.image)
    }

    /// What a backup holds of an image's set; the rest of it is left alone.
    init(backup source: String, _ set: SetNames) throws(ImageStoreError) {
        let directory = try OpenDirectory(source)
        var names: [String] = []
        for entry in try directory.names() {
            guard let name = entry.text, set.role(of: name) != .other else { continue }
            try Self.check(entry, in: directory)
            names.append(name)
        }
        self.source = source
        self.names = names.sorted()
        try requireImage(set.image)
    }

    private static func check(_ entry: EntryName, in directory: borrowing OpenDirectory) throws(ImageStoreError) {
        guard directory.status(of: entry)?.isRegular == true else {
            throw ImageStoreError(
                .unfit, directory.path(of: entry), "it is no regular file",
                fix: "put the file itself in its place: links, directories and devices are never published")
        }
    }

    private func requireImage(_ image: ImageName) throws(ImageStoreError) {
        guard names.contains(image.text) else {
            throw ImageStoreError(
                .unfit, source, "there is no \(image) in it", fix: "publish the image together with what belongs to it"
            )
        }
    }

    /// Brings them to the disk; of an image that just came this can take seconds.
    func sync(_ disk: Disk) throws(ImageStoreError) {
        let directory = try OpenDirectory(source)
        for name in names { try disk.syncFile(EntryName(name), in: directory) }
    }
}
