/// How an answer came about: what the audit log, `why` and `explain` show.
package struct Trace: Sendable {
    /// What one plugin of the chain did.
    package struct Step: Sendable, Hashable {
        /// Which one.
        package let plugin: PluginName
        /// What it did with the request.
        package let action: Action
        /// In its own words, for people.
        package let remarks: [String]
    }

    /// What a plugin can do with a request.
    package enum Action: Sendable, Hashable, CustomStringConvertible {
        /// Made the content itself, without asking further.
        case answered
        /// Changed what came back.
        case transformed
        /// Handed on what came back, unchanged.
        case passed
        /// There is something, but not for this client.
        case hid(String)
        /// Kept back all or some of what the host would get, or threw a `Refusal`.
        case refused(String)
        /// Went wrong; the request went on without it.
        case failed(String)

        package var description: String {
            switch self {
            case .answered: "answered"
            case .transformed: "transformed"
            case .passed: "passed on"
            case .hid(let reason): "hid: \(reason)"
            case .refused(let reason): "refused: \(reason)"
            case .failed(let reason): "failed: \(reason)"
            }
        }
    }

    /// In the order of the chain.
    package var steps: [Step] = []

    /// Of a path that no plugin claims.
    package static let none = Trace()

    /// The plugin that decided: the first that did more than pass.
    package var decider: Step? { steps.first { $0.action != .passed } }

    /// What was kept back, and why.
    var refusal: String? {
        steps.lazy.compactMap { step in
            if case .refused(let reason) = step.action { reason } else { nil }
        }.first
    }
}
