import Foundation
import HookHost
import LinboModel
import Synchronization
import Testing

@testable import linboctl

/// The client of `linboctl selftest tftp`, before servers that do not play along.
@Suite struct TFTPProbeTests {
    private static func content(_ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: $0 / 512 + $0) } }

    private func fetch(_ server: FakeTFTP, patience: Int = 1000) throws -> [UInt8] {
        let address = try #require(IPAddress("127.0.0.1"))
        return try TFTPProbe(address, server.port, patience: patience).fetch(try TreePath("boot/grub/x.cfg"))
    }

    private func failure(_ server: FakeTFTP, patience: Int = 20) throws -> String? {
        do {
            _ = try fetch(server, patience: patience)
            return nil
        } catch let failure as ProbeFailure {
            return failure.text
        }
    }

    @Test("a file comes whole, whatever its size", arguments: [0, 1, 511, 512, 513, 1024, 100_000])
    func sizes(_ size: Int) throws {
        let content = Self.content(size)
        let requests = Mutex<[[UInt8]]>([])
        let server = try FakeTFTP { packet, number in
            if number == 0 { requests.withLock { $0.append(packet) } }
            return FakeTFTP.next(packet, of: content).map { [FakeTFTP.block($0, of: content)] } ?? []
        }
        #expect(try fetch(server) == content)
        #expect(requests.withLock { $0 } == [[0, 1] + Array("boot/grub/x.cfg\0octet\0".utf8)])
    }

    @Test("what comes twice, too late, or from somebody else is no part of it") func strays() throws {
        let content = Self.content(2000)
        let junk: [[UInt8]] = [
            [0, 3, 0, 1] + [UInt8](repeating: 9, count: 512), [0, 5, 0, 1] + Array("no\0".utf8), [0, 3, 0, 2, 9], [],
        ]
        let server = try FakeTFTP { packet, number in
            guard let next = FakeTFTP.next(packet, of: content) else { return [] }
            let block = FakeTFTP.block(next, of: content)
            let others = [[0], [0, 3], [0, 3, 0], [0, 6], [0, 3, 0xFF, 0xFF, 7], [0, 4, 0, 1]] as [[UInt8]]
            let old = next > 1 ? [FakeTFTP.block(next - 1, of: content)] : []
            return others + old + [block, block]
        }
        #expect(try fetch(server) == content)
        // Before the first answer nobody knows the transfer's port; from then on another one's packets do not count.
        let beside = try FakeTFTP(junk: junk) { packet, _ in
            FakeTFTP.next(packet, of: content).map { [FakeTFTP.block($0, of: content)] } ?? []
        }
        #expect(try fetch(beside) == content)
    }

    @Test("what is lost is asked for again, the request, too") func losses() throws {
        let content = Self.content(1500)
        let server = try FakeTFTP { packet, number in
            guard number % 3 == 2, let next = FakeTFTP.next(packet, of: content) else { return [] }
            return [FakeTFTP.block(next, of: content)]
        }
        #expect(try fetch(server, patience: 50) == content)
    }

    @Test("a server's error is told in its own words, printable and short") func errors() throws {
        let words = "no\u{1B}[2J such\nfile" + String(repeating: "x", count: 1500)
        let server = try FakeTFTP { _, _ in [[0, 5, 0, 1] + Array(words.utf8) + [0, 0x41]] }
        let told = try #require(try failure(server))
        #expect(told.hasPrefix("the server says: no?[2J such?filex") && told.hasSuffix("…") && told.count < 1100)
        let later = try FakeTFTP { packet, _ in
            packet.starts(with: [0, 1]) ? [FakeTFTP.block(1, of: Self.content(2000))] : [[0, 5, 0, 3]]
        }
        #expect(try failure(later) == "the server says: ")
    }

    @Test("one that says nothing, stops in the middle, or never stops saying something else is left")
    func silent() throws {
        #expect(try failure(FakeTFTP { _, _ in [] })?.hasPrefix("no answer within ") == true)
        let stopping = try FakeTFTP { packet, _ in
            packet.starts(with: [0, 1]) ? [FakeTFTP.block(1, of: Self.content(2000))] : []
        }
        #expect(try failure(stopping) == "the transfer broke off at block 2")
        // More than is read within the time that the probe waits.
        let flooding = try FakeTFTP { _, _ in Array(repeating: [0, 3, 0, 7], count: 5000) }
        #expect(try failure(flooding)?.hasPrefix("no answer within ") == true)
    }

    @Test(
        "a set's time is shown as one reads it, and what is none is not",
        arguments: [
            ("202605040730", "2026-05-04 07:30"), ("20260504073", "-"), ("2026050407300", "-"), ("", "-"), (nil, "-"),
            ("20260504073x", "-"), ("٢٠٢٦٠٥٠٤٠٧٣٠", "-"), ("ääääää", "-"),
        ] as [(String?, String)])
    func times(_ timestamp: String?, _ text: String) {
        #expect(ImageTime.text(timestamp) == text)
    }
}
