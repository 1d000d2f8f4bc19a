import Foundation
import Glibc
import HookTesting
import LinuxKit
import Programs
import Testing

/// Other programs, run to their end or to ours.
@Suite final class ProgramTests: Sendable {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-programs-\(UUID().uuidString)"

    init() throws { try FileTree.makeDirectory(directory, mode: 0o700) }

    deinit { FileTree.remove(directory) }

    private func sh(
        _ script: String, _ variables: Program.Variables = .inherited(), limit: Duration = .seconds(600),
        outputLimit: Int = 1 << 20
    ) async throws(ProgramFailure) -> Program.Outcome {
        try await Program.run(["/bin/sh", "-c", script], variables, limit: limit, outputLimit: outputLimit)
    }

    /// What a script has noted as its process; nil: nothing yet.
    private func noted() -> pid_t? {
        (try? String(contentsOfFile: "\(directory)/pid", encoding: .utf8)).flatMap { pid_t($0.dropLast()) }
    }

    private func cause(_ body: () async throws(ProgramFailure) -> Void) async -> ProgramFailure.Cause? {
        do throws(ProgramFailure) {
            try await body()
            return nil
        } catch {
            return error.cause
        }
    }

    @Test("what it printed on both channels comes back with its status, in words, a signal's, too") func outcomes()
        async throws
    {
        let good = try await sh("echo out; echo err >&2")
        #expect(good.isSuccess && good.output == "out\nerr\n")
        let bad = try await sh("echo why; exit 7")
        #expect(!bad.isSuccess && bad.output == "why\n" && bad.status == "exited(7)")
        let killed = try await sh("kill -9 $$")
        #expect(!killed.isSuccess && killed.status.contains("9"))
        #expect(try await sh("cat; echo end").output == "end\n", "there is no input")
    }

    @Test("arguments are no shell's: they arrive as they are") func arguments() async throws {
        let words = ["$HOME", "a b", "", "*", "'\"", "; exit 1", "ü\n"]
        let outcome = try await Program.run(["/usr/bin/printf", "<%s>"] + words)
        #expect(outcome.output == words.map { "<\($0)>" }.joined())
    }

    @Test("of the environment it has all or nothing, C's messages, and root's programs in PATH") func environment()
        async throws
    {
        let script = "echo $LC_ALL,$HOME,$OWN; echo $PATH"
        let inherited = try await sh(script, .inherited(["OWN": "1"])).output.split(separator: "\n")
        let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
        #expect(inherited.first == "C,\(home),1")
        #expect(inherited.last?.hasPrefix("/bin:") == true && inherited.last?.hasSuffix(Program.usualPath) == true)
        #expect(try await sh(script, .only(["OWN": "1"])).output == ",,1\n/bin:\(Program.usualPath)\n")
        #expect(try await sh("echo $PATH", .only(["PATH": "/bin"])).output == "/bin\n", "the caller's word counts")
    }

    @Test("one that takes too long is killed, and its failure says so") func limits() async throws {
        let script = "echo $$ >\(directory)/pid; exec sleep 3600"
        let failed = await cause { () throws(ProgramFailure) in _ = try await sh(script, limit: .milliseconds(500)) }
        #expect(failed == .tookTooLong(.milliseconds(500)))
        if let process = noted() { try await eventually("it is gone") { kill(process, 0) != 0 } }
    }

    @Test("a child of it that holds the channel keeps nobody beyond the limit") func heldChannel() async throws {
        let script = "sleep 3600 & echo $! >\(directory)/pid; exit 0"
        defer { if let process = noted() { kill(process, SIGKILL) } }
        let failed = await cause { () throws(ProgramFailure) in _ = try await sh(script, limit: .milliseconds(500)) }
        // Subprocess may close the channel when the program itself has ended, or wait for its end.
        #expect(failed == nil || failed == .tookTooLong(.milliseconds(500)))
    }

    @Test("whoever is cancelled does not wait for it, and it is killed") func cancelled() async throws {
        let script = "echo $$ >\(directory)/pid; exec sleep 3600"
        let task = Task { await cause { () throws(ProgramFailure) in _ = try await sh(script) } }
        try await eventually("it runs") { self.noted() != nil }
        let process = try #require(noted())
        task.cancel()
        #expect(await task.value == .cancelled)
        try await eventually("it is gone") { kill(process, 0) != 0 }
    }

    @Test("one that prints more than it may has failed, one that prints just so much has not") func output() async {
        func printing(_ count: Int) async -> ProgramFailure.Cause? {
            await cause { () throws(ProgramFailure) in
                _ = try await sh("head -c \(count) /dev/zero | tr '\\0' x", outputLimit: 1000)
            }
        }
        #expect(await printing(1000) == nil)
        guard case .other = await printing(1001) else {
            Issue.record("it was taken")
            return
        }
    }

    @Test("what is not there is not installed, whatever of its name lies elsewhere") func notThere() async throws {
        // A name of /bin, and nothing in its place that can be run.
        for name in ["true", "cat", "ls"] { try FileTree.makeDirectory("\(directory)/\(name)", mode: 0o755) }
        try AtomicFile.replace("\(directory)/echo", with: [], mode: 0o644)
        for program in ["true", "cat", "ls", "echo", "none"].map({ "\(directory)/\($0)" }) + ["no-such-program", ""] {
            for limit in [Duration.seconds(600)] {
                let run = await cause { () throws(ProgramFailure) in _ = try await Program.run([program], limit: limit)
                }
                #expect(run == .notInstalled, "\(program)")
                let order = await cause { () throws(ProgramFailure) in try await Program.order([program], limit: limit)
                }
                #expect(order == .notInstalled, "\(program)")
            }
        }
        #expect(symlink("/bin/echo", "\(directory)/mine") == 0)
        #expect(try await Program.run(["\(directory)/mine", "x"]).output == "x\n")
    }

    @Test("an order that fails is shown whole; none is none; what it leaves running keeps nobody") func orders()
        async throws
    {
        let error = await #expect(throws: ProgramFailure.self) { try await Program.order(["/bin/sh", "-c", "exit 4"]) }
        #expect(error?.description == "`/bin/sh -c exit 4` failed: exited(4)")
        try await Program.order([])
        defer { if let process = noted() { kill(process, SIGKILL) } }
        let script = "sleep 3600 & echo $! >\(directory)/pid"
        try await Program.order(["/bin/sh", "-c", script], limit: .seconds(600))
        #expect(kill(try #require(noted()), 0) == 0)
    }

    @Test("many at once have their own outcomes") func many() async throws {
        let outputs = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 { group.addTask { try await self.sh("echo \(number)").output } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(outputs == Set((0..<40).map { "\($0)\n" }))
    }
}
