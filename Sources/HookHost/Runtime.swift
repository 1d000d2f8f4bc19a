package import LinboModel
import LinuxKit
package import Logging
import Synchronization

/// Resolves requests through the chain of plugins, in the order of the configuration, down to the tree.
package struct Runtime: Sendable {
    /// The end of each chain.
    package let tree: Tree
    /// In the order of the configuration.
    package let plugins: [any HookPlugin]
    /// What clients were not given since the start, as its name is not UTF-8.
    package let oddNames = OddNames()
    let readers: Readers
    private let entries: [Entry]
    private let contributors: [any DirectoryContributor]
    private let limit: Duration
    let logger: Logger

    /// Plugins may block their threads: on a disk, a database, a program. One that hangs has calls of its own clients
    /// alone here, for as long as their limit is.
    private static let executor = ThreadPool("plugins", limit: 256)

    private struct Entry: Sendable {
        let name: PluginName
        let claims: [PathPattern]
        let plugin: any HookPlugin
    }

    /// What a request came to.
    package struct Answer: Sendable {
        /// The canonical path: the symlinks among its directories are resolved.
        package let path: TreePath
        /// Those symlinks, in the order passed.
        package let passed: [Tree.Passed]
        /// What the client gets; a link only from `resolve`.
        package let content: Content
        /// Which plugins had a say; empty where none claims the path.
        package let trace: Trace

        /// As `resolve` found it.
        package init(path: TreePath, passed: [Tree.Passed], content: Content, trace: Trace) {
            self.path = path
            self.passed = passed
            self.content = content
            self.trace = trace
        }
    }

    /// - Parameters:
    ///   - readers: as whom files of the tree are read.
    ///   - limit: how long one call of a plugin may take. One that takes longer is passed by, as one that fails is.
    ///     Longer than what a plugin's own programs may take, and than any client waits.
    package init(
        plugins: [any HookPlugin], tree: Tree, readers: Readers = .unbound, limit: Duration = .seconds(120),
        logger: Logger
    ) {
        self.plugins = plugins
        self.tree = tree
        self.readers = readers
        self.limit = limit
        self.logger = logger
        contributors = plugins.compactMap { $0 as? any DirectoryContributor }
        entries = plugins.map { Entry(name: type(of: $0).name, claims: $0.claims, plugin: $0) }
    }

    /// Who claims a path; most paths nobody.
    package func claimants(of path: TreePath) -> [PluginName] {
        entries.filter { $0.claims.contains { $0.matches(path) } }.map(\.name)
    }

    /// - Throws: `Refusal` only; what else goes wrong in a plugin is a step of the trace, and the chain goes on.
    package func resolve(_ request: Request) async throws(Refusal) -> Answer {
        let path: TreePath
        let passed: [Tree.Passed]
        do {
            (path, passed) = try tree.canonical(request.path)
        } catch {
            return Answer(path: request.path, passed: [], content: .nothing(.hidden(error.reason)), trace: .none)
        }
        let chain = entries.filter { $0.claims.contains { $0.matches(path) } }
        guard !chain.isEmpty else {
            return Answer(
                path: path, passed: passed, content: tree.content(at: path, for: readers[request.transport]),
                trace: .none)
        }
        let recorder = Recorder()
        let content = try await run(chain[...], request.asking(for: path), recorder)
        return Answer(path: path, passed: passed, content: content, trace: recorder.trace)
    }

    /// The same with the links at the path's end followed, for a transport that sends bytes and no links.
    /// - Throws: `Refusal` only.
    package func resolveFollowingLinks(_ request: Request) async throws(Refusal) -> Answer {
        let answer = try await resolve(request)
        guard case .link(let link) = answer.content else { return answer }
        guard request.hops < Tree.linkLimit else {
            return Answer(
                path: answer.path, passed: [], content: .nothing(.hidden("links in a circle")), trace: answer.trace)
        }
        let target = try await resolveFollowingLinks(request.following(link))
        return Answer(
            path: target.path, passed: target.passed, content: target.content,
            trace: Trace(steps: answer.trace.steps + target.trace.steps))
    }

    /// What the tree itself has at a path for TFTP, links followed, without asking any plugin.
    /// - Returns: nil if a plugin claims the path, or what a link on the way leads to.
    package func resolvePlain(_ path: TreePath) -> Answer? {
        var path = path
        for _ in 0...Tree.linkLimit {
            guard let (canonical, passed) = try? tree.canonical(path) else { return nil }
            guard !entries.contains(where: { $0.claims.contains { $0.matches(canonical) } }) else { return nil }
            let content = tree.content(at: canonical, for: readers.tftp)
            guard case .link(let link) = content else {
                return Answer(path: canonical, passed: passed, content: content, trace: .none)
            }
            path = link.target
        }
        return nil
    }

    /// What is in a directory for one client: the tree's entries and those that plugins add, and what has no path.
    package func entries(of directory: TreePath, for client: Client) async -> (paths: Set<TreePath>, odd: [OddEntry]) {
        let listing = tree.listing(of: directory, for: readers.rsync)
        var found = Set(listing.names.map { directory.appending($0) })
        for plugin in contributors {
            do {
                let names = try await BoundedCall.run(within: limit, on: Self.executor) { _ in
                    try await plugin.names(in: directory, for: client)
                }
                for name in names {
                    let path = directory.appending(name)
                    if Self.isName(name), (try? TreePath(path.text)) == path { found.insert(path) }
                }
            } catch {
                logger.error("plugin \(type(of: plugin).name): names in \(directory): \(error)")
            }
        }
        return (found, oddEntries(listing.odd, in: directory))
    }

    /// Whether it can be an entry of a directory: one component.
    private static func isName(_ name: String) -> Bool { !name.isEmpty && !name.utf8.contains(UInt8(ascii: "/")) }

    /// Tells the plugin that gave a token how its transfer ended. What it can't take in is in the log, and not known to
    /// it then.
    package func tell(
        _ status: DeliveryStatus, of delivery: Delivery, to host: HostName?, _ connection: ConnectionID
    ) async {
        guard let outcome = delivery.outcome(status, of: host, connection) else { return }
        for plugin in plugins where type(of: plugin).name == delivery.claim?.owner {
            guard let listener = plugin as? any OutcomeListener else { continue }
            do {
                try await BoundedCall.run(within: limit, on: Self.executor) { _ in
                    try await listener.completed(outcome)
                }
            } catch {
                logger.error("plugin \(type(of: plugin).name): outcome of \(outcome.path): \(error)")
            }
        }
    }

    /// Tells all plugins that a client has begun to upload an image.
    package func arriving(_ image: ArrivingImage) async {
        for plugin in plugins {
            guard let follower = plugin as? any ArrivalListener else { continue }
            do {
                try await BoundedCall.run(within: limit, on: Self.executor) { _ in await follower.arriving(image) }
            } catch {
                logger.error("plugin \(type(of: plugin).name): the upload of \(image.name) begins: \(error)")
            }
        }
    }
}

// MARK: - The chain

extension Runtime {
    /// Collects the steps of one request. A class, as each link of the chain adds to the same list.
    private final class Recorder: Sendable {
        private let steps = Mutex<[Trace.Step]>([])

        func open(_ plugin: PluginName) -> Int {
            steps.withLock { steps in
                steps.append(Trace.Step(plugin: plugin, action: .passed, remarks: []))
                return steps.count - 1
            }
        }

        func close(_ index: Int, _ action: Trace.Action, _ remarks: [String]) {
            steps.withLock { $0[index] = Trace.Step(plugin: $0[index].plugin, action: action, remarks: remarks) }
        }

        func add(_ trace: Trace) {
            steps.withLock { $0 += trace.steps }
        }

        var trace: Trace { Trace(steps: steps.withLock { $0 }) }
    }

    private func run(
        _ chain: ArraySlice<Entry>, _ request: Request, _ recorder: Recorder
    ) async throws(Refusal) -> Content {
        guard let entry = chain.first else { return tree.content(at: request.path, for: readers[request.transport]) }
        let index = recorder.open(entry.name)
        let below = Below()
        do {
            let resolution = try await BoundedCall<Resolution>.run(within: limit, on: Self.executor) { call in
                let next = Next { further in
                    try await call.paused {
                        // What a plugin looks up besides is not what it answers or transforms.
                        guard further.path == request.path else { return try await lookUp(further) }
                        let content = try await followed(
                            run(chain.dropFirst(), further, recorder), further, recorder)
                        below.content.withLock { $0 = content }
                        return content
                    }
                }
                return try await entry.plugin.resolve(request.abandoned { call.isAbandoned }, next: next)
            }
            let action = resolution.refusal.map { .refused($0) } ?? below.action(for: resolution.content)
            recorder.close(index, action, resolution.remarks)
            return below.owned(resolution.content, by: entry.name)
        } catch let refusal as Refusal {
            recorder.close(index, .refused(refusal.reason), [])
            throw refusal
        } catch {
            logger.error(
                "plugin \(entry.name): \(request.path) for \(request.client.label): \(error)",
                metadata: request.client.metadata)
            recorder.close(index, .failed("\(error)"), [])
            return try await run(chain.dropFirst(), request, recorder)
        }
    }

    /// Another path that a plugin asks for: it has a chain of its own, from its start, and what is done there is told
    /// by that path's own requests.
    private func lookUp(_ request: Request) async throws(Refusal) -> Content {
        guard request.hops < Tree.linkLimit else {
            return .nothing(.hidden("plugins that ask for each other's files in a circle"))
        }
        return try await resolveFollowingLinks(request.aHopFurther()).content
    }

    /// What a plugin gets from `next` is what the name stands for: a link's target, by that target's own rules.
    /// What was done there is told with the rest: what came by a link may hold a key, too.
    private func followed(
        _ content: Content, _ request: Request, _ recorder: Recorder
    ) async throws(Refusal) -> Content {
        guard case .link(let link) = content else { return content }
        guard request.hops < Tree.linkLimit else { return .nothing(.hidden("links in a circle")) }
        let further = request.following(link)
        let answer = try await resolve(further)
        recorder.add(answer.trace)
        return try await followed(answer.content, further, recorder)
    }

    /// What `next` gave, to tell a transformation from an answer.
    private final class Below: Sendable {
        let content = Mutex<Content?>(nil)

        /// A token is told to whoever made it, also if another plugin has transformed the bytes since.
        func owned(_ result: Content, by plugin: PluginName) -> Content {
            guard case .made(var made) = result, made.token != nil else { return result }
            if case .made(let before) = content.withLock({ $0 }), before.token == made.token {
                made.owner = before.owner
            } else {
                made.owner = plugin
            }
            return .made(made)
        }

        func action(for result: Content) -> Trace.Action {
            if case .nothing(.hidden(let reason)) = result { return .hid(reason) }
            if case .nothing(.refused(let reason)) = result { return .refused(reason) }
            switch (content.withLock { $0 }, result) {
            case (nil, .nothing), (.nothing, .nothing), (.file, .file), (.directory, .directory): return .passed
            case (.made(let before), .made(let after)) where before.bytes == after.bytes: return .passed
            case (nil, _), (.nothing, _): return .answered
            default: return .transformed
            }
        }
    }
}
