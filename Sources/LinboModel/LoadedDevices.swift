/// What a `DevicesSource` loaded, and what its next load needs to keep a version that a broken file replaced.
package struct LoadedDevices: Sendable {
    /// The rows of all files, kept ones included.
    package let devices: Devices
    /// Taken before the files were read: if `DevicesSource.stamp()` differs, there is something to load.
    package let stamp: DevicesSource.Stamp
    /// Those of the directory, then those of `devices`.
    package let problems: [Problem]
    let versions: [String: Version]

    /// A file's last good rows, and the Unix seconds of its change.
    struct Version: Hashable {
        let file: DevicesFile
        let modified: Int
    }

    /// What an earlier process knew: rows for when the files are gone or broken. Nothing of it counts as loaded.
    package init(remembered: [(file: DevicesSource.SchoolFile, bytes: [UInt8], modified: Int)]) {
        let files = remembered.map {
            (Devices.parse($0.bytes, file: $0.file.path, school: $0.file.school), $0.modified)
        }
        versions = Dictionary(files.map { ($0.path, Version(file: $0, modified: $1)) }) { $1 }
        devices = Devices(files.map(\.0))
        stamp = DevicesSource.Stamp(entries: [], directoryError: nil)
        problems = devices.problems
    }

    init(devices: Devices, stamp: DevicesSource.Stamp, problems: [Problem], versions: [String: Version]) {
        self.devices = devices
        self.stamp = stamp
        self.problems = problems
        self.versions = versions
    }

    /// By path: each file's last good rows. A broken version's problems stand beside the rows of the good one.
    package var files: [String: DevicesFile] { versions.mapValues { $0.file } }
}
