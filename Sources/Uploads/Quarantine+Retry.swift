import Glibc
import HookHost
import LinboModel
import LinuxKit

extension Quarantine {
    /// Has a set looked at once more, as if it had just come: for when the reason is gone, such as a fault of the
    /// daemon's that a newer one has not.
    /// - Parameter name: as `entries` tells it.
    /// - Throws: `Refusal` with what is in the way; `SystemError`.
    package func retry(_ name: String, in paths: UploadPaths) throws {
        guard let entry = entries().first(where: { $0.name == name }) else {
            throw Refusal("there is no \(name) in quarantine")
        }
        let place = "\(directory)/\(name)"
        guard let image = ImageName(entry.image), let record = session(name) else {
            throw Refusal("\(name) is no set of an image that can be looked at again: upload it again")
        }
        try paths.withLock(of: image) {
            guard FileStatus(at: paths.dueRecord(of: image)) == nil, FileStatus(at: "\(paths.due)/\(image)") == nil
            else { throw Refusal("another \(image) is on its way to go live: try again when that is done") }
            try bringBack(record.asWhole(in: place), of: image, from: place, to: paths)
        }
    }

    /// The record comes first: whoever reads it waits for the lock. Its copy among the files goes last (`DueSet`), as
    /// without it nobody would know what lies in quarantine.
    private func bringBack(_ record: UploadSession, of image: ImageName, from place: String, to paths: UploadPaths)
        throws
    {
        try record.write(paths.dueRecord(of: image))
        guard rename(place, "\(paths.due)/\(image)") == 0 else {
            let error = SystemError("rename", place)
            unlink(paths.dueRecord(of: image))
            throw error
        }
    }
}

extension UploadSession {
    /// For a set that lay still for a while: what came in this boot of the machine is brought to the disk now.
    fileprivate func asWhole(in directory: String) throws -> UploadSession {
        var record = self
        record.underway = [:]
        record.refused = nil
        guard !isSynced, isOfThisBoot else { return record }
        for suffix in arrived.keys where FileStatus(at: "\(directory)/\(image)\(suffix)") != nil {
            try AtomicFile.sync("\(directory)/\(image)\(suffix)")
        }
        record.isSynced = true
        return record
    }
}
