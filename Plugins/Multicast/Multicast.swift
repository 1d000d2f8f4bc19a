package import HookConfig
package import HookHost
package import HookStore
package import LinboModel
import LinuxKit
package import Supervision

/// `multicast.list`, made for each PC, and senders for the images in it (docs/linbo.md#multicast).
///
/// A list names only senders that live: a PC that came to a port where nobody sends would wait for ever, and one whose
/// image the list does not have fetches it with rsync.
package struct Multicast: HookPlugin {
    package static let name: PluginName = "multicast"

    let settings: MulticastSettings
    let context: PluginContext
    let director: Director

    /// - Throws: `ConfigError` if a setting below `multicast:` is wrong.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        settings = try MulticastSettings(section)
        self.context = context
        director = Director(settings, context)
    }

    package var claims: [PathPattern] { ["multicast.list"] }

    /// A sender listens a moment after it is wanted; a PC that boots waits so long for it.
    private static let patience = Duration.seconds(3)
    private static let interval = Duration.milliseconds(50)

    /// An empty list sends a PC to rsync.
    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        guard let host = request.client.host else {
            return Resolution(.made(MadeContent([])), remarks: ["empty: nobody sends to an unknown client"])
        }
        let address = request.client.address.bytes
        guard let network = director.networks().first(where: { $0.reaches(address) }) else {
            return Resolution(
                .made(MadeContent([])),
                remarks: ["empty: \(request.client.address) is in no network that the server sends in"])
        }
        let images = images(of: host)
        let server = IPAddress(bytes: network.address)?.description ?? ""
        if request.intent == .fetch {
            do {
                try director.ledger().wish(
                    images, of: host.name.lowercased, at: request.client.address.description, from: server,
                    now: UnixTime.nowMilliseconds(), forgetting: director.cutoff, director.range)
            } catch {
                return Resolution(.made(MadeContent([])), remarks: ["empty: \(error)"])
            }
            if !images.isEmpty { await wait(for: images, server) }
        }
        let lines = live(images, server).map(\.line)
        let missing = images.count - lines.count
        return Resolution(
            .made(MadeContent(Array(lines.joined().utf8))),
            remarks: missing > 0 ? ["\(missing) images are left out, as no sender lives"] : [])
    }

    private func live(_ images: [ImageName], _ server: String) -> [Channel] {
        director.live().filter { images.contains($0.image) && $0.serverText == server }
    }

    private func wait(for images: [ImageName], _ server: String) async {
        context.supervisor.wishes.send()
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            if live(images, server).count == images.count { return }
            try? await Task.sleep(for: Self.interval)
            if Task.isCancelled { return }
        }
    }

    /// Those of its start.conf that it fetches by multicast, or that somebody wants sent.
    private func images(of host: LinboModel.Host) -> [ImageName] {
        guard let file = CheckedCommands.startConf(of: host.group, in: context.tree) else { return [] }
        let ordered = Set((try? director.ledger().demand(since: .max).orders.map(\.image)) ?? [])
        let all = Set(file.systems.compactMap { $0.baseImage.flatMap { ImageName($0) } })
        return all.filter { image in
            image.kind != .iso && director.liveFile(of: image) != nil
                && (file.linbo.downloadType == .multicast || ordered.contains(image))
        }.sorted()
    }
}

extension Multicast: ServiceProvider {
    /// A sender for each image that a PC may come for.
    package func services() -> [ServiceSpec] { director.services() }
}

extension Multicast: PublishingStep {
    /// Nothing is added: rounds of the image that is live until now begin, or end.
    package func publishing(_ set: ArrivedSet) async throws -> [Sidecar] {
        if set.isNewImage { director.prepare(for: set.name) }
        return []
    }
}

extension Multicast: Stateful, Measured {
    /// Tables `multicast_port`, `multicast_wish` and `multicast_order`.
    package static var migrations: [Migration] { MulticastLedger.migrations }

    /// What PCs wished so long ago counts no more; ports stay.
    package func forget(before cutoff: Int64) throws { try director.ledger().forget(before: cutoff) }

    package func figures() -> [Figure] {
        let sessions = director.sessions()
        return [
            Figure(
                "multicast senders", metric: "linbo_multicast_senders",
                sessions.count { $0.report?.state == .running }),
            Figure(
                "PCs that receive by multicast", metric: "linbo_multicast_receivers",
                sessions.reduce(0) { $0 + $1.round.present.count }),
        ]
    }
}

extension Multicast: Diagnosed, Advertised {
    package func problems() -> [Problem] {
        func problem(_ what: String, _ fix: String) -> Problem {
            Problem(location: settings.location, what: what, fix: fix, severity: .warning)
        }
        guard FileStatus(followingLinks: settings.program) != nil else {
            return [problem("there is no \(settings.program): no image is sent", "apt install udpcast")]
        }
        guard !director.networks().isEmpty else {
            let named = settings.interfaces.map { " named \($0.joined(separator: ", "))" } ?? ""
            return [problem("no interface\(named) can broadcast: no image is sent", "`ip -brief address` lists them")]
        }
        if let fault = director.fault { return [problem("senders are as they were: \(fault)", "see that")] }
        return []
    }

    /// PCs asked for a list, and there was none; or there is one, which names senders as they once were.
    package static func need(on server: ServerFacts) -> String? {
        if server.missed.contains("multicast.list") { return "PCs asked for multicast.list, and nobody sends images" }
        guard FileStatus(at: "\(server.tree.root)/multicast.list") != nil else { return nil }
        return "multicast.list names senders, and nobody sees to it that they live"
    }
}
