package import HookHost

/// What a PC does, as far as what it fetched from this server tells; always with when that was, and from where it is
/// known.
package struct PCState: Sendable, Codable, Equatable {
    /// What a PC can do, as far as it can be seen.
    package enum Phase: String, Sendable, Codable, CaseIterable {
        /// Nothing was seen of it for half a day.
        case unknown
        /// It has fetched GRUB.
        case firmware
        /// It has fetched GRUB's menu. A system on its disk may run by now: GRUB starts one without telling anybody.
        case grub
        /// It has fetched LINBO's kernel.
        case kernel
        /// LINBO runs.
        case linbo
        /// LINBO fetches an image.
        case syncing
        /// LINBO starts a system, or one runs.
        case system
    }

    /// What it does.
    package let phase: Phase
    /// How far the boot came; nil: nothing was seen.
    package let step: BootStep?
    /// Since when it is in that phase; milliseconds since 1970.
    package let since: Int64?
    /// When it was last heard of; milliseconds since 1970.
    package let seen: Int64?
    /// Over what it was seen.
    package let source: Transport?
    /// What it fetches, the largest file if there are several.
    package let transfer: RunningTransfer?
    /// Why it does not get on, with the likely cause; nil: it does, or needs not to.
    package let stuck: String?

    /// Nothing was seen of it for half a day.
    package static let unknown = PCState(
        phase: .unknown, step: nil, since: nil, seen: nil, source: nil, transfer: nil, stuck: nil)

    /// After so long a silence nobody knows any more; milliseconds.
    private static let memory: Int64 = 12 * 3_600_000

    /// - Parameters:
    ///   - boot: the last one.
    ///   - running: what is on the way to the PC.
    ///   - now: milliseconds since 1970.
    init(_ boot: Boot?, _ running: [RunningTransfer], stuck: String?, now: Int64) {
        let image = running.filter { $0.image != nil }.max { ($0.bytes ?? 0) < ($1.bytes ?? 0) }
        let transfer = image ?? running.max { ($0.bytes ?? 0) < ($1.bytes ?? 0) }
        let last = boot.flatMap { now - $0.ended < Self.memory ? $0 : nil }
        guard last != nil || transfer != nil else {
            self = .unknown
            return
        }
        let step = max(last?.reached ?? .firmware, transfer.map { BootStep(running: $0) } ?? .firmware)
        let seen = max(last?.ended ?? 0, transfer?.moved ?? 0)
        self.init(
            phase: image == nil ? Phase(step) : .syncing, step: step,
            since: image?.began ?? (last?.reached == step ? last?.reachedAt : transfer?.began) ?? seen, seen: seen,
            source: transfer?.transport ?? (step <= .kernel ? .tftp : .rsync), transfer: transfer, stuck: stuck)
    }

    private init(
        phase: Phase, step: BootStep?, since: Int64?, seen: Int64?, source: Transport?, transfer: RunningTransfer?,
        stuck: String?
    ) {
        (self.phase, self.step, self.since, self.seen) = (phase, step, since, seen)
        (self.source, self.transfer, self.stuck) = (source, transfer, stuck)
    }
}

extension PCState.Phase {
    init(_ step: BootStep) {
        switch step {
        case .firmware: self = .firmware
        case .grub: self = .grub
        case .kernel: self = .kernel
        case .linbo, .startConf, .image: self = .linbo
        case .system: self = .system
        }
    }
}
