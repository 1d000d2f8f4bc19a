import Synchronization

/// Whether a client has shown that packets reach it at its address. Who asks by a datagram may have written another's
/// address into it: what happens once is not done for such a request, only looked up.
package enum Proof: Sendable {
    /// A connection, or a client that has answered.
    case given
    /// Not yet; what shall happen when it is given is kept here.
    case awaited(ProofActions)
}

/// What plugins want to do as soon as a client has shown that it is there.
package final class ProofActions: Sendable {
    /// What a plugin holds back until then; it reports its own errors.
    package typealias Action = @Sendable () async -> Void
    private let actions = Mutex<[Action]>([])

    /// For one request.
    package init() {}

    func add(_ action: @escaping Action) {
        actions.withLock { $0.append(action) }
    }

    /// In the order they came, for the transport to run at the proof.
    package func all() -> [Action] {
        actions.withLock { $0 }
    }
}

extension Request {
    /// A plugin that has something to give once shows it to a request without proof, marked as `isOneShot` and without
    /// a token, and takes it for the request with proof that follows.
    package var isProven: Bool {
        if case .given = proof { true } else { false }
    }

    /// Does it now, or when the client has shown that it is there, if ever.
    package func whenProven(_ action: @escaping ProofActions.Action) async {
        switch proof {
        case .given: await action()
        case .awaited(let actions): actions.add(action)
        }
    }
}
