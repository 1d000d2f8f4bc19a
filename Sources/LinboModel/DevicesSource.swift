/// The devices.csv of all schools below a directory: `default-school/devices.csv` and `<school>/<school>.devices.csv`
/// (docs/linbo.md#names-and-places). Asks the disk each time; whoever holds a `LoadedDevices` compares `stamp()` and
/// loads again if it differs.
package struct DevicesSource: Sendable {
    /// Such as `/etc/linuxmuster/sophomorix` (docs/linbo.md#names-and-places).
    package let directory: String
    /// Where problems with the directory can be fixed.
    let place: SourceLocation

    /// - Parameter place: where the directory is set; nil: the directory itself.
    package init(directory: String, named place: SourceLocation? = nil) {
        self.directory = directory
        self.place = place ?? SourceLocation(file: directory, line: 1)
    }

    /// A school and its file.
    package struct SchoolFile: Sendable, Hashable {
        /// `directory` and, below it, the school's directory and file.
        package let path: String
        /// By the name of its directory.
        package let school: SchoolName
    }

    /// The state of all files on disk. Equal stamps: nothing to load.
    package struct Stamp: Sendable, Hashable {
        struct Entry: Hashable {
            let file: SchoolFile
            let state: State
        }

        enum State: Hashable {
            case present(FileStamp)
            /// The school's directory is there, the file is not.
            case absent
            /// It was there and could not be read. Equals nothing on disk, so that the next look tries again.
            case unread
        }

        /// The default school first, then by name.
        var entries: [Entry]
        let directoryError: FileError?
    }

    /// Whether something is gone or broken, so that an earlier version would help.
    package func isLacking(_ loaded: LoadedDevices) -> Bool {
        let files = stamp().entries.map(\.file.path)
        return loaded.stamp.directoryError != nil
            || files.contains { path in
                loaded.files[path].map { $0.hosts.isEmpty || $0.damage != nil } ?? true
            }
    }

    /// The files that schools have or should have.
    package func expectedFiles() -> [SchoolFile] { stamp().entries.map(\.file) }

    /// The files that are there, the default school's first.
    package func files() -> [SchoolFile] {
        stamp().entries.filter { $0.state != .absent }.map { $0.file }
    }

    /// The state on disk, by `readdir` and `stat` only.
    package func stamp() -> Stamp {
        do throws(FileError) {
            let directory = try Directory(directory)
            let schools = directory.subdirectories().compactMap { SchoolName($0) }.sorted(by: Self.isBefore)
            return Stamp(entries: schools.map { entry($0, in: directory) }, directoryError: nil)
        } catch {
            return Stamp(entries: [], directoryError: error)
        }
    }

    private func entry(_ school: SchoolName, in open: borrowing Directory) -> Stamp.Entry {
        let name = school == .default ? "\(school)/devices.csv" : "\(school)/\(school).devices.csv"
        let state = open.stamp(name).map { Stamp.State.present($0) }
        return Stamp.Entry(file: SchoolFile(path: "\(directory)/\(name)", school: school), state: state ?? .absent)
    }

    private static func isBefore(_ left: SchoolName, _ right: SchoolName) -> Bool {
        guard left != .default, right != .default else { return left == .default && right != .default }
        return left.text < right.text
    }
}
