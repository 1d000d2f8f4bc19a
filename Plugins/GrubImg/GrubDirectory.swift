import Crypto
import Foundation
import Glibc
import HookHost
import LinuxKit
import Synchronization

/// Debian's GRUB on this server: which modules a platform has and needs, and what they are.
final class GrubDirectory: Sendable {
    /// What an image is made of besides its configuration.
    struct Parts: Sendable {
        let platform: Platform
        /// The platform's, absolute.
        let directory: String
        /// Those to name to grub-mkimage; their dependencies it finds by itself.
        let modules: [String]
        /// Of grub-mkimage and all files that come into the image: another GRUB gives another image.
        let digest: [UInt8]
    }

    private struct Known {
        let files: [String]
        let stamps: [FileIdentity?]
        let parts: Parts
    }

    private struct Key: Hashable {
        let platform: Platform
        let extra: [String]
        /// By the menu.
        let needed: [String]
    }

    let root: String
    let program: String
    private let known = Mutex<[Key: Known]>([:])
    private let tried = Mutex<(stamp: FileIdentity?, failure: String?)?>(nil)

    /// A module has some ten kilobytes, kernel.img a hundred.
    private static let sizeLimit = 16 << 20

    private static let versionLimit = Duration.seconds(5)

    init(root: String, program: String) {
        self.root = root
        self.program = program
    }

    func directory(of platform: Platform) -> String { "\(root)/\(platform.rawValue)" }

    func has(_ platform: Platform) -> Bool { FileIdentity(ofFileAt: "\(directory(of: platform))/kernel.img") != nil }

    var hasProgram: Bool { FileIdentity(ofFileAt: program) != nil }

    /// Why grub-mkimage does not even tell its version; nil if it does. Tried once for each version of its file.
    var programFailure: String? {
        let stamp = FileIdentity(ofFileAt: program)
        return tried.withLock { tried in
            if let tried, tried.stamp == stamp { return tried.failure }
            var failure: String?
            do {
                try ToolRun(program: program, arguments: ["--version"]).run(within: Self.versionLimit)
            } catch {
                failure = "\(error)"
            }
            tried = (stamp, failure)
            return failure
        }
    }

    /// What keeps images of a platform from being made; nil if nothing.
    private func obstacle(_ platform: Platform) -> String? {
        guard hasProgram else {
            return "\(program) is not there: apt-get install grub-common"
        }
        guard has(platform) else {
            return "GRUB for \(platform.rawValue) is not installed: apt-get install \(platform.package)"
        }
        return nil
    }

    /// - Parameters:
    ///   - extra: modules besides the platform's own; one that is not there is an error.
    ///   - menu: whose commands must be there, too, as far as GRUB has them.
    /// - Throws: `ImageFailure`, `SystemError`.
    func parts(_ platform: Platform, extra: [String], menu: String = "") throws -> Parts {
        if let obstacle = obstacle(platform) { throw ImageFailure(obstacle) }
        let needed = menu.isEmpty ? [] : try commands(of: platform).needed(by: menu)
        let key = Key(platform: platform, extra: extra, needed: needed)
        let directory = directory(of: platform)
        if let known = known.withLock({ $0[key] }), known.files.map({ FileIdentity(ofFileAt: $0) }) == known.stamps {
            return known.parts
        }
        let available = Set(try dependencies(in: directory).keys)
        for module in extra where !available.contains(module) {
            throw ImageFailure("module \(module) is not in \(directory): take it out of `modules`")
        }
        let usual = platform.modules + extra
        let modules = (usual + needed.filter { !usual.contains($0) }).filter { available.contains($0) }
        let files = try closure(of: modules, in: directory, platform)
        let stamps = files.map { FileIdentity(ofFileAt: $0) }
        let parts = Parts(platform: platform, directory: directory, modules: modules, digest: try digest(of: files))
        known.withLock { $0[key] = Known(files: files, stamps: stamps, parts: parts) }
        return parts
    }

    // MARK: Files

    private func closure(of modules: [String], in directory: String, _ platform: Platform) throws -> [String] {
        let needs = try dependencies(in: directory)
        var found: Set<String> = []
        var open = modules
        while let module = open.popLast() {
            if found.insert(module).inserted { open += needs[module] ?? [] }
        }
        return [program] + platform.parts.map { "\(directory)/\($0)" } + found.sorted().map { "\(directory)/\($0).mod" }
    }

    /// `moddep.lst`: `module: those that it needs`.
    private func dependencies(in directory: String) throws -> [String: [String]] {
        let bytes = try FileBytes.read(followingLinks: "\(directory)/moddep.lst", limit: Self.sizeLimit)
        var needs: [String: [String]] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            needs[String(line[..<colon])] = line[line.index(after: colon)...].split(separator: " ").map(String.init)
        }
        return needs
    }

    private func commands(of platform: Platform) throws -> MenuCommands {
        let bytes = try FileBytes.read(
            followingLinks: "\(directory(of: platform))/command.lst", limit: Self.sizeLimit)
        return MenuCommands(list: String(decoding: bytes, as: UTF8.self))
    }

    private func digest(of files: [String]) throws -> [UInt8] {
        var hash = SHA256()
        for file in files {
            let bytes = try FileBytes.read(followingLinks: file, limit: Self.sizeLimit)
            let name = file.split(separator: "/").last ?? ""
            hash.update(data: Array("\(name) \(bytes.count)\n".utf8))
            hash.update(data: bytes)
        }
        return Array(hash.finalize())
    }
}

/// Why there is no image, with the fix.
struct ImageFailure: Error, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
