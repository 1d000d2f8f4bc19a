package import API
package import HookStore
package import Jobs
package import LinboModel
package import Supervision

// What a plugin may do besides answering requests. Each is a protocol of its own, so that nobody is asked in vain.

/// Shows names in directories that the tree does not hold.
package protocol DirectoryContributor: HookPlugin {
    /// Names that this plugin adds to a directory for this client.
    func names(in directory: TreePath, for client: Client) async throws -> [String]
}

/// Makes content that happens only once, and wants to know what became of it.
package protocol OutcomeListener: HookPlugin {
    /// Told once, after the transfer that `resolve` made content for. What happens only once is consumed here.
    func completed(_ outcome: Outcome) async throws
}

/// Follows uploads from their first byte on.
package protocol ArrivalListener: HookPlugin {
    /// A client has begun to upload an image; whoever wants to follow it starts doing so, and returns at once.
    func arriving(_ image: ArrivingImage) async
}

/// Has a say before an upload goes live.
package protocol PublishingStep: HookPlugin {
    /// Looks at an image and what came with it before it goes live, and says what shall lie beside it. The plugins are
    /// asked in the order of the configuration; each sees what those before it added.
    /// - Throws: `Refusal` to keep it from going live: it goes into quarantine with the reason, the live one stays.
    ///   `PublishLater`, or anything when the daemon ends meanwhile, to have it tried again. Any other error is logged,
    ///   and the set goes live without what this plugin would have added.
    func publishing(_ set: ArrivedSet) async throws -> [Sidecar]
}

/// Does work that nobody waits for: a queue, a subscription to `PluginContext.events`.
package protocol BackgroundWorker: HookPlugin {
    /// Runs while the daemon serves, and is cancelled at its end; `once` never calls it.
    func run() async
}

/// Has files of its own (a key pool, a template) that may be wrong.
package protocol Diagnosed: HookPlugin {
    /// What is wrong in them; `check`, `status` and the log show it.
    func problems() -> [Problem]
}

/// Goes to PCs by ssh (`PluginContext.pcs`), so the server's key has to be right.
package protocol PCVisitor: HookPlugin {}

/// Can tell that a server needs it.
package protocol Advertised: HookPlugin {
    /// Why a server needs this plugin, by what lies there and what clients ask for; nil: it does not. Asked while the
    /// configuration does not enable it: nobody shall lose a service without a word.
    static func need(on server: ServerFacts) -> String?
}

/// Keeps something in the database, in tables of its own.
package protocol Stateful: HookPlugin {
    /// The steps that make its tables, for all servers, whether they enable it or not: what a table holds outlives
    /// that.
    static var migrations: [Migration] { get }

    /// Retention, about once an hour.
    /// - Parameter cutoff: milliseconds since 1970; what ended before that may go.
    func forget(before cutoff: Int64) throws
}

/// Needs programs that run beside the daemon, such as a tracker, or a sender for each image.
package protocol ServiceProvider: HookPlugin {
    /// What shall run right now; asked every second, and when `PluginContext.supervisor.wishes` rings.
    func services() -> [ServiceSpec]
}

/// Does jobs.
package protocol JobProvider: HookPlugin {
    var jobKinds: [JobKind] { get }
}

/// Has figures that `status` and Prometheus show.
package protocol Measured: HookPlugin {
    func figures() -> [Figure]
}

/// A number that tells how a plugin is doing.
package struct Figure: Sendable, Codable, Equatable {
    /// In words, such as `boot commands`.
    package let label: String
    /// Prometheus' name, such as `linbo_onboot_commands`.
    package let metric: String
    /// As it is now; a gauge, not a count since the start.
    package let value: Int

    /// - Parameter metric: must keep its name, as dashboards know it.
    package init(_ label: String, metric: String, _ value: Int) {
        self.label = label
        self.metric = metric
        self.value = value
    }
}

/// Has queries and commands of its own, which the API serves and `linboctl` asks.
package protocol Administered: HookPlugin {
    static var operations: [OperationOf<Self>] { get }
}

extension Administered {
    /// All operations, answered by whichever plugin of this type the configuration has then.
    /// - Parameters:
    ///   - plugins: those that are enabled.
    ///   - file: the configuration's, to be named where this plugin is none of them.
    package static func handlers(
        among plugins: @escaping @Sendable () -> [any HookPlugin], file: String
    ) -> [Handler] {
        operations.map { operation in
            operation.handler {
                if let plugin = plugins().lazy.compactMap({ $0 as? Self }).first { return plugin }
                throw Fault(
                    .conflict,
                    "plugin \(name) is off: write `plugins:` with a line `  - \(name)` into \(file), then "
                        + "`linboctl reload`")
            }
        }
    }
}
