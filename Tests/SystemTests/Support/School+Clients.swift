import Foundation

/// The options that LINBO clients give rsync (docs/linbo.md#options-of-downloads).
enum Flags {
    /// `S`: what is compressed already.
    static let skip =
        "--skip-compress=/7z/arc/arj/bz2/cab/cloop/gz/iso/jpg/lz/lzma/lzo/png/qcow2/qdiff/rar/tgz/xz/zip/zst"
    /// F1, `linbo_download`.
    static let download = [skip, "-HaLz", "--partial", "--progress"]
    /// F2, the probe.
    static let probe = [skip, "-HaLz", "--dry-run"]
    /// F3, triggers.
    static let trigger: [String] = []
    /// F4, single files.
    static let follow = [skip, "-L"]
    /// F5, directories.
    static let mirror = [skip, "-a", "--delete"]
    /// The same for `linuxmuster-win/`.
    static let windows = [skip, "-a", "--exclude=*.ex", "--delete", "--delete-excluded"]
}

extension School {
    /// A client whose path need not be text. A shell holds it, as `Process` takes text only.
    func pull(
        bytes path: [UInt8], as host: Int, options: [String] = [], into inbox: String? = nil
    ) async throws -> CommandResult {
        let address = "127.0.0.\(host + 1)"
        let target = self.inbox(inbox ?? address)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let name = "asked-\(UUID().uuidString)"
        try write(path, to: name)
        // The dot keeps the shell from taking newlines off the end.
        let script =
            "asked=$(cat \"$1\"; printf .); source=$2${asked%.}; target=$3; shift 3; exec \"$@\" \"$source\" \"$target\""
        return try await Command.run(
            "/bin/sh",
            [
                "-c", script, "sh", directory.appendingPathComponent(name).path, "rsync://127.0.0.1:\(port)/linbo/",
                target.path + "/", Programs.rsync, "--address=\(address)", "--timeout=90",
            ] + options)
    }

    /// A pull that lies in its view and does not come to its end before it is stopped.
    /// - Parameter base: where views are, below the school's directory.
    func heldPull(_ path: String, as host: Int, base: String = "srv/.linbo-hookd") async throws -> Server {
        let large = "tmp/held-\(UUID().uuidString).qcow2"
        try write([UInt8](repeating: 7, count: 1 << 20), to: "srv/\(large)")
        let client = try startPull([path, large], as: host, options: ["--bwlimit=16", "--no-compress"])
        let place = "\(base)/views/127.0.0.\(host + 1)/\(path)"
        try await eventually("\(place) is there: \(client.logged)") {
            if client.hasEnded { throw NeverCame(description: "the pull ended: \(client.logged)") }
            return self.exists(place)
        }
        return client
    }

    /// All files that a client has received, by path below its inbox.
    func inboxFiles(of host: Int, into inbox: String? = nil) throws -> [String: [UInt8]] {
        let base = self.inbox(inbox ?? "127.0.0.\(host + 1)")
        var files: [String: [UInt8]] = [:]
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: base.path)) ?? [] {
            let url = base.appendingPathComponent(path)
            let kind = try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
            if kind == .typeRegular { files[path] = Array(try Data(contentsOf: url)) }
        }
        return files
    }

    /// The received files that hold a text.
    func received(holding text: String, by host: Int, into inbox: String? = nil) throws -> [String] {
        try inboxFiles(of: host, into: inbox).filter { Data($0.value).range(of: Data(text.utf8)) != nil }.keys.sorted()
    }

    /// When a received file was modified, in seconds.
    func receivedTime(_ name: String, by host: Int, into inbox: String? = nil) -> Int {
        var status = stat()
        stat(self.inbox(inbox ?? "127.0.0.\(host + 1)").appendingPathComponent(name).path, &status)
        return status.st_mtim.tv_sec
    }

    /// Waits until all connections are over, `post` included.
    func settled() async throws {
        try await Rsyncd.settle("\(tree.path)/.linbo-hookd")
    }

    /// What lies in a directory of the server's own.
    func internalNames(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(tree.path)/.linbo-hookd/\(directory)")) ?? []
    }
}

/// Does the work for each number, so many at once: enough to keep the cores busy, and rsync's own waits cost nothing.
func together(_ count: Int, at once: Int = 8, _ work: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<count {
            if number >= once { try await group.next() }
            group.addTask { try await work(number) }
        }
        try await group.waitForAll()
    }
}
