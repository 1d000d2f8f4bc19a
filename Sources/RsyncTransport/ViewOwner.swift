import Glibc
import HookHost
import HookWire
import LinboModel
import LinuxKit

/// Whose a view is: a view has an address for its name, and an address can get another owner while a connection of the
/// old one still hangs.
struct ViewOwner: Sendable, Equatable {
    /// nil: no devices.csv knows it.
    let host: String?
    /// nil: the kernel does not tell, as for clients behind a router.
    let mac: MACAddress?

    init(_ client: Client, mac: MACAddress?) {
        host = client.host?.name.description
        self.mac = mac
    }

    /// Where one of both MACs is not known, the host decides.
    func isSame(as other: ViewOwner) -> Bool {
        host == other.host && (mac == other.mac || mac == nil || other.mac == nil)
    }

    // MARK: On disk

    private static let sizeLimit = 1024

    /// Of the record beside a client's connections; nil if there is none, or none that can be read.
    init?(at path: String) {
        guard let (bytes, _) = try? FileBytes.read(path, limit: Self.sizeLimit) else { return nil }
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2 else { return nil }
        let (name, address) = (HostName(words[0]), MACAddress(words[1]))
        // A MAC that can't be read is not one that nobody knew: that would be anybody's.
        guard name != nil || words[0] == "-", address != nil || words[1] == "-" else { return nil }
        host = name?.description
        mac = address
    }

    var text: String { "\(host ?? "-") \(mac?.description ?? "-")" }
}

extension LiveRecords {
    /// Milliseconds for connections of the last owner to end.
    private static let patienceForOthers = 2000

    /// Makes a client's directory one owner's, before anything is placed in it. rsyncd has entered the directory by
    /// then, as have the connections of the owner before: these are ended, and what they had there goes.
    /// - Throws: `SystemError`; `Refusal` if they do not end.
    func take(_ address: String, for owner: ViewOwner) throws {
        let file = paths.owner(of: address)
        if let last = ViewOwner(at: file), last == owner { return }
        try endOthers(address, than: owner)
        try withLock(of: address) {
            // Another connection of the same owner may have come first, and lies in it.
            let last = ViewOwner(at: file)
            let isItsView = last?.isSame(as: owner) ?? false
            if !isItsView, !FileTree.empty(paths.view(of: address)) {
                throw Refusal("what \(address)'s last owner had can't be removed: see the server's log")
            }
            try Disk.replace(file, with: Array(owner.text.utf8), in: paths.temporary)
        }
    }

    /// Whether a view is still that owner's. Another one may have come while it was filled.
    func holds(_ owner: ViewOwner, _ address: String) -> Bool {
        ViewOwner(at: paths.owner(of: address)).map { $0.isSame(as: owner) } ?? false
    }

    private func endOthers(_ address: String, than owner: ViewOwner) throws {
        let deadline = Deadline(inMilliseconds: Self.patienceForOthers)
        while true {
            let others = connections(of: address).filter { $0.isServing && !belongs($0, address, to: owner) }
            guard !others.isEmpty else { return }
            for other in others { try other.terminate() }
            guard !deadline.hasPassed else { throw Refusal("\(address) has got another owner: try again") }
            _ = poll(nil, 0, 5)
        }
    }

    /// One without a ticket has still to take the view for its own owner.
    private func belongs(_ connection: ConnectionID, _ address: String, to owner: ViewOwner) -> Bool {
        guard let text = ticket(of: connection, address: address)?.owner, let its = ViewOwner(text: text) else {
            return true
        }
        return its.isSame(as: owner)
    }
}
