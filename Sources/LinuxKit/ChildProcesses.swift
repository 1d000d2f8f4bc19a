/// `/proc/PID/task/PID/children`, proc(5).
package enum ChildProcesses {
    /// - Returns: none, too, if there is no such process.
    package static func of(_ process: Int32) -> [Int32] {
        guard let bytes = ProcFile.read("/proc/\(process)/task/\(process)/children") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
}
