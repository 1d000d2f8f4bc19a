import LinboModel
import LinuxKit
import Testing

@testable import TFTPTransport

@Suite("TFTP's account of its clients")
struct AdmissionControlTests {
    private static let second: UInt64 = 1_000_000_000

    private func peer(_ address: UInt32 = 0x7F00_0002, port: UInt16) throws -> Peer {
        let name = SocketName(IPAddress(v4: address).bytes, port: port)
        return try #require(name.withPointer { name, _ in Peer(name) })
    }

    /// Each engine reads the clock for itself, and asks when its turn comes.
    @Test func timesOfTwoEnginesComeInAnyOrder() throws {
        var settings = TFTPSettings()
        settings.requestRate = 2
        let admission = AdmissionControl(settings)
        for (port, seconds, verdict) in [
            (1, 10, AdmissionControl.Verdict.admitted), (2, 9, .admitted), (3, 10, .tooFast), (4, 11, .admitted),
        ] {
            #expect(
                admission.admit(try peer(port: UInt16(port)), at: UInt64(seconds) * Self.second, isKnown: false)
                    == verdict
            )
        }
    }

    /// Twenty thousand addresses that ask for what is not there within a second, as one PC can forge them.
    @Test func forgedAddressesKeepNoHostOut() throws {
        let admission = AdmissionControl(TFTPSettings())
        var last = AdmissionControl.Verdict.admitted
        for number in 0..<20_000 {
            let forged = try peer(0x0A00_0000 + UInt32(number), port: 1)
            last = admission.admit(forged, at: 5 * Self.second, isKnown: false)
            guard last == .admitted else { continue }
            admission.ended(forged, counts: true, blocks: 0, retransmissions: 0, hasFailed: false, memory: 0)
        }
        #expect(last == .tooFast)
        let host = try peer(port: 1)
        #expect(admission.admit(host, at: 5 * Self.second, isKnown: true) == .admitted)
        admission.ended(host, counts: false, blocks: 1, retransmissions: 0, hasFailed: false, memory: 0)
        // Strangers, too, as soon as the flood is over; who took blocks is remembered.
        #expect(admission.admit(try peer(0x0B00_0000, port: 1), at: 7 * Self.second, isKnown: false) == .admitted)
        #expect(admission.figures().map(\.address) == ["127.0.0.2"])
    }

    @Test func strangersLeaveAQuarterToHosts() throws {
        var settings = TFTPSettings()
        settings.transferLimit = 8
        let admission = AdmissionControl(settings)
        let verdicts = try (1...8).map { admission.admit(try peer(port: $0), at: Self.second, isKnown: false) }
        #expect(verdicts == Array(repeating: .admitted, count: 6) + [.full, .full])
        for port: UInt16 in [9, 10] {
            #expect(admission.admit(try peer(port: port), at: Self.second, isKnown: true) == .admitted)
            #expect(!admission.answered(try peer(port: port), memory: 0, at: Self.second))
        }
        #expect(admission.admit(try peer(port: 11), at: Self.second, isKnown: true) == .full)
    }

    @Test("N6: requests in a host's name cost it neither its rate nor its transfers; answered ones do")
    func onlyAnsweredOnesCount() throws {
        var settings = TFTPSettings()
        (settings.requestRate, settings.transferLimitPerClient) = (100, 4)
        let admission = AdmissionControl(settings)
        for number in 0..<10_000 {
            #expect(admission.admit(try peer(port: UInt16(number + 1)), at: Self.second, isKnown: true) == .admitted)
        }
        for port in 1...4 {
            #expect(!admission.answered(try peer(port: UInt16(port)), memory: 0, at: Self.second))
        }
        #expect(admission.admit(try peer(port: 5), at: Self.second, isKnown: true) == .tooMany)
        #expect(admission.answered(try peer(port: 5), memory: 0, at: Self.second))
        for port in 1...5 {
            admission.ended(
                try peer(port: UInt16(port)), counts: true, blocks: 1, retransmissions: 0, hasFailed: false, memory: 0)
        }
        for _ in 0..<95 {
            _ = admission.answered(try peer(port: 1), memory: 0, at: Self.second)
            admission.ended(try peer(port: 1), counts: true, blocks: 1, retransmissions: 0, hasFailed: false, memory: 0)
        }
        #expect(admission.admit(try peer(port: 5), at: Self.second, isKnown: true) == .tooFast)
        #expect(admission.admit(try peer(port: 5), at: 2 * Self.second, isKnown: true) == .admitted)
    }
}
