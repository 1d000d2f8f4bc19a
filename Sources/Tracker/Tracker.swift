import CLinux
import Glibc
package import LinuxKit

/// A BitTorrent tracker by HTTP (BEP 3, 23, 48) and UDP (BEP 15), of published torrents alone, that knows the school:
/// each asker is told of near peers that it can reach, and each announce tells how far its client is.
package final class Tracker: Sendable {
    private let settings: TrackerSettings
    private let places: any PeerPlaces
    private let changed: @Sendable (PeerChange) -> Void
    private let sockets: TrackerSockets
    private let mailbox: Mailbox<TrackerMessage>
    private let poller: Poller
    /// Since its start.
    package let counters = TrackerCounters()

    /// Binds all addresses. Nothing is published yet.
    /// - Parameter changed: is told of every change of a peer, in their order, on the tracker's only thread: it leaves
    ///   them where somebody else takes them, and waits for nothing.
    /// - Throws: `SystemError` that names an address that can't be bound, or is of IPv6 (EAFNOSUPPORT).
    package init(
        _ settings: TrackerSettings, places: any PeerPlaces,
        changed: @escaping @Sendable (PeerChange) -> Void = { _ in }
    ) throws(SystemError) {
        (self.settings, self.places, self.changed) = (settings, places, changed)
        sockets = try TrackerSockets(settings)
        (mailbox, poller) = (try Mailbox("tracker"), try Poller("tracker"))
        for descriptor in sockets.connections + sockets.datagrams + [mailbox.descriptor] {
            guard poller.watch(descriptor) else { throw SystemError("epoll_ctl", "tracker") }
        }
    }

    /// Of TCP and UDP, of the first address.
    package var port: UInt16 { sockets.port }

    /// Serves these torrents from now on, and no others: a request that comes after this returned is judged by it.
    /// Peers of torrents that go are forgotten, those of others stay.
    package func publish(_ torrents: [PublishedTorrent]) {
        mailbox.post(.publish(torrents))
    }

    /// Who has what now, for all published torrents. Answered by the tracker's thread: only while `run` runs, else it
    /// waits for it; empty after its end.
    package func swarms() async -> [Swarm] {
        await withCheckedContinuation { asked in
            if !mailbox.post(.swarms(asked)) { asked.resume(returning: []) }
        }
    }

    /// Serves on a thread of its own until the task is cancelled; then its ports are free. Once.
    package func run() async {
        let (settings, places, changed) = (settings, places, changed)
        let (sockets, mailbox, poller, counters) = (sockets, mailbox, poller, counters)
        await withTaskCancellationHandler {
            await NamedThread.run("tracker") {
                TrackerEngine(
                    settings, places: places, changed: changed, sockets: sockets, mailbox: mailbox, poller: poller,
                    counters: counters
                ).run()
            }
        } onCancel: {
            mailbox.post(.stop)
        }
    }
}

/// What the tracker's thread is told.
enum TrackerMessage: Sendable {
    case publish([PublishedTorrent])
    case swarms(CheckedContinuation<[Swarm], Never>)
    case stop
}
