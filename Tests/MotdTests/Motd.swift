import API
import ArgumentParser
import CommandLineKit
import GRDB
import HookConfig
import HookHost
import HookStore
import LinboModel

/// The smallest plugin that has everything: a file for clients, a table, a query and a command (docs/plugins.md).
struct Motd: Stateful, Measured, Administered, CommandProvider {
    static let name: PluginName = "motd"
    let context: PluginContext

    init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        _ = try section.settings(for: Self.name, known: [])
        self.context = context
    }

    var claims: [PathPattern] { ["motd.txt"] }

    func resolve(_ request: Request, next: Next) async throws -> Resolution {
        guard let host = request.client.host, let text = try Self.text(context.store) else {
            return Resolution(try await next(request))
        }
        return Resolution(.made(MadeContent(Array("\(host.name): \(text)\n".utf8))))
    }

    // MARK: Its table

    static let migrations = [Migration("motd: messages", sql: "CREATE TABLE motd (text TEXT NOT NULL)")]

    func forget(before cutoff: Int64) throws {}

    func figures() -> [Figure] { [Figure("messages", metric: "linbo_motd_messages", 1)] }

    private static func text(_ store: Store?) throws -> String? {
        try store?.database.read { try String.fetchOne($0, sql: "SELECT text FROM motd ORDER BY rowid DESC") }
    }

    // MARK: What can be asked of it

    struct SetText: APIOperation {
        typealias Answer = [String: String]
        static let route = Route.post("/v1/motd")
        static let summary = "Sets the message of the day."
        var text: String
    }

    static let operations: [OperationOf<Motd>] = [
        OperationOf(SetText.self) { plugin, question, actor in
            try plugin.context.database().record([AuditEntry("motd set", by: actor, detail: question.text)]) {
                try $0.execute(sql: "INSERT INTO motd VALUES (?)", arguments: [question.text])
                return ["text": question.text]
            }
        }
    ]

    struct Command: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "motd", abstract: "Set the message of the day.")
        @OptionGroup var options: CommonOptions
        @Argument(help: "The message.") var text: String

        func run() async throws { try options.show(try await options.ask(SetText(text: text)), "it is set") }
    }

    static var command: any ParsableCommand.Type { Command.self }
}
