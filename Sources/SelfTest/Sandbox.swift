import Glibc

/// A network namespace with a bridge that has the server's address, and a cable to a PC. Production's ports and
/// addresses are not in it.
struct Sandbox: Sendable {
    static let bridge = "br0"
    static let cable = "tap0"

    let name: String
    /// For sockets, consoles and lists; goes with the sandbox.
    let directory: String

    private static let stem = "linbo-selftest-"

    static func open<Result>(
        _ network: TestNetwork, _ body: (Sandbox) async throws -> Result
    ) async throws -> Result {
        try await removeLeftovers()
        var template = Array("/tmp/linbo-selftest.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BootTestError("mkdtemp in /tmp: \(String(cString: strerror(errno)))")
        }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let sandbox = Sandbox(name: "\(stem)\(getpid())", directory: directory)
        do {
            try await sandbox.make(network)
            let result = try await body(sandbox)
            await sandbox.remove()
            return result
        } catch {
            await sandbox.remove()
            throw error
        }
    }

    /// A command line that runs another inside.
    func command(_ words: [String]) -> [String] { ["ip", "netns", "exec", name] + words }

    private func make(_ network: TestNetwork) async throws {
        try await Tool.run(["ip", "netns", "add", name])
        try await inside("link", "set", "lo", "up")
        // An address of its own: a bridge takes that of one of its ports, and another one when that PC is switched off.
        try await inside("link", "add", Self.bridge, "address", "52:54:00:77:00:01", "type", "bridge")
        try await inside("addr", "add", "\(network.server)/\(network.prefix)", "dev", Self.bridge)
        try await inside("link", "set", Self.bridge, "up")
        try await inside("tuntap", "add", Self.cable, "mode", "tap")
        try await inside("link", "set", Self.cable, "master", Self.bridge, "up")
    }

    private func inside(_ words: String...) async throws {
        try await Tool.run(["ip", "-n", name] + words)
    }

    /// Also when the task is cancelled.
    private func remove() async {
        let (name, directory) = (name, directory)
        await Task.detached {
            try? await Tool.run(["ip", "netns", "del", name])
            try? await Tool.run(["rm", "-r", directory])
        }.value
    }

    /// Of tests that were killed.
    private static func removeLeftovers() async throws {
        guard let directory = opendir("/run/netns") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(stem), let process = pid_t(name.dropFirst(stem.count)), kill(process, 0) != 0,
                errno == ESRCH
            else { continue }
            try await Tool.run(["ip", "netns", "del", name])
        }
    }
}
