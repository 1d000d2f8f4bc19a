import Foundation
import Glibc
import LinboModel
import LinuxKit
import Synchronization
import Testing

@testable import ImageStore

/// A LINBO tree in a temporary directory.
final class Lab: Sendable {
    let root: String
    let work: String

    /// - Parameter inMemory: for tests that go through it hundreds of times; else it is on the disk.
    init(inMemory: Bool = false) throws {
        let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/linbo-images-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        work = root + "/.linbo-hookd"
        mkdir(root + "/images", 0o755)
        mkdir(root + "/arrived", 0o755)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func store(_ disk: Disk = Disk(), patience: Duration = .seconds(10)) -> ImageStore {
        ImageStore(root: root, work: work, patience: patience, disk: disk)
    }

    /// Publishes what has arrived.
    func publish(_ disk: Disk = Disk()) -> Result<Swapped, ImageStoreError> {
        Result { () throws(ImageStoreError) in try store(disk).swap(Self.image, from: path("arrived")) }
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
        try FileManager.default.createDirectory(
            atPath: Place.parent(of: path(name)), withIntermediateDirectories: true)
        // Foundation's own writing has no O_CLOEXEC, and a child of another test would keep the file in use.
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        chmod(path(name), mode)
    }

    func read(_ name: String) -> String? {
        FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    func names(_ directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(directory))) ?? []).sorted()
    }

    func exists(_ name: String) -> Bool { FileStatus(at: path(name)) != nil }

    func status(_ name: String) throws -> FileStatus { try #require(FileStatus(at: path(name))) }

    /// All files below a directory with what they hold, links by where they lead.
    func content(_ directory: String) -> [String: String] {
        var content: [String: String] = [:]
        for name in names(directory) {
            let path = "\(directory)/\(name)"
            guard let status = FileStatus(at: self.path(path)) else { continue }
            if status.isDirectory {
                for (deeper, text) in self.content(path) { content["\(name)/\(deeper)"] = text }
            } else if status.isSymlink {
                content[name] =
                    "-> " + ((try? FileManager.default.destinationOfSymbolicLink(atPath: self.path(path))) ?? "")
            } else {
                content[name] = read(path) ?? ""
            }
        }
        return content
    }

    static func info(_ image: String, _ timestamp: String, size: Int) -> String {
        "[\"\(image)\" Info File]\ntimestamp=\"\(timestamp)\"\nimage=\"\(image)\"\nimagesize=\"\(size)\"\n"
    }

    /// An image and what belongs to it; its bytes are `text`.
    func makeSet(
        _ image: String, in directory: String, text: String, timestamp: String,
        suffixes: [String] = SetNames.sidecars
    ) throws {
        try write(text, to: "\(directory)/\(image)")
        for suffix in suffixes {
            let body = suffix == ".info" ? Self.info(image, timestamp, size: text.utf8.count) : text + suffix
            try write(body, to: "\(directory)/\(image)\(suffix)", mode: suffix == ".macct" ? 0o600 : 0o644)
        }
    }

    /// A school's directory: image, difference, scripts, and what else admins put there.
    func makeSchool() throws {
        let directory = "images/win11"
        try makeSet("win11.qcow2", in: directory, text: "old image", timestamp: "202601010800")
        try makeSet(
            "win11.qdiff", in: directory, text: "old diff", timestamp: "202602020900", suffixes: [".info", ".desc"])
        try write("reg", to: "\(directory)/win11.reg")
        try write("post", to: "\(directory)/win11.qcow2.postsync", mode: 0o755)
        try write("notes", to: "\(directory)/notes of the admin.txt")
        try write("bak", to: "\(directory)/win11.qcow2.BAK")
        try write("sub", to: "\(directory)/sub/file")
        try write("older", to: "\(directory)/backups/202501010000/win11.qcow2")
        symlink("win11.reg", path("\(directory)/link"))
        try makeSet(
            "win11.qcow2", in: "arrived", text: "new image", timestamp: "202603031000",
            suffixes: [".info", ".desc", ".torrent"])
    }

    static let image = name("win11.qcow2")
    static let difference = name("win11.qdiff")

    static func name(_ text: String) -> ImageName {
        guard let name = ImageName(text) else { preconditionFailure("\(text) is no name of an image") }
        return name
    }
}

/// Counts changes of the disk, and lets one of them go wrong.
final class Saboteur: Sendable {
    private let state = Mutex<(count: Int, calls: [String])>((0, []))
    let failing: Int?
    let code: Int32?
    let hasExchange: Bool

    /// - Parameters:
    ///   - failing: which change, from 0 on; nil: none.
    ///   - code: with which `errno`; nil: everything stops there, as by a power cut.
    init(failing: Int? = nil, code: Int32? = nil, hasExchange: Bool = true) {
        self.failing = failing
        self.code = code
        self.hasExchange = hasExchange
    }

    var count: Int { state.withLock { $0.count } }
    var calls: [String] { state.withLock { $0.calls } }

    var disk: Disk {
        Disk(probe: { call, path throws(ImageStoreError) in
            let number = self.state.withLock { state in
                state.count += 1
                state.calls.append("\(call) \(path)")
                return state.count - 1
            }
            if let failing = self.failing {
                if let code = self.code {
                    if number == failing { throw ImageStoreError.failed(call, path, code: code) }
                } else if number >= failing {
                    throw ImageStoreError(.stopped, path, "stopped at \(call)", fix: "none")
                }
            }
            if call == "exchange" && !self.hasExchange { throw ImageStoreError.failed(call, path, code: EINVAL) }
        })
    }
}
