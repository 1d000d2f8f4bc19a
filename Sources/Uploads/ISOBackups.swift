import Glibc
import HookHost
import LinboModel
import LinuxKit

/// The ISOs that others took the place of, out of clients' sight: in `BASE/iso/NAME/TIME`.
struct ISOBackups {
    let directory: String
    let settings: UploadSettings

    init(_ name: String, _ paths: UploadPaths, _ settings: UploadSettings) {
        directory = "\(paths.isos)/\(name)"
        self.settings = settings
    }

    /// Whoever sends an ISO again and again must not push out the last good one: a backup is safe for `uploads.keep`.
    /// - Parameter now: seconds since 1970.
    /// - Throws: `Refusal` if there is no room for one more.
    func checkRoom(now: Int64 = UnixTime.now()) throws(Refusal) {
        // The newest of those that would go: after `uploads.iso-backups` was lowered they are several.
        guard settings.isoBackups > 0, let leaving = names.dropLast(settings.isoBackups - 1).last,
            let status = FileStatus(at: "\(directory)/\(leaving)"),
            now - status.changed < settings.keep.components.seconds
        else { return }
        throw Refusal(
            "it was replaced \(names.count) times within \(settings.keep) (uploads.keep), and its old ones are kept as long: "
                + "the admin removes one of \(directory)")
    }

    /// Gives the live one a second name here; the oldest ones go.
    func add(_ live: String) throws(SystemError) {
        guard settings.isoBackups > 0, FileStatus(at: live) != nil else { return }
        try FileTree.makeDirectory(directory, mode: 0o700)
        for name in names.dropLast(settings.isoBackups - 1) { unlink("\(directory)/\(name)") }
        let time = localTime(Int(UnixTime.now())).filter(\.isNumber)
        var number = 1
        while link(live, "\(directory)/\(time)-\(number)") != 0 {
            guard errno == EEXIST, number < 1000 else { throw SystemError("link", live) }
            number += 1
        }
    }

    private var names: [String] { FileTree.names(in: directory) }
}
