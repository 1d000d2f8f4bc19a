import FuzzKit
import HookHost
import LinboModel
import Testing

@testable import RsyncTransport

@Suite("N1: hostile numbers from rsyncd and in tickets")
struct HostileNumberTests {
    @Test("N1: rsync's environment and arguments") func environment() {
        Hostile().text(EnvironmentTests.good.joined(separator: "\n")) { text in
            let entries = text.split(separator: "\n").map { Array($0.utf8) }
            guard let environment = try? HookEnvironment(entries) else { return }
            _ = RsyncArguments(environment.arguments)
        }
        for words in [[], ["."], ["rsyncd"], ["rsyncd", ".", "."], [".", "a"]] {
            _ = RsyncArguments(words.map { Array($0.utf8) })
        }
    }

    @Test("N1: tickets on disk") func tickets() throws {
        let connection = ConnectionID(process: 77, started: 5)
        var ticket = Ticket(asked: 1_000, address: "10.0.0.5", host: "pc01", intent: .fetch)
        ticket.deliveries = [
            .init(
                path: "start.conf", plugin: "onboot-cmd", decision: .made, bytes: 12,
                claim: .init(owner: "onboot-cmd", token: "3:4", isOneShot: true))
        ]
        let bytes = ticket.encoded(for: connection)
        Hostile(around: [UInt64(bytes.count)]).bytes(bytes) { _ = Ticket($0, of: connection) }
        Hostile().text(String(decoding: bytes, as: UTF8.self)) { _ = Ticket(Array($0.utf8), of: connection) }
    }

    @Test("N1: names of connections") func connections() {
        Hostile().text("77@5#6") { text in _ = ConnectionID(text)?.isAlive }
    }
}
