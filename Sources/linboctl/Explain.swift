import ArgumentParser
import HookHost
import HookStore
import LinboHookd
import LinboModel
import LinuxKit

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What would a host get for a path, from whom, and why?",
        discussion: "Asks like a dry run: nothing is consumed, leased or changed.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "A host's name, or an address.")
    var host: String

    @Argument(help: "A path below the LINBO root, such as images/win11/win11.reg.")
    var path: String

    struct Report: Encodable {
        struct Step: Encodable {
            let plugin: String
            let action: String
            let remarks: [String]
        }
        let host: String?
        let address: String
        let recognised: String
        let path: String
        let claimedBy: [String]
        let steps: [Step]
        let result: String
        let bytes: Int64?
    }

    func run() async throws {
        let config = try options.load()
        let assembly = try options.assembly(config, store: try Self.store(config))
        let client = try assembly.client(host)
        let asked: TreePath
        do { asked = try TreePath(path) } catch { throw Failure("\(error)") }
        let request = Request(
            client: client, over: .rsync, path: asked, intent: .probe, connection: ConnectionID(process: 1, started: 0))
        let report = await report(client, assembly.runtime, request)
        try options.show(report, report.text)
    }

    /// nil: what needs it is held back, as `linbo-hookd once` does.
    private static func store(_ config: Config) throws -> Store? {
        do {
            return try Store(reading: config.state)
        } catch let denied as PermissionDenied {
            throw denied
        } catch {
            return nil
        }
    }

    private func report(_ client: Client, _ runtime: Runtime, _ request: Request) async -> Report {
        var steps: [Report.Step] = []
        var result: String
        var bytes: Int64?
        var path = request.path
        do throws(Refusal) {
            let answer = try await runtime.resolve(request)
            path = answer.path
            steps = answer.trace.steps.map {
                .init(plugin: $0.plugin.description, action: $0.action.description, remarks: $0.remarks)
            }
            (result, bytes) = Self.describe(answer.content)
        } catch {
            result = "refused: \(error.reason)"
        }
        return Report(
            host: client.host?.name.description, address: client.address.description,
            recognised: client.recognition.description, path: path.description,
            claimedBy: runtime.claimants(of: path).map(\.description), steps: steps, result: result, bytes: bytes)
    }

    private static func describe(_ content: Content) -> (String, Int64?) {
        switch content {
        case .file(let file): ("the tree's own file", file.status.size)
        case .made(let made):
            (made.isOneShot ? "made for this host, once" : "made for this host", Int64(made.bytes.count))
        case .folder: ("a folder; each file in it is resolved like this", nil)
        case .link(let link): ("a link to \(link.target), which is resolved like this", nil)
        case .nothing(let absence): ("nothing: \(absence)", nil)
        }
    }
}

extension Explain.Report {
    var text: String {
        let who = host ?? "unknown client"
        var lines = [
            "\(Output.Style.bold.applied(to: who))  \(address)  (\(recognised))",
            "\(path): "
                + (claimedBy.isEmpty ? "claimed by no plugin" : "claimed by \(claimedBy.joined(separator: ", "))"),
        ]
        for step in steps {
            lines.append("  \(step.plugin): \(step.action)")
            lines += step.remarks.map { "    \($0)" }
        }
        lines.append("→ \(result)" + (bytes.map { " (\($0) bytes)" } ?? ""))
        return lines.map(Output.printableLine).joined(separator: "\n")
    }
}
