import Glibc
import HookHost
import LinboModel
import LinuxKit

/// A set that is on its way to go live: its directory and its record, taken out of where uploads arrive, so that the
/// next upload of the same image begins anew.
struct DueSet {
    let image: ImageName
    let record: UploadSession
    let directory: String
    private let paths: UploadPaths

    /// One that was taken before; nil if there is none.
    init?(_ image: ImageName, in paths: UploadPaths) throws {
        guard let record = UploadSession.read(paths.dueRecord(of: image)) else { return nil }
        self.init(image, record, paths)
        try paths.withLock(of: image) {
            try moveDirectory()
            clear()
        }
    }

    /// What a plugin's file was written to when the daemon was killed (`AtomicFile`): it would keep the set from going
    /// live. So would the quarantine's record of a set that comes back from there.
    private func clear() {
        for name in FileTree.names(in: directory)
        where !name.hasPrefix(image.text) || (name.hasPrefix("\(image).") && name.hasSuffix(".new")) {
            unlink("\(directory)/\(name)")
        }
    }

    private init(_ image: ImageName, _ record: UploadSession, _ paths: UploadPaths) {
        self.image = image
        self.record = record
        self.paths = paths
        directory = "\(paths.due)/\(image)"
    }

    /// Takes what is due now.
    /// - Returns: nil if it is not due (any more).
    static func take(_ image: ImageName, in paths: UploadPaths, _ settings: UploadSettings) throws -> DueSet? {
        try paths.withLock(of: image) {
            // One that could not go live yet comes first.
            guard FileStatus(at: paths.dueRecord(of: image)) == nil,
                var record = UploadSession.read(paths.record(of: image))
            else { return nil }
            record.forgetDead()
            guard let due = record.due(settings), due <= UnixTime.nowMilliseconds() else { return nil }
            try record.write(paths.dueRecord(of: image))
            let set = DueSet(image, record, paths)
            try set.moveDirectory()
            return set
        }
    }

    /// Steps that a crash may have left half done: the record was copied; the directory follows, then the old record
    /// goes.
    private func moveDirectory() throws {
        guard var old = UploadSession.read(paths.record(of: image)), old.arrived == record.arrived, !old.arrived.isEmpty
        else { return }
        if FileStatus(at: directory) == nil, rename(paths.set(of: image), directory) != 0, errno != ENOENT {
            throw SystemError("rename", paths.set(of: image))
        }
        // What is still underway belongs to the next set.
        old.arrived = [:]
        try old.isEmpty ? AtomicFile.remove(paths.record(of: image)) : old.write(paths.record(of: image))
    }

    /// What it is to `WorkMarks`: another upload of the same image is another set.
    var work: WorkMarks.Work {
        let arrived = record.arrived.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.inode):\($0.value.at)" }
        return .init(.set, image.text, version: arrived.joined(separator: " "))
    }

    func file(_ suffix: String) -> String { "\(directory)/\(image)\(suffix)" }

    /// What lies in its directory now, by what each name has behind the image's; the image itself has an empty one.
    func files() throws(Refusal) -> [String: ArrivedSet.File] {
        var files: [String: ArrivedSet.File] = [:]
        for name in FileTree.names(in: directory) where name.hasPrefix(image.text) {
            let path = "\(directory)/\(name)"
            guard let status = FileStatus(at: path) else { continue }
            guard status.kind == .regular, status.links == 1 else { throw Refusal("\(name) is no plain file") }
            files[String(name.dropFirst(image.text.count))] = .init(absolutePath: path, status: status)
        }
        return files
    }

    /// The same without the image itself.
    func sidecars() throws(Refusal) -> [String: ArrivedSet.File] {
        try files().filter { !$0.key.isEmpty }
    }

    /// Its directory and its record go; what is in the directory has gone live, or to the quarantine.
    func forget() {
        FileTree.remove(directory)
        unlink(paths.dueRecord(of: image))
    }
}
