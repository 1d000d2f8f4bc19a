import Foundation

extension School {
    /// rsyncd's temporary file of what a client uploads.
    private func temporary(_ address: String, _ path: String) -> String? {
        let parts = path.split(separator: "/")
        let directory = (["uploads", "views", address] + parts.dropLast().map(String.init)).joined(separator: "/")
        return internalNames(in: directory).first { $0.hasPrefix(".\(parts.last ?? "").") }.map {
            "srv/.linbo-hookd/\(directory)/\($0)"
        }
    }

    func hasTemporary(_ address: String, _ path: String = "images/win11/win11.qcow2") -> Bool {
        temporarySize(address, path) > 0
    }

    func temporarySize(_ address: String, _ path: String = "images/win11/win11.qcow2") -> Int {
        temporary(address, path).map { Int(status(of: $0).st_size) } ?? 0
    }

    /// A process and all that it started, without a chance to clear up.
    static func killTree(_ process: Int32) {
        kill(process, SIGSTOP)
        for child in children(of: process) { killTree(child) }
        kill(process, SIGKILL)
    }

    private static func children(of process: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { child in
            guard let stat = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { return false }
            return stat[end...].split(separator: " ").dropFirst(2).first.flatMap { Int32($0) } == process
        }
    }

    func uploadConnections(of address: String) throws -> [Int32] {
        internalNames(in: "uploads/live/\(address)").filter { $0.contains("@") }
            .compactMap { $0.split(separator: "@").first.flatMap { Int32($0) } }
    }
}
