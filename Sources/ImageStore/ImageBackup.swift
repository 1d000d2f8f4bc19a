import LinboModel
import LinuxKit

/// An old set in `images/<base>/backups/<timestamp>/`.
package struct ImageBackup: Sendable, Hashable, Codable {
    /// The directory's name; `YYYYMMDDhhmm`, but for directories that admins named.
    package let timestamp: String
    /// The image whose set it holds.
    package let image: String
    /// Bytes of all its files, as `ls` counts them.
    package let bytes: Int64
    /// Names of its files, sorted.
    package let files: [String]

    /// Whether it was made by a publish, not put there by hand under a name of its own.
    package var isDated: Bool { SetTime.isOne(timestamp) }
}

extension ImageBackup {
    /// The backups of one base, newest first, those with names of their own last; what holds no image is none.
    static func all(in place: Place, base: String) throws(ImageStoreError) -> [ImageBackup] {
        guard FileStatus(at: place.backups)?.isDirectory == true else { return [] }
        let directory = try OpenDirectory(place.backups)
        var backups: [ImageBackup] = []
        for entry in try directory.names() where directory.status(of: entry)?.isDirectory == true {
            guard let timestamp = entry.text, !timestamp.hasPrefix(".") else { continue }
            if let backup = try one(OpenDirectory(directory.path(of: entry)), timestamp, base: base) {
                backups.append(backup)
            }
        }
        return backups.sorted { left, right in
            left.isDated == right.isDated ? left.timestamp > right.timestamp : left.isDated
        }
    }

    private static func one(
        _ directory: borrowing OpenDirectory, _ timestamp: String, base: String
    ) throws(ImageStoreError) -> ImageBackup? {
        var files: [String] = []
        var sizes: [Int64] = []
        for entry in try directory.names() {
            guard let status = directory.status(of: entry), status.isRegular else { continue }
            files.append(entry.description)
            sizes.append(status.size)
        }
        guard let image = SetNames.image(ofBase: base, in: Set(files)) else { return nil }
        return ImageBackup(timestamp: timestamp, image: image.text, bytes: sizes.total(), files: files.sorted())
    }
}
