package import HookStore

/// The boots of one host, as its requests tell them apart: by a new start, or by silence.
package struct BootHistory: Sendable {
    /// Oldest first.
    package private(set) var boots: [Boot] = []

    /// After so long a silence it is another boot; milliseconds.
    private static let silence: Int64 = 600_000

    /// Of a host that was never seen.
    package init() {}

    /// - Parameter entries: of one host, oldest first.
    package init(_ entries: some Sequence<AuditEntry>) {
        for entry in entries { add(entry) }
    }

    /// Rows come when their transfers end, so one may be of the boot before the last.
    package mutating func add(_ entry: AuditEntry) {
        guard entry.intent == "fetch", let step = BootStep(entry) else { return }
        guard let last = boots.indices.last else { return boots.append(Boot(entry, step)) }
        if entry.at < boots[last].began {
            boots[boots.lastIndex { $0.began <= entry.at } ?? 0].add(entry, step)
        } else if entry.at - boots[last].ended < Self.silence, !(step <= .grub && boots[last].reached >= .linbo) {
            boots[last].add(entry, step)
        } else {
            boots.append(Boot(entry, step))
        }
    }

    /// - Parameter time: milliseconds since 1970.
    mutating func forget(before time: Int64) {
        boots.removeAll { $0.ended < time }
    }
}
