import Glibc
import Testing

@testable import TFTPTransport

@Suite("TFTP's account of its clients")
struct ClientLedgerTests {
    private func peer(port: UInt16) throws -> Peer {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0002).bigEndian
        name.sin_port = port.bigEndian
        let peer = withUnsafeBytes(of: name) { bytes in bytes.baseAddress.flatMap { Peer($0) } }
        return try #require(peer)
    }

    /// Each engine reads the clock for itself, and asks when its turn comes.
    @Test func timesOfTwoEnginesComeInAnyOrder() throws {
        var settings = TFTPSettings()
        settings.requestRate = 2
        let ledger = ClientLedger(settings)
        let second: UInt64 = 1_000_000_000
        #expect(ledger.admit(try peer(port: 1), at: 10 * second) == .admitted)
        #expect(ledger.admit(try peer(port: 2), at: 9 * second) == .admitted)
        #expect(ledger.admit(try peer(port: 3), at: 10 * second) == .tooFast)
        #expect(ledger.admit(try peer(port: 4), at: 11 * second) == .admitted)
    }
}
