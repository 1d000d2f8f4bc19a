import API
package import ArgumentParser
import CommandLineKit
import Foundation
import Jobs
import LinuxKit

extension GrubImg: CommandProvider {
    /// `linboctl grub-img`.
    package static var command: any ParsableCommand.Type { GrubImgCommand.self }
}

/// `linboctl grub-img`.
struct GrubImgCommand: AsyncParsableCommand {
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

        @Option(name: .long, help: "A directory that gets the images, too.")
        var output: String?

        func run() async throws {
            let start = ContinuousClock.now
            let wanted = try await options.ask(BuildImages(targets: target.map { [$0] }, platform: platform))
            let job = try await options.wait(for: wanted.id, limit: .seconds(3600))
            guard job.state == .done, let result = job.result else {
                throw Failure("job \(job.id) is \(job.state.rawValue): \(job.note ?? "-")")
            }
            let rows = try APICoding.decoded([BuildImages.Image].self, from: Data(result.utf8))
            // By this program: the daemon sees neither homes nor /tmp.
            if let output { for row in rows { try Self.copy(row, to: output) } }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let failed = rows.filter { $0.problem != nil }
            try options.show(
                rows,
                (failed.map { "\($0.host): \(Output.Style.red.applied(to: $0.problem ?? ""))" } + [
                    "\(rows.count - failed.count) images of \(rows.count) PCs, \(rows.count { $0.isNew }) of them new, "
                        + String(format: "in %.1f s", seconds)
                ]).joined(separator: "\n"))
            if !failed.isEmpty { throw ExitCode(1) }
        }

        private static func copy(_ row: BuildImages.Image, to directory: String) throws {
            guard let path = row.path else { return }
            let bytes = try FileBytes.read(followingLinks: path, limit: 64 << 20)
            try AtomicFile.replace("\(directory)/\(row.file)", with: bytes, mode: 0o644)
        }
    }

    struct Reboots: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Kernels that PCs asked to boot once: what waits, or is uncertain.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        func run() async throws {
            let entries = try await options.ask(GetReboots(all: all))
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

    struct Again: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reboot-again", abstract: "Let a PC boot a kernel again, which it may have booted.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "The number in `grub-img reboots --all`.")
        var number: Int64

        @Option(name: .long, help: "Forget it if the PC has not booted by then: 10m, 12h.")
        var expires: Span?

        func run() async throws {
            let entry = try await options.ask(RepeatReboot(number: number, expires: expires?.description))
            try options.show(entry, "\(entry.host): \(entry.grub) \(entry.kernel) (number \(entry.id))")
        }
    }
}

extension Platform: ExpressibleByArgument {}
