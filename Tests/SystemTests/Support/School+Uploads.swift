import Foundation
import HookStore
import LinboHookd
import LinboModel
import Testing

extension Flags {
    /// `linbo_upload` (docs/linbo.md#what-is-uploaded).
    static let upload = [skip, "--progress", "-Ha", "--chmod=ug=rw,o=r", "--partial"]
}

extension School.Options {
    /// A school whose sets need not wait long.
    static func withUploads(plugins: String = "  []", uploads: String = "") -> School.Options {
        var options = School.Options()
        options.plugins = plugins
        // A test machine's disk may be nearly full.
        let kept = uploads.contains("iso-keep-free:") ? "" : "  iso-keep-free: 0\n"
        options.extra = "uploads:\n  settle: 300ms\n\(kept)\(uploads)"
        return options
    }
}

extension School {
    /// A client's file, outside the tree.
    func outbox(_ name: String) -> URL {
        directory.appendingPathComponent("outbox").appendingPathComponent(name)
    }

    private func uploadArguments(_ file: String, to path: String, as host: Int, _ options: [String]) -> [String] {
        ["--address=127.0.0.\(host + 1)", "--timeout=90"] + options
            + [outbox(file).path, "rsync://linbo@127.0.0.1:\(port)/linbo-upload/\(path)"]
    }

    /// As `linbo_upload` does it for one file.
    func push(
        _ file: String, to path: String, as host: Int, options: [String] = Flags.upload
    ) async throws -> CommandResult {
        try await Command.run(
            Programs.rsync, uploadArguments(file, to: path, as: host, options),
            environment: ["RSYNC_PASSWORD": Self.secret])
    }

    /// An upload that goes on while the test does something else; `--bwlimit` makes it last.
    func startPush(_ file: String, to path: String, as host: Int, options: [String]) throws -> Server {
        let server = try Server(
            Programs.rsync, uploadArguments(file, to: path, as: host, options),
            environment: ["RSYNC_PASSWORD": Self.secret], log: directory.appendingPathComponent("client-\(host).log"))
        servers.add(server)
        return server
    }

    /// The files of an image in the client's order: image, info, desc, hash, torrent; those that are there.
    func pushSet(_ image: String, as host: Int, suffixes: [String] = ["", ".info", ".desc", ".hash", ".torrent"])
        async throws
    {
        let base = image.split(separator: ".")[0]
        for suffix in suffixes where FileManager.default.fileExists(atPath: outbox(image + suffix).path) {
            let result = try await push(image + suffix, to: "images/\(base)/\(image)\(suffix)", as: host)
            guard result.status == 0 else { throw NeverCame(description: "\(image)\(suffix): \(result)") }
        }
    }

    /// A real qcow2 in the client's outbox, made by qemu-img.
    /// - Parameters:
    ///   - size: MiB of random bytes.
    ///   - time: its modification, seconds since 1970.
    @discardableResult
    func makeImage(_ name: String, size: Int = 2, time: Int = 1_790_000_000) async throws -> URL {
        let raw = outbox(name + ".raw")
        try FileManager.default.createDirectory(at: outbox(""), withIntermediateDirectories: true)
        try Data(randomBytes(size << 20)).write(to: raw)
        let image = outbox(name)
        try await qemuImage("convert", "-f", "raw", "-O", "qcow2", raw.path, image.path)
        try FileManager.default.removeItem(at: raw)
        try setTime(of: image, time)
        return image
    }

    func qemuImage(_ words: String...) async throws {
        let result = try await Command.run("/usr/bin/qemu-img", words)
        guard result.status == 0 else { throw NeverCame(description: "qemu-img \(words): \(result)") }
    }

    /// The least that is an ISO: a volume descriptor that names its size (ECMA-119), and bytes that differ.
    static func iso(size: Int, volume: Int? = nil) -> [UInt8] {
        let blocks = UInt32((volume ?? size) / 2048)
        var bytes = [UInt8](repeating: 0, count: size)
        for index in stride(from: 0, to: size, by: 509) { bytes[index] = UInt8.random(in: 0...255) }
        func put(_ values: [UInt8], at offset: Int) {
            bytes.replaceSubrange(32_768 + offset..<32_768 + offset + values.count, with: values)
        }
        put([1] + Array("CD001".utf8) + [1], at: 0)
        let number = (0..<4).map { UInt8(truncatingIfNeeded: blocks >> ($0 * 8)) }
        put(number + number.reversed(), at: 80)
        put([0, 8, 8, 0], at: 128)
        return bytes
    }

    func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes += $0 } }
        return Array(bytes.prefix(count))
    }

    func setTime(of file: URL, _ seconds: Int) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(seconds))], ofItemAtPath: file.path)
    }

    /// As `linbo_mkinfo` writes it.
    func makeInfo(_ image: String, timestamp: String, size: Int? = nil, extra: String = "") throws {
        let bytes = try size ?? Data(contentsOf: outbox(image)).count
        try write(
            "[\"\(image)\" Info File]\ntimestamp=\"\(timestamp)\"\nimage=\"\(image)\"\nimagesize=\"\(bytes)\"\n"
                + "partition=\"/dev/sda1\"\npartitionsize=\"52428800\"\n\(extra)",
            to: "outbox/\(image).info")
    }

    func live(_ name: String) -> String { "srv/images/\(name.split(separator: ".")[0])/\(name)" }

    func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appendingPathComponent(path)))
    }

    /// Waits until the live file is the client's, and the old set lies in its backup.
    func goesLive(_ name: String) async throws {
        let wanted = try bytes("outbox/\(name)")
        try await eventually("\(name) goes live") { (try? bytes(live(name))) == wanted }
        // It is written before the set is live, and removed when all is done.
        let journal = "srv/.linbo-hookd/uploads/swap/\(name.split(separator: ".")[0])/journal"
        try await eventually("\(name)'s old set is put away") { !exists(journal) }
    }

    /// The daemon's, as it tells it itself: another one after each start.
    func daemonProcess() async throws -> Int32 {
        let result = try await linboctl("status", "--json")
        return try JSONDecoder().decode(StatusReport.self, from: Data(result.output.utf8)).process
    }

    func status(of path: String) -> stat {
        var status = stat()
        lstat(directory.appendingPathComponent(path).path, &status)
        return status
    }

    func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.appendingPathComponent(path).path)) ?? [])
            .sorted()
    }

    /// The backups of an image.
    func backups(of base: String) -> [String] { names(in: "srv/images/\(base)/backups") }

    /// Nothing is left of uploads but the directories themselves.
    func uploadsAreDone() async throws {
        func left() -> [String] {
            ["sets", "due", "views", "partial"].flatMap { directory in
                internalNames(in: "uploads/\(directory)").map { "\(directory)/\($0)" }
            }
        }
        do {
            try await eventually("nothing waits to go live") { left().isEmpty }
        } catch {
            throw NeverCame(description: "\(error); left: \(left())")
        }
    }

    /// Pushes a set as pc01 that must not go live, expects the tree as it was, and discards it.
    func isQuarantined(
        _ image: String, because reason: String, suffixes: [String] = ["", ".info"]
    ) async throws {
        let before = try await fingerprint()
        try await pushSet(image, as: 1, suffixes: suffixes)
        try await eventually("\(image) is in quarantine") { !internalNames(in: "uploads/quarantine").isEmpty }
        try await uploadsAreDone()
        #expect(try await fingerprint() == before)
        let listed = try await linboctl("images", "quarantine", "list")
        #expect(listed.output.contains(reason) && listed.output.contains("pc01"), "\(listed)")
        let entries = try await audit().filter { $0.decision == .quarantined && $0.host == "pc01" }
        #expect(entries.contains { $0.reason?.contains(reason) == true }, "\(entries)")
        let entry = try #require(internalNames(in: "uploads/quarantine").first)
        let discarded = try await linboctl("images", "quarantine", "discard", entry)
        #expect(discarded.status == 0 && internalNames(in: "uploads/quarantine").isEmpty)
    }
}
