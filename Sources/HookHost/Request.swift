/// What a transport was asked, as a value.
package struct Request: Sendable {
    /// Who asks.
    package let client: Client
    /// How it came.
    package let transport: Transport
    /// With the symlinks of its directories resolved, so that a name means the same however it was reached.
    package var path: TreePath
    /// What the client wants to do with the file.
    package let intent: Intent
    /// By the file's own name, or with its directory.
    package let manner: Manner
    /// Whose claim it is if something is given once.
    package let connection: ConnectionID
    /// Whether the client is really at its address.
    package let proof: Proof
    /// Whether whoever waits for the answer has given up. linbo-hook turns to `once` when the daemon is silent for too
    /// long; what would be claimed for it after that would be claimed for nobody.
    package private(set) var isAbandoned: @Sendable () -> Bool
    /// Symlinks followed so far on behalf of a plugin, and other paths that plugins have asked for on the way.
    private(set) var hops = 0

    /// By default a file asked for by its own name, over a connection, of a client that waits.
    package init(
        client: Client, over transport: Transport, path: TreePath, intent: Intent, manner: Manner = .byName,
        connection: ConnectionID,
        proof: Proof = .given, isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) {
        self.client = client
        self.transport = transport
        self.path = path
        self.intent = intent
        self.manner = manner
        self.connection = connection
        self.proof = proof
        self.isAbandoned = isAbandoned
    }

    /// The same request for another path.
    package func asking(for path: TreePath) -> Request {
        var request = self
        request.path = path
        return request
    }

    func following(_ link: TreeLink) -> Request { asking(for: link.target).aHopFurther() }

    func aHopFurther() -> Request {
        var request = self
        request.hops += 1
        return request
    }

    func abandoned(by isLate: @escaping @Sendable () -> Bool) -> Request {
        var request = self
        request.isAbandoned = { [isAbandoned] in isLate() || isAbandoned() }
        return request
    }
}

/// How a request came. What a plugin answers may depend on it: rsyncd tells the outcome of a whole connection, TFTP
/// that of each file; anybody can send an RRQ in the name of any address.
package enum Transport: String, Sendable, Hashable, Codable, CaseIterable {
    case rsync, tftp
}

/// What is done with the path; `fetch` alone may consume something.
package enum Intent: String, Sendable, Hashable {
    /// The client wants the bytes.
    case fetch
    /// A dry run or a listing: it must change nothing, and gets names, sizes and times only.
    case probe
    /// The client sends bytes.
    case store
}

/// Whether a file was asked for by its own name, or came along with its directory.
package enum Manner: String, Sendable, Hashable {
    case byName, inDirectory
}
