import Glibc
import HookHost
import LinboModel
import LinuxKit

/// The devices.csv of all schools as they are on disk at one moment.
struct SchoolFiles {
    struct File {
        let path: String
        let bytes: [UInt8]
        let status: FileStatus
    }

    private(set) var files: [SchoolName: File] = [:]
    private(set) var census = DevicesCensus()

    /// 5,000 rows have about half a MiB.
    private static let sizeLimit = 64 << 20

    /// - Throws: `Refusal` if one of them is broken: a host in it may be the one that registers.
    init(_ source: DevicesSource) throws {
        for school in source.files() {
            // A symlink (to a directory under version control, say) stays one: the file that it leads to is replaced.
            guard let path = Self.realPath(school.path) else { throw SystemError("realpath", school.path) }
            let (bytes, status) = try FileBytes.read(path, limit: Self.sizeLimit)
            if let damage = Devices.parse(bytes, file: school.path, school: school.school).damage {
                throw Refusal("\(school.path) is broken: \(damage); the admin fixes it first")
            }
            files[school.school] = File(path: path, bytes: bytes, status: status)
            census.add(bytes, file: school.path, school: school.school)
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
