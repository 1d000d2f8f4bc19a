/// What a `DevicesSource` loaded, and what its next load needs to keep a version that a broken file replaced.
package struct LoadedDevices: Sendable {
    package let devices: Devices
    package let stamp: DevicesSource.Stamp
    /// Those of the folder, then those of `devices`.
    package let problems: [Problem]
    let versions: [String: Version]

    /// A file's last good rows, and the Unix seconds of its change.
    struct Version: Hashable {
        let file: DevicesFile
        let modified: Int
    }

    /// By path: each file's last good rows. A broken version's problems stand beside the rows of the good one.
    package var files: [String: DevicesFile] { versions.mapValues { $0.file } }
}
