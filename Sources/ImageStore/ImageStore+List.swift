package import LinboModel
import LinuxKit

extension ImageStore {
    /// All images, live or only in backups. Reads the directories and each `.info`, no image.
    /// - Throws: `ImageStoreError` if `images/` itself can't be read.
    package func list() throws(ImageStoreError) -> ImageInventory {
        let tree = try TreeRoots(root)
        let images = try OpenDirectory(tree.images)
        var listings: [ImageListing] = []
        var leftovers: [String] = []
        var problems: [String] = []
        for entry in try images.names() {
            guard let base = entry.text, !base.hasPrefix("."), let status = images.status(of: entry),
                status.isDirectory || status.isSymlink
            else { continue }
            if base == "tmp" {
                leftovers.append("images/tmp")
                continue
            }
            do throws(ImageStoreError) {
                let place = try Place.find(base: base, in: tree, work: work)
                let directory = try DirectoryListing(place, base: base)
                listings += directory.images()
                leftovers += directory.leftovers
            } catch {
                problems.append("\(error)")
            }
        }
        return ImageInventory(
            images: listings.sorted { $0.image < $1.image }, leftovers: leftovers.sorted(), problems: problems.sorted())
    }

    /// One image; nil if it is neither live nor in a backup.
    package func find(_ image: ImageName) throws(ImageStoreError) -> ImageListing? {
        let place = try place(of: image)
        guard FileStatus(at: place.live)?.isDirectory == true else { return nil }
        let directory = try DirectoryListing(place, base: image.base)
        return directory.images().first { $0.image == image.text }
    }
}

/// What one directory of `images/` holds.
private struct DirectoryListing {
    let place: Place
    let base: String
    let live: [String: FileStatus]
    let leftovers: [String]
    let backups: [ImageBackup]

    init(_ place: Place, base: String) throws(ImageStoreError) {
        self.place = place
        self.base = base
        let directory = try OpenDirectory(place.live)
        var live: [String: FileStatus] = [:]
        for entry in try directory.names() {
            // What is not UTF-8 is no name of ours.
            guard let name = entry.text, let status = directory.status(of: entry) else { continue }
            live[name] = status
        }
        self.live = live
        leftovers = live.keys.filter { $0.hasSuffix(SetNames.oldHooksMark) }.map { "images/\(base)/\($0)" }
        backups = live["backups"] == nil ? [] : try ImageBackup.all(in: place, base: base)
    }

    func images() -> [ImageListing] {
        let names = Set(live.keys.compactMap { ImageName($0)?.text }).union(backups.map(\.image))
        return names.compactMap { ImageName($0) }.map(listing)
    }

    private func listing(_ image: ImageName) -> ImageListing {
        let status = live[image.text]
        var problems: [String] = []
        let info = status == nil ? nil : self.info(image, &problems)
        if let status { check(image, status, info, &problems) }
        return ImageListing(
            image: image.text, directory: "images/\(base)", size: status?.size, modified: status?.modified,
            timestamp: info?.timestamp,
            sidecars: SetNames.sidecars.filter { live[image.text + $0] != nil }, problems: problems,
            backups: backups.filter { $0.image == image.text })
    }

    private func info(_ image: ImageName, _ problems: inout [String]) -> ImageInfo? {
        let name = image.text + ".info"
        guard live[name] != nil else {
            problems.append("there is no .info: clients fetch this image each time")
            return nil
        }
        do {
            let bytes = try OpenDirectory(place.live).read(EntryName(name), limit: 65_536)
            return try ImageInfo(parsing: bytes, file: "images/\(base)/\(name)")
        } catch {
            problems.append("\(error)")
            return nil
        }
    }

    private func check(_ image: ImageName, _ status: FileStatus, _ info: ImageInfo?, _ problems: inout [String]) {
        if !status.isRegular { problems.append("it is no regular file") }
        if image.base != base { problems.append("it lies in images/\(base), where no client looks for it") }
        if let info, info.imageSize != UInt64(max(0, status.size)) {
            problems.append(
                ".info says \(info.imageSize) bytes, the file has \(status.size): clients fetch it each time")
        }
        if let info, info.image != image.text { problems.append(".info is of \(info.image)") }
    }
}
