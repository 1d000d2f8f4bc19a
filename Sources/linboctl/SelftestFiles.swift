import ArgumentParser
import CommandLineKit
import Foundation
import HookHost
import LinboHookd
import LinboModel
import LinuxKit
import Programs

/// `linboctl selftest rsync|tftp`: what a PC would get from the servers that run here.
extension Selftest {
    struct Rsync: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rsync", abstract: "Pull a file of each kind from the running rsyncd, as a client does.")

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "The server's address.")
        var server = "127.0.0.1"

        @Option(name: .long, help: "rsyncd's port.")
        var port = 873

        func run() async throws {
            let probe = RsyncProbe(server: server, port: port)
            try await FileTest(options).run("rsyncd on \(server):\(port)") { path throws(ProbeFailure) in
                try await probe.fetch(path)
            }
        }
    }

    struct TFTP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tftp", abstract: "Fetch a file of each kind from the running TFTP server, as firmware does.")

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "The server's IPv4 address.")
        var server = "127.0.0.1"

        @Option(name: .long, help: "The server's port.")
        var port: UInt16 = 69

        func run() async throws {
            guard let address = IPAddress(server), address.isIPv4 else {
                throw ValidationError("--server wants an IPv4 address")
            }
            let probe = TFTPProbe(address, port)
            try await FileTest(options).run("TFTP on \(server):\(port)") { path throws(ProbeFailure) in
                try probe.fetch(path)
            }
        }
    }
}

/// Why a file did not come, with the fix where it is known.
struct ProbeFailure: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

/// Fetches files that are the same for all, and holds them against the tree.
private struct FileTest {
    private let options: CommonOptions
    private let assembly: Assembly

    private struct Row: Encodable {
        let path: String
        let problem: String?
    }

    /// Larger ones tell nothing more.
    private static let sizeLimit = 64 << 20

    init(_ options: CommonOptions) throws {
        self.options = options
        assembly = try options.assembly()
    }

    func run(_ whom: String, _ fetch: (TreePath) async throws(ProbeFailure) -> [UInt8]) async throws {
        let files = files()
        guard !files.isEmpty else { throw Failure("the tree \(assembly.config.linbo.root) has nothing to try") }
        var rows: [Row] = []
        for path in files { rows.append(Row(path: path.text, problem: await problem(path, fetch))) }
        let failed = rows.filter { $0.problem != nil }
        try options.show(
            rows,
            (rows.map { "\($0.path): \($0.problem.map { Output.Style.red.applied(to: $0) } ?? "right")" } + [
                failed.isEmpty
                    ? "\(whom) serves what the tree has"
                    : "\(whom): \(failed.count) of \(rows.count) files did not come as the tree has them"
            ]).joined(separator: "\n"))
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func problem(_ path: TreePath, _ fetch: (TreePath) async throws(ProbeFailure) -> [UInt8]) async -> String? {
        let got: [UInt8]
        do throws(ProbeFailure) { got = try await fetch(path) } catch { return error.text }
        guard
            let wanted = try? FileBytes.read(followingLinks: assembly.config.tree.absolute(path), limit: Self.sizeLimit)
        else { return nil }
        return got == wanted ? nil : "\(got.count) bytes came that differ from the tree's \(wanted.count)"
    }

    /// One of each kind that is there, and that no plugin makes for one client.
    private func files() -> [TreePath] {
        let tree = assembly.config.tree
        let groups = assembly.hosts.devices.hosts.filter { $0.pxe != 0 }.map { "start.conf.\($0.group)" }
        let images = (try? TreePath("images")).map { directory in
            tree.names(in: directory).flatMap { base in
                tree.names(in: directory.appending(base)).filter { $0.hasSuffix(".info") }.map {
                    "images/\(base)/\($0)"
                }
            }
        }
        let kinds = [groups, ["linbo64"], ["linbofs64"], ["linbofs64.md5"], ["boot/grub/grub.cfg"], images ?? []]
        return kinds.compactMap { paths in
            paths.lazy.compactMap { try? TreePath($0) }.first { path in
                assembly.runtime.claimants(of: path).isEmpty
                    && FileStatus(followingLinks: tree.absolute(path)).map {
                        $0.kind == .regular && $0.size <= Int64(Self.sizeLimit)
                    } ?? false
            }
        }
    }
}

/// A stock rsync client.
private struct RsyncProbe {
    let server: String
    let port: Int

    private static let limit = Duration.seconds(60)

    func fetch(_ path: TreePath) async throws(ProbeFailure) -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.path + "/linboctl-\(UUID().uuidString)"
        guard mkdir(directory, 0o700) == 0 else { throw ProbeFailure("\(SystemError("mkdir", directory))") }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let host = server.contains(":") ? "[\(server)]" : server
        let arguments = [
            "-L", "--timeout=20", "--contimeout=10", "rsync://\(host):\(port)/linbo/\(path)", "\(directory)/file",
        ]
        let failure: String?
        do throws(ProgramFailure) {
            let outcome = try await Program.run(["rsync"] + arguments, limit: Self.limit, outputLimit: 1 << 16)
            failure = outcome.isSuccess ? nil : outcome.output
        } catch {
            failure = "\(error)"
        }
        if let failure { throw Self.explained(failure) }
        do { return try FileBytes.read("\(directory)/file", limit: 64 << 20).bytes } catch {
            throw ProbeFailure("\(error)")
        }
    }

    /// What rsync says, and what it usually is.
    private static func explained(_ text: String) -> ProbeFailure {
        let first = printable(text.split(separator: "\n").prefix(3).joined(separator: " "), most: sentenceLimit)
        let known = [
            ("Connection refused", "rsyncd does not run: systemctl start rsync"),
            ("Unknown module", "rsyncd has no module [linbo]: include what `linboctl rsyncd-conf` prints"),
            ("early exec", "the hooks and the module do not fit each other: `linboctl check` names the line"),
            ("did not see server greeting", "rsyncd can't read its configuration: journalctl -u rsync"),
            ("max connections", "all places are taken: rsync.max-connections"),
        ]
        let fix = known.first { text.contains($0.0) }.map { "; \($0.1)" } ?? ""
        return ProbeFailure(first + fix)
    }
}
