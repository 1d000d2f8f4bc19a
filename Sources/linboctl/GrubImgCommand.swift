import ArgumentParser
import Foundation
import GrubImg
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel
import LinuxKit

struct GrubImgCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grub-img", abstract: "GRUB images of PCs, and kernels that they boot once.",
        subcommands: [Build.self, Reboots.self, Again.self])

    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the images of PCs now, which else are made when they are asked for.",
            discussion: "What is there and still right is left as it is. Exit status 0: all are there; 1: one is not.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "A host, group:NAME or room:NAME; without it all that boot over the network.")
        var target: String?

        @Option(
            name: .long,
            help:
                "\(Platform.allCases.map(\.rawValue).joined(separator: ", ")); without it the group's SystemType decides."
        )
        var platform: Platform?

        @Option(name: .long, help: "A folder that gets the images, too.")
        var output: String?

        struct Row: Encodable {
            let host: String
            let file: String
            let bytes: Int64?
            /// Made now, and not there already.
            let isNew: Bool
            let problem: String?
        }

        func run() async throws {
            let assembly = try options.assembly(try options.load(), store: nil)
            _ = try assembly.plugin(GrubImg.self)
            let hosts = try target.map { try Targets([$0]).all(in: assembly) } ?? assembly.hosts.devices.hosts
            let wanted = target == nil ? hosts.filter { $0.pxe != 0 } : hosts
            let clock = ContinuousClock()
            let start = clock.now
            let rows = await rows(wanted, assembly)
            let seconds = (clock.now - start).seconds
            let failed = rows.filter { $0.problem != nil }
            try options.show(
                rows,
                (failed.map { "\($0.host): \(Output.Style.red.applied(to: $0.problem ?? ""))" } + [
                    "\(rows.count - failed.count) images of \(rows.count) PCs, \(rows.count { $0.isNew }) of them new, "
                        + String(format: "in %.1f s", seconds)
                ]).joined(separator: "\n"))
            if !failed.isEmpty { throw ExitCode(1) }
        }

        /// In the order of the hosts; the plugin itself bounds how many are made at once.
        private func rows(_ hosts: [LinboModel.Host], _ assembly: Assembly) async -> [Row] {
            await withTaskGroup(of: (Int, Row).self) { group in
                for (index, host) in hosts.enumerated() { group.addTask { (index, await row(host, assembly)) } }
                var rows: [Int: Row] = [:]
                for await (index, row) in group {
                    rows[index] = row
                    Self.tell("\(rows.count) of \(hosts.count)")
                }
                Self.tell("")
                return rows.sorted { $0.key < $1.key }.map(\.value)
            }
        }

        private func row(_ host: LinboModel.Host, _ assembly: Assembly) async -> Row {
            let name = "\(host.name.lowercased)\(platform?.imageSuffix ?? ".img")"
            func row(_ file: TreeFile?, isNew: Bool = false, _ problem: String? = nil) -> Row {
                Row(
                    host: host.name.description, file: name, bytes: file?.status.size, isNew: isNew, problem: problem)
            }
            do {
                let path = try TreePath("boot/grub/hostcfg/\(name)")
                let ready = try await file(path, host, assembly, intent: .probe)
                var image = ready
                if image == nil { image = try await file(path, host, assembly, intent: .fetch) }
                guard let image else { return row(nil, "no image") }
                if let output {
                    let bytes = try FileBytes.read(followingLinks: image.absolutePath, limit: 64 << 20)
                    try AtomicFile.replace("\(output)/\(name)", with: bytes, mode: 0o644)
                }
                return row(image, isNew: ready == nil)
            } catch let missing as Missing {
                return row(nil, missing.reason)
            } catch {
                return row(nil, "\(error)")
            }
        }

        private struct Missing: Error {
            let reason: String
        }

        /// As the host would get it over TFTP.
        private func file(
            _ path: TreePath, _ host: LinboModel.Host, _ assembly: Assembly, intent: Intent
        ) async throws -> TreeFile? {
            guard let address = host.address ?? IPAddress("0.0.0.0") else { return nil }
            let client = Client(address: address, host: host, recognition: .address(host.source))
            let answer = try await assembly.runtime.resolveFollowingLinks(
                Request(
                    client: client, over: .tftp, path: path, intent: intent,
                    connection: ConnectionID(process: getpid(), started: 0)))
            switch answer.content {
            case .file(let file): return file
            case .nothing(let absence) where intent == .fetch: throw Missing(reason: absence.description)
            default: return nil
            }
        }

        private static func tell(_ text: String) {
            guard isatty(STDERR_FILENO) == 1 else { return }
            FileHandle.standardError.write(Data("\r\(text)\u{1B}[K".utf8))
        }
    }

    struct Reboots: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Kernels that PCs asked to boot once: what waits, or is uncertain.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        func run() throws {
            let store = try Store(reading: try options.load().state)
            try store.reboots.settle(now: UnixTime.now())
            let entries = try store.reboots.list(all: all)
            try options.show(
                entries,
                Output.table(
                    ["number", "host", "partition", "kernel", "initrd", "options", "state", "asked"],
                    entries.map { entry in
                        [
                            "\(entry.id)", entry.host, entry.grub, entry.kernel, entry.initrd, entry.append,
                            entry.state.rawValue, Output.time(milliseconds: entry.created * 1000),
                        ]
                    }))
        }
    }

    struct Again: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reboot-again", abstract: "Let a PC boot a kernel again, which it may have booted.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "The number in `grub-img reboots --all`.")
        var number: Int64

        @Option(name: .long, help: "Forget it if the PC has not booted by then: 10m, 12h.")
        var expires: Span?

        func run() throws {
            let store = try Store(reading: try options.load().state)
            guard let old = try store.reboots.entry(number) else { throw Failure("no reboot has the number \(number)") }
            guard old.state != .waiting, old.state != .opened else { throw Failure("reboot \(number) waits already") }
            let now = UnixTime.now()
            let id = try store.reboots.set(
                host: old.host, old.request, expires: now + (expires?.duration.milliseconds ?? 600_000) / 1000, now: now
            )
            let entry = try store.reboots.entry(id)
            try options.show(entry, "\(old.host): \(old.grub) \(old.kernel) (number \(id))")
        }
    }
}

extension Platform: ExpressibleByArgument {}
