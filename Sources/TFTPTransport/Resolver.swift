package import HookHost
import LinboModel

/// Asks the runtime on behalf of a TFTP client: what the same path gives the same host over rsync.
package struct Resolver: Sendable {
    private let serving: Serving
    let names: NameRules

    /// - Parameter names: only its `ignoresCase` counts here, for paths that are not there.
    package init(_ serving: Serving, names: NameRules) {
        self.serving = serving
        self.names = names
    }

    private var hosts: HostDirectory { serving.current.hosts }

    /// What there is to send, and for whom.
    struct Result: Sendable {
        enum Content: Sendable {
            case file(TreeFile)
            case bytes([UInt8])
            case nothing
            case directory
            case refused(String)
        }

        let content: Content
        let host: HostName?
        /// Canonical; nil for a name that is no path.
        let path: TreePath?
        let delivery: Delivery?
        /// It is given once, and was looked at only: it is asked for again when the client has shown that it is there.
        var wantsProof = false
        /// What happens then besides.
        var proof: [ProofActions.Action] = []

        init(content: Content, host: HostName?, path: TreePath?, delivery: Delivery?) {
            self.content = content
            self.host = host
            self.path = path
            self.delivery = delivery
        }

        /// A name that is no path.
        init(refusing reason: String, host: HostName?) {
            self.init(content: .refused(reason), host: host, path: nil, delivery: nil)
        }
    }

    /// A text in netascii is converted as a whole.
    static let netasciiLimit = 16 << 20

    /// For what no plugin claims: at once, by the exact address alone, as the answer is the same for all.
    /// - Returns: nil if it takes a plugin, or a name in another case.
    func resolvePlain(_ path: TreePath, for address: IPAddress) -> Result? {
        guard let answer = serving.current.runtime.resolvePlain(path) else { return nil }
        if case .nothing(.missing) = answer.content, names.ignoresCase { return nil }
        return Result(answer, host: host(at: address))
    }

    /// - Parameter isProven: whether the client has shown that packets reach it.
    func resolve(
        _ path: TreePath, for address: IPAddress, mode: TransferMode, connection: ConnectionID, isProven: Bool,
        isAbandoned: @escaping @Sendable () -> Bool
    ) async -> Result {
        let parts = serving.current
        let (runtime, hosts) = (parts.runtime, parts.hosts)
        hosts.refresh()
        let client = hosts.client(at: address)
        let actions = ProofActions()
        let request = Request(
            client: client, over: .tftp, path: path, intent: .fetch, connection: connection,
            proof: isProven ? .given : .awaited(actions), isAbandoned: isAbandoned)
        do throws(Refusal) {
            let answer = try await names.answer(to: request, by: runtime)
            var result = Result(answer, host: client.host?.name)
            if !isProven, case .made(let made) = answer.content {
                result.wantsProof = made.isOneShot && made.token == nil
            }
            result.proof = actions.all()
            return mode == .netascii ? Self.inNetascii(result) : result
        } catch {
            return Result(content: .refused(error.reason), host: client.host?.name, path: path, delivery: nil)
        }
    }

    private static func inNetascii(_ result: Result) -> Result {
        let bytes: [UInt8]
        switch result.content {
        case .bytes(let made): bytes = made
        case .file(let file):
            do {
                bytes = try file.read(limit: netasciiLimit)
            } catch {
                return result.with(.refused("in netascii no more than \(netasciiLimit) bytes: ask in mode octet"))
            }
        default: return result
        }
        return result.with(.bytes(bytes.withUnsafeBytes { Netascii.encode($0) }))
    }

    /// By the exact address alone.
    func host(at address: IPAddress) -> HostName? {
        hosts.devices.host(at: address)?.name
    }

    /// Whether an address is a PC's of the school, as far as is known without waiting.
    func knows(_ address: IPAddress) -> Bool {
        hosts.knows(address)
    }

    /// Finds out who is behind an address, so that `knows` knows it next time. May wait.
    func lookUp(_ address: IPAddress) {
        _ = hosts.client(at: address)
    }

    /// The MAC behind an address, for quirks, as far as is known without waiting.
    func lastMAC(of address: IPAddress) -> MACAddress? {
        hosts.lastMAC(of: address)
    }
}

extension Resolver.Result {
    init(_ answer: Runtime.Answer, host: HostName?) {
        let content: Content
        switch answer.content {
        case .file(let file): content = .file(file)
        case .made(let made): content = .bytes(made.bytes)
        case .directory: content = .directory
        case .link, .nothing: content = .nothing
        }
        self.init(content: content, host: host, path: answer.path, delivery: Delivery(answer))
    }

    func with(_ content: Content) -> Resolver.Result {
        var result = Resolver.Result(content: content, host: host, path: path, delivery: delivery)
        (result.wantsProof, result.proof) = (wantsProof, proof)
        return result
    }
}

extension NameRules {
    /// What a request over TFTP comes to: links are followed, and a name that is not there is tried in the tree's case.
    package func answer(to request: Request, by runtime: Runtime) async throws(Refusal) -> Runtime.Answer {
        let answer = try await runtime.resolveFollowingLinks(request)
        guard case .nothing(.missing) = answer.content, let recased = recased(request.path, in: runtime.tree) else {
            return answer
        }
        return try await runtime.resolveFollowingLinks(request.asking(for: recased))
    }
}
