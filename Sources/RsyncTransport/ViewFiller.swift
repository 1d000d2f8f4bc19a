import HookHost
import LinboModel
import LinuxKit
import Logging

/// Places what one connection asked for, and all that belongs to it, in its client's view.
struct ViewFiller {
    let runtime: Runtime
    let view: View
    let client: Client
    let arguments: RsyncArguments
    let connection: ConnectionID
    let ballast: Ballast
    let logger: Logger
    let isAbandoned: @Sendable () -> Bool
    let turns: FillTurns
    /// Asked before bytes of the client's own are placed: its address may have got another owner, whose view it is now.
    let holdsView: () -> Bool
    var ticket: Ticket

    /// A request that would place more is refused; a school's whole tree has some ten thousand entries.
    static let entryLimit = 1_000_000
    /// So many are placed at once; whoever asks for more waits for a turn.
    static let entriesWithoutTurn = 256
    /// Decisions on single files of a directory that the audit log keeps.
    static let auditLimit = 10_000

    /// How far into a directory rsync will look.
    enum Depth { case itself, entries, everything }

    private var directories: [TreeDirectory] = []
    private var entered: Set<TreePath> = []
    private var count = 0
    private var hasTurn = false

    init(
        runtime: Runtime, view: View, client: Client, arguments: RsyncArguments, connection: ConnectionID,
        ticket: Ticket, ballast: Ballast, logger: Logger, isAbandoned: @escaping @Sendable () -> Bool, turns: FillTurns,
        holdsView: @escaping () -> Bool
    ) {
        self.runtime = runtime
        self.view = view
        self.client = client
        self.arguments = arguments
        self.connection = connection
        self.ticket = ticket
        self.ballast = ballast
        self.logger = logger
        self.isAbandoned = isAbandoned
        self.turns = turns
        self.holdsView = holdsView
    }

    /// - Throws: `Refusal`.
    mutating func placeAll() async throws(Refusal) {
        defer { if hasTurn { turns.leave(client.address) } }
        try await placeEach()
    }

    private mutating func placeEach() async throws(Refusal) {
        for bytes in arguments.paths {
            let path: TreePath
            do throws(PathError) { path = try TreePath(parsing: bytes) } catch { throw Refusal("\(error)") }
            try await placeAsked(path, endsWithSlash: bytes.last == UInt8(ascii: "/"))
        }
        for directory in directories.reversed() {
            if let status = directory.status { view.finish(directory.path, as: status) }
        }
    }

    private var depth: Depth {
        arguments.isRecursive ? .everything : arguments.listsDirectories ? .entries : .itself
    }

    private mutating func placeAsked(_ path: TreePath, endsWithSlash: Bool) async throws(Refusal) {
        let answer = try await runtime.resolve(request(path, .byName))
        if case .nothing(.missing) = answer.content, RsyncArguments.isPattern(path) {
            throw Refusal("\(PathError.pattern)")
        }
        for link in answer.passed {
            attempt(link.path) { view throws(SystemError) in try view.placeLink(at: link.path, text: link.text) }
        }
        let index = ticket.deliveries.count
        ticket.deliveries.append(Delivery(answer))
        let before = count
        let isFollowed = arguments.followsLinks || endsWithSlash
        let bytes = try await place(answer, depth: depth, depthBehindLink: isFollowed ? depth : .itself)
        if case .directory = answer.content, depth != .itself {
            // Of a listing no file's bytes are sent.
            ticket.deliveries[index].bytes = depth == .everything ? bytes : nil
            ticket.deliveries[index].reason =
                "\(count - before - 1) entries" + (depth == .everything ? "" : ", their names alone")
        }
    }

    private func request(_ path: TreePath, _ manner: Manner) -> Request {
        Request(
            client: client, over: .rsync, path: path, intent: arguments.intent, manner: manner, connection: connection,
            isAbandoned: isAbandoned)
    }

    /// - Parameter depthBehindLink: for the target of a link; nil leaves the target out.
    /// - Returns: the bytes of the files placed.
    private mutating func place(
        _ answer: Runtime.Answer, depth: Depth, depthBehindLink: Depth?
    ) async throws(Refusal) -> Int64 {
        try countOne()
        if count == Self.entriesWithoutTurn + 1 {
            hasTurn = await turns.enter(client.address)
            guard hasTurn else {
                throw Refusal("too many ask for whole directories at once: try again, or ask for less")
            }
            if isAbandoned() { throw Refusal("nobody waits for it any more") }
        }
        switch answer.content {
        case .file(let file):
            attempt(answer.path) { view throws(SystemError) in try view.place(file, at: answer.path) }
            return file.status.size
        case .made(let made):
            guard holdsView() else { throw Refusal("\(client.address) has got another owner: try again") }
            let intent = arguments.intent
            attempt(answer.path) { view throws(SystemError) in
                switch intent {
                case .fetch: try view.place(made, at: answer.path)
                case .probe, .store: try view.placeOutline(of: made, at: answer.path)
                }
            }
            return Int64(made.bytes.count)
        case .directory(let directory): return try await place(directory, depth: depth)
        case .link(let link): return try await place(link, depth: depthBehindLink)
        case .nothing:
            // A dry run takes nothing away: it may be another connection's, on its way.
            if arguments.intent == .fetch { view.remove(answer.path) }
            return 0
        }
    }

    private mutating func place(_ link: TreeLink, depth: Depth?) async throws(Refusal) -> Int64 {
        var bytes: Int64 = 0
        if let depth {
            let target = try await resolveChild(link.target)
            if case .nothing(.hidden) = target.content {
                if arguments.intent == .fetch { view.remove(link.path) }
                return 0
            }
            for passed in target.passed {
                attempt(passed.path) { view throws(SystemError) in
                    try view.placeLink(at: passed.path, text: passed.text)
                }
            }
            note(target)
            if entered.insert(link.path).inserted {
                bytes = try await place(target, depth: depth, depthBehindLink: depth)
            }
        }
        attempt(link.path) { view throws(SystemError) in try view.placeLink(at: link.path, text: link.text) }
        return bytes
    }

    private mutating func place(_ directory: TreeDirectory, depth: Depth) async throws(Refusal) -> Int64 {
        attempt(directory.path) { view throws(SystemError) in try view.makeDirectory(at: directory.path) }
        directories.append(directory)
        guard depth != .itself, entered.insert(directory.path).inserted else { return 0 }
        var bytes: Int64 = 0
        // What an earlier connection left is resolved again, so that what is gone or spent is not listed.
        let left = view.names(in: directory.path).map { directory.path.appending($0) }
        let entries = await runtime.entries(of: directory.path, for: client)
        for path in entries.paths.union(left).sorted() {
            let answer = try await resolveChild(path)
            note(answer)
            bytes += try await place(
                answer, depth: depth == .everything ? .everything : .itself,
                depthBehindLink: arguments.followsLinks ? (depth == .everything ? .everything : .itself) : nil)
        }
        return bytes + (try placeOdd(entries.odd, in: directory.path, depth: depth))
    }

    /// What lies in a directory under names that are not UTF-8, and below such directories.
    /// - Parameter directory: the path in which a failure is told.
    private mutating func placeOdd(_ entries: [OddEntry], in directory: TreePath, depth: Depth) throws(Refusal) -> Int64
    {
        var bytes: Int64 = 0
        for entry in entries {
            try countOne()
            attempt(directory) { view throws(SystemError) in try view.place(entry) }
            guard entry.status.kind == .directory else {
                bytes += entry.status.size
                continue
            }
            if depth == .everything { bytes += try placeOdd(runtime.entries(in: entry), in: directory, depth: depth) }
            view.finish(entry)
        }
        return bytes
    }

    private mutating func countOne() throws(Refusal) {
        count += 1
        guard count <= Self.entryLimit else { throw Refusal("more than \(Self.entryLimit) files: ask for less") }
    }

    /// A plugin that refuses one file does not refuse the directory: the file is not there.
    private func resolveChild(_ path: TreePath) async throws(Refusal) -> Runtime.Answer {
        do throws(Refusal) {
            return try await runtime.resolve(request(path, .inDirectory))
        } catch {
            return Runtime.Answer(path: path, passed: [], content: .nothing(.hidden(error.reason)), trace: .none)
        }
    }

    /// Keeps what was decided on a file that came along with a directory, if it is more than the tree's own.
    private mutating func note(_ answer: Runtime.Answer) {
        let delivery = Delivery(answer)
        guard !delivery.isOrdinary, delivery.claim != nil || ticket.deliveries.count < Self.auditLimit else { return }
        ticket.deliveries.append(delivery)
    }

    /// A file that can't be placed is missing to the client, which is what it would be told by rsync; the log says why.
    private mutating func attempt(_ path: TreePath, _ body: (View) throws(SystemError) -> Void) {
        do throws(SystemError) {
            try body(view)
        } catch {
            if ballast.relieves(error) { return attempt(path, body) }
            logger.error("\(path) for \(client.label): \(error)", metadata: client.metadata)
            ticket.deliveries.append(
                Delivery(path: path.description, decision: .failed, reason: "\(error)"))
        }
    }
}
