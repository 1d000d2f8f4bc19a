import API
import ArgumentParser
import CommandLineKit
import Control
import Jobs
import Remote

/// Follows an order to its end: of one PC its output as it comes, of many each result as it comes.
struct RemoteWatch {
    private let options: CommonOptions
    private let number: Int64

    private static let interval = Duration.milliseconds(500)
    /// Of a PC that failed.
    private static let lastLines = 5

    init(_ options: CommonOptions, number: Int64) {
        (self.options, self.number) = (options, number)
    }

    /// - Throws: `ExitCode` 1 if it did not go well on all PCs.
    func run() async throws {
        var told: Set<Int64> = []
        var line: Int64 = 0
        while true {
            let pcs = try await options.ask(GetRemote(number: number), within: .seconds(60), quietly: true)
            let isOver = pcs.allSatisfy { $0.job.state.isOver }
            if !options.json {
                if pcs.count == 1, let pc = pcs.first {
                    line = try await showLines(of: pc.job.id, after: line)
                } else {
                    for pc in pcs where pc.job.state.isOver && told.insert(pc.job.id).inserted {
                        print(Self.sentence(pc))
                    }
                    Terminal.flush()
                }
            }
            if isOver { return try await finish(pcs) }
            try await Task.sleep(for: Self.interval)
        }
    }

    private func showLines(of job: Int64, after number: Int64) async throws -> Int64 {
        let lines = try await options.ask(GetJob(id: job, after: number), quietly: true).lines
        for line in lines { print(Output.printable(line.text)) }
        Terminal.flush()
        return lines.last?.n ?? number
    }

    private func finish(_ pcs: [GetRemote.PC]) async throws {
        let failed = pcs.filter { $0.job.state != .done }
        if !options.json, pcs.count > 1 {
            for pc in failed where !pc.steps.isEmpty {
                let lines = try await options.ask(GetJob(id: pc.job.id), quietly: true).lines.suffix(Self.lastLines)
                for line in lines { print("  \(pc.host): \(Output.printable(line.text))") }
            }
        }
        try end(pcs)
    }

    /// What became of it.
    func end(_ pcs: [GetRemote.PC]) throws {
        let failed = pcs.filter { $0.job.state != .done }
        if options.json {
            print(try Output.json(pcs))
        } else {
            print(
                Output.table(
                    ["host", "state", "steps", "remark"],
                    (failed.isEmpty || pcs.count == 1 ? pcs : failed).map { pc in
                        [
                            pc.host, pc.job.state.rawValue, pc.steps.map(Self.word).joined(separator: " "),
                            pc.job.note ?? "",
                        ]
                    }))
            let open = pcs.count { !$0.job.state.isOver }
            let words = open > 0 ? ", \(open) not over yet" : ""
            print("order \(number): \(pcs.count - failed.count) of \(pcs.count) done\(words)")
            if open == 0, !failed.isEmpty { print("`linboctl remote retry \(number)` has the others do it again") }
        }
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private static func sentence(_ pc: GetRemote.PC) -> String {
        "\(pc.host): \(pc.job.state.rawValue)\(pc.job.note.map { ": \(Output.printable($0))" } ?? "")"
    }

    private static func word(_ step: RemoteStep) -> String {
        let time = step.began.flatMap { began in step.ended.map { " \(($0 - began) / 1000) s" } } ?? ""
        return "\(Output.printable(step.command)) (\(step.state.rawValue)\(time))"
    }
}
