import Foundation
import FuzzKit
import Glibc
import HookTesting
import Testing

@testable import LinuxKit

/// Programs that are started, and what `/proc` says of them.
@Suite struct ProcessTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Runs a script of sh to its end; what it prints lies in `out` then.
    private func run(_ script: String, hasGroup: Bool = false) throws -> (process: pid_t, status: Int32) {
        let output = open(scratch("out"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(output) }
        let process = try Spawn.start(
            ["/bin/sh", "-c", script], environment: ["A=1 2", "B="], output: output, errors: output,
            hasGroup: hasGroup)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return (process, status)
    }

    @Test("a child has nothing of ours but what it is given: no descriptor, no blocked or ignored signal, no variable")
    func nothingInherited() throws {
        // As a library opens one: without O_CLOEXEC.
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        var (blocked, before) = (sigset_t(), sigset_t())
        sigaddset(&blocked, SIGUSR2)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let handler = signal(SIGTTOU, SIG_IGN)
        defer { signal(SIGTTOU, handler) }
        let script = """
            ls /proc/$$/fd
            grep -E 'SigBlk|SigIgn' /proc/self/status; cat; tr '\\0' '\\n' </proc/$$/environ; exit 3
            """
        #expect(leak > 2)
        #expect(try run(script).status == 3 << 8)
        let lines = scratch.text("out")?.split(separator: "\n").map(String.init) ?? []
        #expect(lines.prefix(3) == ["0", "1", "2"])
        #expect(lines.dropFirst(3).first == "SigBlk:\t0000000000000000")
        // But for the two that glibc keeps to itself, 32 and 33.
        let ignored = try #require(
            lines.dropFirst(4).first?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
        #expect(ignored & 0x7FFF_FFFF == 0)
        #expect(lines.dropFirst(5) == ["A=1 2", "B="])
    }

    @Test("it leads a group of its own if that is wanted, else it is in ours", arguments: [false, true])
    func groups(_ hasGroup: Bool) throws {
        let (process, _) = try run("cut -d ' ' -f 5 /proc/$$/stat", hasGroup: hasGroup)
        #expect(scratch.text("out") == "\(hasGroup ? process : getpgrp())\n")
    }

    @Test(
        "a program that can't be started is named with the reason",
        arguments: [
            ("/none/program", ENOENT), ("/etc/passwd", EACCES), ("/etc", EACCES), ("", ENOENT),
        ])
    func noProgram(_ program: String, _ code: Int32) {
        let error = #expect(throws: SystemError.self) {
            try Spawn.start(program.isEmpty ? [] : [program], environment: [], errors: STDERR_FILENO)
        }
        #expect(error?.code == code && error?.path == program && error?.call == "run")
    }

    @Test("a process has the same start as long as it lives; its zombie and whatever comes after it have none")
    func starts() async throws {
        let process = try Spawn.start(["/bin/sleep", "3600"], environment: [], errors: STDERR_FILENO)
        let ticks = try #require(ProcessStart.ticks(of: process))
        #expect(try ProcessStart.ticks(of: process) == ticks && ticks > #require(ProcessStart.ticks(of: 1)))
        kill(process, SIGKILL)
        try await eventually("it is a zombie") { ProcessStart.ticks(of: process) == nil }
        #expect(kill(process, 0) == 0, "its number is not free yet")
        waitpid(process, nil, 0)
        #expect(ProcessStart.ticks(of: process) == nil && ProcessStart.ticks(of: -1) == nil)
        #expect(ChildProcesses.of(process).isEmpty)
    }

    @Test("a process's own children are told, and no grandchildren") func children() async throws {
        let log = URL(filePath: scratch("log"))
        let script = "sleep 3600 & sleep 3600 & (sleep 3600 & wait) & wait"
        let parent = try Server("/bin/sh", ["-c", script], log: log)
        defer { parent.kill() }
        try await eventually("three children, and one of the last") {
            let children = ChildProcesses.of(parent.process)
            return children.count == 3 && children.map { ChildProcesses.of($0).count }.sorted() == [0, 0, 1]
        }
    }

    @Test("whatever a command is called, the 22nd field of its status is its start") func names() {
        var fuzz = Fuzz("comm", texts: ["sh", "a) S 1", ") Z 1 2 3", "((", "a\nb"], spice: "() Z0123456789")
        for round in 0..<5000 {
            let ticks = UInt64.random(in: 0...(.max))
            let fields = (4..<22).map { _ in "\(Int.random(in: -5...500))" }.joined(separator: " ")
            func stat(_ state: String, _ rest: String) -> [UInt8] {
                Array("\(round) (".utf8) + fuzz.next().prefix(15) + Array(") \(state) \(fields)\(rest)".utf8)
            }
            for end in ["", " 5 6 7", "\n"] where end != "\n" {
                #expect(ProcessStart.parse(stat("S", " \(ticks)\(end)")) == ticks)
            }
            #expect(ProcessStart.parse(stat("Z", " \(ticks) 5")) == nil)
            #expect(ProcessStart.parse(stat("S", "")) == nil, "cut off before it")
            #expect(ProcessStart.parse(stat("S", " -\(ticks) 5")) == nil)
            _ = ProcessStart.parse(fuzz.next())
        }
    }

    @Test("a file of /proc is read whole though it tells no size; what is no file is nil") func procFiles()
        async throws
    {
        let long = [String](repeating: String(repeating: "x", count: 1000), count: 60)
        let process = try Spawn.start(
            ["/bin/sleep", "3600"], environment: long.enumerated().map { "V\($0)=\($1)" }, errors: STDERR_FILENO)
        defer {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        let expected = long.enumerated().map { "V\($0)=\($1)\0" }.joined()
        // Its own only from a moment after its start on.
        try await eventually("it is whole") { ProcFile.read("/proc/\(process)/environ") == Array(expected.utf8) }
        #expect(ProcFile.read("/proc/\(process)/none") == nil && ProcFile.read("/proc") == nil)
    }
}
