import API
import HookHost
package import LinboHookd
import LinboModel
import LinuxKit
import TFTPTransport

/// What a host would get for a path, and how that comes about.
package struct Explanation: Codable, Sendable {
    /// What a plugin of the chain did.
    package struct Step: Codable, Sendable {
        /// As in `plugins:` of the configuration.
        package let plugin: String
        /// In the words of `Trace.Action`.
        package let action: String
        /// What the plugin told besides; never a secret.
        package let remarks: [String]
    }
    /// nil: the address is in no devices.csv, by itself or by its MAC.
    package let host: String?
    /// 0.0.0.0: a host with `DHCP` was asked for by its name.
    package let address: String
    /// `Recognition` in words.
    package let recognised: String
    /// Canonical: the symlinks of its directories are followed.
    package let path: String
    /// In the order of the chain.
    package let claimedBy: [String]
    /// Of the plugins that were asked, in that order; a plugin behind one that answers is not.
    package let steps: [Step]
    /// What the client would get, in words.
    package let result: String
    /// Size of the file; nil: there is none, or it is a directory or a link.
    package let bytes: Int64?

    /// Asks like a dry run: nothing is consumed, leased or changed.
    /// - Throws: `Fault` for a host or a path that there is none of.
    package static func of(_ question: Explain, in assembly: Assembly) async throws -> Explanation {
        let client = try assembly.hosts.client(question.host)
        let transport = question.over ?? .rsync
        let request = Request(
            client: client, over: transport, path: try path(question.path, over: transport, in: assembly),
            intent: .probe, connection: ConnectionID(process: 1, started: 0))
        let runtime = assembly.runtime
        var steps: [Step] = []
        var result: String
        var bytes: Int64?
        var path = request.path
        do throws(Refusal) {
            let answer = try await answer(to: request, in: assembly)
            path = answer.path
            steps = answer.trace.steps.map {
                Step(plugin: $0.plugin.description, action: $0.action.description, remarks: $0.remarks)
            }
            (result, bytes) = describe(answer.content, over: transport)
        } catch {
            result = "refused: \(error.reason)"
        }
        return Explanation(
            host: client.host?.name.description, address: client.address.description,
            recognised: client.recognition.description, path: path.description,
            claimedBy: runtime.claimants(of: path).map(\.description), steps: steps, result: result, bytes: bytes)
    }

    private static func path(
        _ text: String, over transport: Transport, in assembly: Assembly
    ) throws(Fault) -> TreePath {
        do throws(PathError) {
            switch transport {
            case .rsync: return try TreePath(text)
            case .tftp: return try assembly.config.tftp.names.path(Array(text.utf8))
            }
        } catch {
            throw Fault(.invalid, "\(error)", at: "path")
        }
    }

    /// As the transport asks: TFTP sends no links, and may find a name in another case.
    private static func answer(to request: Request, in assembly: Assembly) async throws(Refusal) -> Runtime.Answer {
        switch request.transport {
        case .rsync: try await assembly.runtime.resolve(request)
        case .tftp: try await assembly.config.tftp.names.answer(to: request, by: assembly.runtime)
        }
    }

    private static func describe(_ content: Content, over transport: Transport) -> (String, Int64?) {
        switch content {
        case .directory where transport == .tftp: ("nothing: a directory, which TFTP can't send", nil)
        case .file(let file): ("the tree's own file", file.status.size)
        case .made(let made):
            (made.isOneShot ? "made for this host, once" : "made for this host", Int64(made.bytes.count))
        case .directory: ("a directory; each file in it is resolved like this", nil)
        case .link(let link): ("a link to \(link.target), which is resolved like this", nil)
        case .nothing(let absence): ("nothing: \(absence)", nil)
        }
    }
}
