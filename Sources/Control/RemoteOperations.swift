package import API
package import Jobs
package import Remote

/// Asked by `linboctl remote`. All PCs are told, or none.
package struct RunRemote: APIOperation {
    /// What becomes of an order for a PC that another one is for already.
    package enum WhenBusy: String, Codable, Sendable, CaseIterable {
        case refuse
        /// It is done after the other one.
        case append
    }

    /// What was taken in, and for whom nothing was.
    package struct Answer: Codable, Sendable {
        /// Names the order: `Job.batch` of its jobs.
        package let number: Int64
        /// One for each PC, in the order of the targets.
        package let jobs: [Job]
        /// Hosts of rooms and groups that take no commands, with their PXE flag.
        package let skipped: [String]
    }
    package static let route = Route.post("/v1/remote")
    package static let summary = "Has PCs that run LINBO do commands now: a job for each."

    /// Hosts, `room:NAME`, `group:NAME`, `school:NAME`, `all`.
    package var targets: [String]
    /// Such as `sync:1,start:1`.
    package var command: String
    /// Without it, what destroys something is not done.
    package var isConfirmed: Bool?
    /// By default nothing is done if one of the PCs is busy.
    package var whenBusy: WhenBusy?
    /// A PC that does not answer is woken and waited for so long, such as `5m`; nil: it fails.
    package var wait: String?
    /// A PC that runs a system is left alone, and is no failure.
    package var skipsInUse: Bool?

    /// - Parameters:
    ///   - isConfirmed: whoever asks knows what `PreviewRemote` says of it.
    ///   - wait: a span of time.
    package init(
        targets: [String], command: String, isConfirmed: Bool, whenBusy: WhenBusy = .refuse, wait: String? = nil,
        skipsInUse: Bool = false
    ) {
        (self.targets, self.command, self.isConfirmed) = (targets, command, isConfirmed)
        (self.whenBusy, self.wait, self.skipsInUse) = (whenBusy, wait, skipsInUse)
    }
}

/// Asked by `linboctl remote` before it asks a person.
package struct PreviewRemote: APIOperation {
    /// What an order would do to the PCs of one group, which have one start.conf.
    package struct Group: Codable, Sendable {
        package let group: String
        package let hosts: [String]
        /// For each command what it is about: the system's name, its image, the disk.
        package let steps: [String]
        /// What the PCs' screens would do by themselves afterwards, and do not: such as `AutoPartition`.
        package let prevented: [String]
    }

    /// What will happen.
    package struct Answer: Codable, Sendable {
        package let groups: [Group]
        /// What is lost on each of them; empty: nothing that must be confirmed.
        package let losses: [String]
        /// PCs that run a system, as far as can be seen: they are not reached.
        package let inSystem: [String]
        /// PCs of which nothing was seen for half a day: they are likely off.
        package let unseen: [String]
        /// PCs that have an order already, with what it is.
        package let busy: [String]
        /// As `RunRemote` has them.
        package let skipped: [String]
    }
    package static let route = Route.post("/v1/remote/preview")
    package static let summary = "What an order would do, which systems and disks it is about, and what would be lost."

    /// As `RunRemote` has them.
    package var targets: [String]
    /// As `RunRemote` has it.
    package var command: String

    /// Of an order that nobody has given yet.
    package init(targets: [String], command: String) {
        (self.targets, self.command) = (targets, command)
    }
}

/// Asked by `linboctl remote show`.
package struct GetRemote: APIOperation {
    /// A PC of an order.
    package struct PC: Codable, Sendable {
        /// As in devices.csv.
        package let host: String
        /// How far it is, and what became of it.
        package let job: Job
        /// In their order; empty: it has not begun.
        package let steps: [RemoteStep]
    }
    package typealias Answer = [PC]
    package static let route = Route.get("/v1/remote/{number}")
    package static let summary = "How far each PC of an order is, step by step."

    /// `RunRemote.Answer.number`.
    package var number: Int64

    /// - Parameter number: one that is unknown is answered by a fault.
    package init(number: Int64) {
        self.number = number
    }
}

/// Asked by `linboctl remote retry`.
package struct RetryRemote: APIOperation {
    package typealias Answer = [Job]
    package static let route = Route.post("/v1/remote/{number}/retry")
    package static let summary =
        "Has those PCs of an order that did not get it done do it again, from the first command on."

    /// `RunRemote.Answer.number`.
    package var number: Int64

    /// - Parameter number: one that is unknown, or of which nothing failed, is answered by a fault.
    package init(number: Int64) {
        self.number = number
    }
}

/// Asked by `linboctl remote cancel`.
package struct CancelRemote: APIOperation {
    package typealias Answer = [Job]
    package static let route = Route.post("/v1/remote/{number}/cancel")
    package static let summary = "Stops an order on all PCs that have not done it yet."

    /// `RunRemote.Answer.number`.
    package var number: Int64

    /// - Parameter number: one that is unknown, or over, is answered by a fault.
    package init(number: Int64) {
        self.number = number
    }
}

/// Asked by `linboctl remote keys`.
package struct GetHostKeys: APIOperation {
    package typealias Answer = [HostKeys.Entry]
    package static let route = Route.get("/v1/host-keys")
    package static let summary = "The keys by which PCs have shown who they are, and which are trusted."

    /// Of all PCs.
    package init() {}
}

/// Asked by `linboctl remote trust` and `distrust`.
package struct TrustHostKey: APIOperation {
    package typealias Answer = HostKeys.Entry
    package static let route = Route.post("/v1/host-keys")
    package static let summary = "Says whether PCs that show a key are spoken to."

    /// `SHA256:…`, of a key that was seen.
    package var fingerprint: String
    /// False: they are no longer.
    package var isTrusted: Bool

    /// - Parameter fingerprint: one that was never seen is answered by a fault.
    package init(fingerprint: String, isTrusted: Bool) {
        (self.fingerprint, self.isTrusted) = (fingerprint, isTrusted)
    }
}
