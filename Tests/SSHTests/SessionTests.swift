import Foundation
import Glibc
import HookTesting
import LinboModel
import SSH
import Testing

/// Sessions with dropbear, which LINBO has.
@Suite struct SessionTests {
    @Test("a command's output of both kinds arrives, and its exit status")
    func outputAndStatus() async throws {
        try await Lab.open { lab in
            let pc = try await lab.start("127.0.1.1")
            let session = try await lab.session(pc)
            #expect(try await session.ran("echo one; echo two >&2; exit 3") == ("one\ntwo\n", 3))
            #expect(try await session.ran("linbo_wrapper sync:1") == ("### sync:1\n", 0))
            #expect(try await session.ran("kill -9 $$").status == nil)
            #expect(pc.done == ["0 sync:1"])
        }
    }

    @Test("a file arrives as it is, readable by root alone from its first byte on, over one that others can read")
    func files() async throws {
        try await Lab.open { lab in
            let pc = try await lab.start("127.0.1.2")
            let session = try await lab.session(pc)
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            _ = try await session.ran("echo old >'/tmp/it'\\''s'; chmod 644 /tmp/it*")
            try await session.write(bytes, to: "/tmp/it's", within: .seconds(60))
            #expect(try await session.read("/tmp/it's", most: bytes.count, within: .seconds(60)) == bytes)
            let file = pc.directory.appending(path: "tmp/it's").path
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            await #expect(throws: SSHError.tooMuchOutput(1000)) {
                _ = try await session.read("/tmp/it's", most: 1000, within: .seconds(60))
            }
            await #expect(throws: SSHError.self) {
                try await session.write([1], to: "/no/such/directory", within: .seconds(60))
            }
        }
    }

    @Test(
        "a file has one time for all its steps: one that begins late and ends late is late", arguments: [true, false])
    func fileLimit(writes: Bool) async throws {
        try await Lab.open { lab in
            let pc = try await lab.start("127.0.1.7")
            let session = try await lab.session(pc)
            // Each half is within the limit. The PC writes it itself: what this process has open, a program that another
            // test starts may hold for a moment.
            let halves = writes ? "sleep 2; busybox cat; sleep 2" : "sleep 2; echo x; exec >&-; sleep 2"
            _ = try await session.ran(
                "rm /bin/cat; echo '#!/bin/sh' >/bin/cat; echo '\(halves)' >>/bin/cat; busybox chmod 755 /bin/cat")
            await #expect(throws: SSHError.late(.seconds(3))) {
                if writes {
                    let bytes = [UInt8](repeating: 1, count: 4 << 20)
                    try await session.write(bytes, to: "/tmp/x", within: .seconds(3))
                } else {
                    _ = try await session.read("/tmp/x", most: 100, within: .seconds(3))
                }
            }
        }
    }

    @Test("each way in which a PC can't be reached is told from the others")
    func failures() async throws {
        try await Lab.open { lab in
            let other = lab.directory.appending(path: "other_key")
            try await LinboPCs.hostKey(at: other)
            let pub = lab.directory.appending(path: "other.pub")
            try "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS x\n"
                .write(to: pub, atomically: true, encoding: .utf8)
            let stranger = try await lab.start("127.0.1.3", authorized: pub)
            #expect(try await lab.failure(stranger) == .keyNotAccepted)
            let changed = try await lab.start("127.0.1.4", hostKey: other)
            guard case .unknownHostKey(let key) = try await lab.failure(changed) else {
                Issue.record("another host key was taken")
                return
            }
            #expect(key.type == "ssh-ed25519" && key.fingerprint != lab.pcs.fingerprint)
            changed.off()
            try await eventually("it is off") { try await lab.failure(changed) == .refused }
        }
    }

    @Test("a peer that resets, is mute, or speaks no ssh is an error within the time, and nothing is left open")
    func oddPeers() async throws {
        try await Lab.open { lab in
            let mute = try Listener()
            #expect(try await lab.failure(at: mute.port, within: .seconds(1)) == .late(.seconds(1)))
            for words in [
                "HTTP/1.0 400 Bad Request\r\n\r\n", "", String(repeating: "x", count: 70_000), "SSH-2.0-x\r\n",
            ] {
                let odd = try Listener(saying: words)
                guard case .broken = try await lab.failure(at: odd.port, within: .seconds(20)) else {
                    Issue.record("\(words.prefix(20))")
                    return
                }
            }
        }
    }

    @Test("a key that is none, is not there, or has a passphrase is named with its file")
    func keys() async throws {
        try await Lab.open { lab in
            let locked = lab.directory.appending(path: "locked").path
            _ = try await Command.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", locked])
            let old = lab.directory.appending(path: "old").path
            _ = try await Command.run(
                "/usr/bin/ssh-keygen", ["-q", "-t", "rsa", "-m", "PEM", "-N", "secret", "-f", old])
            for (file, words) in [
                ("/no/such/key", "No such file"), ("/etc/passwd", "is no private key"), (locked, "has a passphrase"),
                (old, "has a passphrase"),
            ] {
                do {
                    _ = try await PrivateKey(file: file)
                    Issue.record("\(file) was taken")
                } catch {
                    #expect("\(error)".contains(file) && "\(error)".contains(words), "\(error)")
                }
                #expect(PrivateKey.fault(in: file)?.what.contains(words) == true)
            }
            #expect(PrivateKey.fault(in: lab.pcs.key.path) == nil)
        }
    }

    @Test("one that writes without end is not waited for, while another one's session goes on")
    func endlessOutput() async throws {
        try await Lab.open { lab in
            let pc = try await lab.start("127.0.1.5")
            let (loud, calm) = (try await lab.session(pc), try await lab.session(pc))
            let flood = Task { try await loud.ran("yes", outputLimit: 30_000_000) }
            for number in 0..<20 { #expect(try await calm.ran("echo \(number)") == ("\(number)\n", 0)) }
            await #expect(throws: SSHError.tooMuchOutput(30_000_000)) { _ = try await flood.value }
        }
    }

    @Test("a cancelled task ends at once, and the session goes on with another command") func cancelling() async throws
    {
        try await Lab.open { lab in
            let pc = try await lab.start("127.0.1.6")
            let session = try await lab.session(pc)
            let command = try await session.start("echo $$ >/tmp/begun; exec sleep 1000", within: .seconds(60))
            let task = Task { try await command.end(within: .seconds(600), outputLimit: 1000) { _ in } }
            let begun = pc.directory.appending(path: "tmp/begun").path
            try await eventually("it has begun") { FileManager.default.fileExists(atPath: begun) }
            task.cancel()
            await #expect(throws: SSHError.cancelled) { _ = try await task.value }
            #expect(try await session.ran("kill $(cat /tmp/begun)").status == 0)
        }
    }

    @Test("fifty PCs at once, on one thread")
    func manyAtOnce() async throws {
        try await Lab.open { lab in
            let pcs = try await lab.start((1...50).map { "127.0.2.\($0)" })
            let outputs = try await withThrowingTaskGroup(of: String.self) { group in
                for pc in pcs { group.addTask { try await lab.session(pc).ran("linbo_wrapper sync:1").output } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outputs == Array(repeating: "### sync:1\n", count: 50))
            #expect(pcs.allSatisfy { $0.done == ["0 sync:1"] })
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").filter {
                (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "ssh\n"
            }
            #expect(threads.count == 1)
        }
    }
}
