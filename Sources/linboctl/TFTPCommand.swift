import ArgumentParser
import CommandLineKit
import Control
import Foundation
import LinboHookd
import TFTPTransport

struct TFTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tftp",
        abstract: "TFTP transfers that run now, and how well each client's packets arrive.",
        discussion: "A client that more than one in a hundred packets must be sent to again has a bad cable or port.")

    @OptionGroup var options: CommonOptions

    @Option(name: .long, help: "At most so many clients, the worst first.")
    var limit = 20

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit wants a number from 1 on") }
    }

    func run() async throws {
        let report = try await options.ask(GetTFTP())
        guard report.counters != nil else {
            throw Failure("tftp.listen in \(options.config) is empty: TFTP is off")
        }
        try options.show(report, report.text(limit: limit))
    }
}

extension TFTPReport {
    func text(limit: Int) -> String {
        let counts = counters.map {
            "\($0.requests) requests since the start, \($0.misses) for names that are not there, \($0.throttled) over a limit, "
                + "\($0.malformed) malformed, \($0.unanswered) unanswered, \($0.strays) stray packets"
        }
        let running =
            transfers.isEmpty
            ? "no transfer runs"
            : Output.table(
                ["host", "path", "sent", "of", "", "a second", "left", "sent again", "options"],
                transfers.sorted { $0.seconds > $1.seconds }.map(\.row))
        let shown = Array(clients.prefix(limit))
        let figures =
            shown.isEmpty
            ? []
            : [
                "",
                Output.table(
                    ["client", "transfers", "failed", "packets", "sent again", "rate"], shown.map(\.row),
                    isBad: { shown[$0].retransmissionRate > 0.01 }),
            ]
        return ([counts, "", running].compactMap { $0 } + figures).joined(separator: "\n")
    }
}

extension TransferSnapshot {
    fileprivate var row: [String] {
        let rate = seconds > 0 ? Double(sent) / seconds : 0
        let left = rate > 0 ? Double(size - sent) / rate : nil
        return [
            host ?? address, path, Output.size(sent), Output.size(size),
            size > 0 ? "\(sent * 100 / size) %" : "-", Output.size(Int64(rate)),
            left.map { String(format: "%.0f s", $0) } ?? "-", "\(retransmissions)", options,
        ]
    }
}

extension AdmissionControl.Figures {
    fileprivate var row: [String] {
        [
            address, "\(transfers)", "\(failed)", "\(blocks)", "\(retransmissions)",
            String(format: "%.2f %%", retransmissionRate * 100),
        ]
    }
}
