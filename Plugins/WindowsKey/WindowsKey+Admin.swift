package import API
package import ArgumentParser
import CommandLineKit
import HookHost
import HookStore
import LinboModel

// Which host has which key of the pool, and how it is given back.

/// Asked by `linboctl keys`. Keys of devices.csv are no leases.
package struct GetKeys: APIOperation {
    /// As `KeyLedger.Lease`, with the key shortened.
    package struct Lease: Codable, Sendable {
        /// Hostname, as devices.csv had it.
        package let host: String
        /// `windows` or `office`.
        package let product: String
        /// Its last five characters alone.
        package let key: String
        /// Seconds since 1970.
        package let leased: Int64
    }
    package typealias Answer = [Lease]
    package static let route = Route.get("/v1/keys")
    package static let summary = "Which host has which key of the pool. Only the last five characters are told."
}

/// Asked by `linboctl keys --release`. The host need not be in devices.csv any more.
package struct ReleaseKeys: APIOperation {
    /// A host without a key of the pool is a `Fault`.
    package struct Answer: Codable, Sendable {
        /// As it was asked for.
        package let host: String
        /// How many keys were given back.
        package let released: Int
    }
    package static let route = Route.post("/v1/keys/release")
    package static let summary = "Gives a host's keys back, for a PC that is gone."

    /// Hostname, in any case of letters.
    package var host: String
}

extension WindowsKey: Administered {
    /// Work on the database; no answer holds a whole key.
    package static let operations: [OperationOf<WindowsKey>] = [
        OperationOf(GetKeys.self) { plugin, _, _ in
            try KeyLedger(database: plugin.database().database).leases().map {
                GetKeys.Lease(
                    host: $0.host, product: $0.product, key: "…-\($0.key.text.suffix(5))", leased: $0.leased)
            }
        },
        OperationOf(ReleaseKeys.self) { plugin, question, actor in
            let host = question.host
            return try plugin.database().record([AuditEntry("keys release", by: actor, host: host)]) { database in
                let count = try KeyLedger.release(database, host: host)
                guard count > 0 else { throw Fault(.missing, "\(printable(host)) has no key of the pool") }
                return ReleaseKeys.Answer(host: host, released: count)
            }
        },
    ]

    private func database() throws(Fault) -> Store { try context.database() }
}

extension WindowsKey: CommandProvider {
    /// `linboctl keys`.
    package static var command: any ParsableCommand.Type { KeysCommand.self }
}

/// `linboctl keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Which host has which key of the pool; --release gives a host's keys back.",
        discussion: "Only the last five characters of a key are shown.")

    @OptionGroup var options: CommonOptions

    @Option(name: .long, help: "A host that is gone: its keys can be given to another.")
    var release: String?

    func run() async throws {
        if let release {
            let answer = try await options.ask(ReleaseKeys(host: release))
            return try options.show(answer, "\(answer.host): \(answer.released) given back")
        }
        let leases = try await options.ask(GetKeys())
        try options.show(
            leases,
            Output.table(
                ["host", "product", "key", "since"],
                leases.map { [$0.host, $0.product, $0.key, Output.time(milliseconds: $0.leased * 1000)] }))
    }
}
