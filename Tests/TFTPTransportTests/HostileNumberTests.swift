import FuzzKit
import Testing

@testable import TFTPTransport

@Suite("N1: hostile numbers in packets")
struct HostileNumberTests {
    @Test("N1: options", arguments: ["blksize", "windowsize", "timeout", "tsize"])
    func options(_ name: String) {
        Hostile(around: [65_464]).text("1") { value in
            guard let request = try? Packets.request("a", options: [(name, value), ("blksize", "8")]) else { return }
            for size in [0, 1, 511, 512, 1 << 40, .max - 65_536] as [Int64] {
                let options = TransferOptions(request, size: size, limits: OptionLimits())
                var state = TransferState(options: options, size: size)
                _ = state.start(at: 0)
                for block in [0, 1, 2, UInt16.max] { _ = state.received(acknowledgement: block, at: 1) }
            }
        }
    }

    @Test("N1: packets") func packets() {
        let sample = Packets.requestBytes("boot/grub/grub.cfg", options: [("blksize", "1428")])
        Hostile().bytes(sample) { bytes in
            _ = try? Packets.parse(bytes)
            _ = Packets.client(bytes)
        }
        for count in 0..<8 { _ = Packets.client([UInt8](repeating: 0, count: count)) }
    }
}
