import Foundation
import HookHost
import Testing

@testable import TFTPTransport

/// Requests as real clients sent them, recorded on the wire (`Tests/Fixtures/tftp-requests`).
@Suite("TFTP requests of real clients")
struct RecordedRequestTests {
    struct Recorded: Sendable, CustomTestStringConvertible {
        let client: String
        let path: String
        var mode = TransferMode.octet
        let options: [[String]]
        /// With a file of 4000 bytes: what a server of ours answers.
        let agreed: String

        var testDescription: String { client }
    }

    static let recorded = [
        Recorded(
            client: "curl", path: "boot/grub/grub.cfg",
            options: [["tsize", "0"], ["blksize", "1428"], ["timeout", "6"]],
            agreed: "tsize 4000, blksize 1428, timeout 6"),
        Recorded(client: "tftp-hpa", path: "boot/grub/grub.cfg", options: [], agreed: "no options"),
        Recorded(
            client: "tftp-hpa-netascii", path: "boot/grub/grub.cfg", mode: .netascii, options: [],
            agreed: "no options"),
        Recorded(
            client: "atftp", path: "boot/grub/grub.cfg",
            options: [["tsize", "0"], ["timeout", "2"], ["blksize", "1428"], ["windowsize", "16"]],
            agreed: "tsize 4000, timeout 2, blksize 1428, windowsize 16"),
        Recorded(
            client: "busybox", path: "boot/grub/grub.cfg", options: [["blksize", "1428"], ["tsize", "0"]],
            agreed: "blksize 1428, tsize 4000"),
        Recorded(
            client: "grub-bios", path: "boot/grub/grub.cfg", options: [["blksize", "1024"], ["tsize", "0"]],
            agreed: "blksize 1024, tsize 4000"),
        Recorded(
            client: "grub-efi", path: "boot/grub/grub.cfg-01-52-54-00-00-00-02",
            options: [["blksize", "1024"], ["tsize", "0"]], agreed: "blksize 1024, tsize 4000"),
        Recorded(
            client: "ipxe", path: "boot/grub/i386-pc/core.0", options: [["blksize", "1432"], ["tsize", "0"]],
            agreed: "blksize 1432, tsize 4000"),
        Recorded(
            client: "edk2", path: "boot/grub/x86_64-efi/core.efi",
            options: [["tsize", "0"], ["blksize", "1468"], ["windowsize", "4"]],
            agreed: "tsize 4000, blksize 1468, windowsize 4"),
        Recorded(
            client: "edk2-download", path: "boot/grub/x86_64-efi/core.efi",
            options: [["blksize", "1468"], ["windowsize", "4"]], agreed: "blksize 1468, windowsize 4"),
    ]

    @Test(arguments: recorded)
    func isUnderstood(_ recorded: Recorded) throws {
        let request = try Packets.parse(try Self.bytes(of: recorded.client))
        // GRUB's names begin with a slash, those of firmware do not.
        #expect(try NameRules().path(request.name).text == recorded.path)
        #expect(request.mode == recorded.mode)
        let options = request.options.map { [$0.name, $0.value].map { String(decoding: $0, as: UTF8.self) } }
        #expect(options == recorded.options)
        #expect(TransferOptions(request, size: 4000, limits: OptionLimits()).description == recorded.agreed)
    }

    @Test func eachFixtureHasItsTest() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        #expect(Set(names) == Set(Self.recorded.map { "\($0.client).hex" }))
    }

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/tftp-requests")

    /// Two hex digits a byte; lines with `#` say who sent it.
    private static func bytes(of client: String) throws -> [UInt8] {
        let text = try String(contentsOf: directory.appendingPathComponent("\(client).hex"), encoding: .utf8)
        let digits = text.split(separator: "\n").filter { $0.first != "#" }.joined()
        let pairs = stride(from: 0, to: digits.count, by: 2).map { offset in
            digits.dropFirst(offset).prefix(2)
        }
        let bytes = pairs.compactMap { UInt8($0, radix: 16) }
        try #require(bytes.count == pairs.count && !bytes.isEmpty, "hex digits in pairs")
        return bytes
    }
}
