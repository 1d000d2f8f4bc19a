package import API
import HookHost
import LinboHookd
import LinboModel
import Remote
import SSH

/// Asked by `linboctl pcs --probe`.
package struct ProbePCs: APIOperation {
    /// What a PC runs, as far as its ports tell.
    package enum Found: String, Codable, Sendable, CaseIterable {
        /// Or a Linux that LINBO has synced its ssh into, and whose own is off.
        case linbo
        case linux
        case windows
        /// Nothing comes back.
        case off
        /// It is on, and refuses connections.
        case silent
        /// Nobody can ask it: devices.csv has DHCP, and it was not seen for half a day.
        case unknown
    }

    /// A host, and what was found at its address.
    package struct PC: Codable, Sendable {
        /// As in devices.csv.
        package let host: String
        /// At this moment.
        package let found: Found
    }
    package typealias Answer = [PC]
    package static let route = Route.post("/v1/pcs/probe")
    package static let summary = "What PCs run right now, by the ports that they listen at."

    /// Hosts, `room:NAME`, `group:NAME`, `school:NAME`, `all`.
    package var targets: [String]
    /// Only LINBO's port is tried, which takes a second at most: all others are `off` or `silent`.
    package var onlyLinbo: Bool?

    /// - Parameter onlyLinbo: whether nothing else matters.
    package init(targets: [String], onlyLinbo: Bool = false) {
        (self.targets, self.onlyLinbo) = (targets, onlyLinbo)
    }
}

extension Control {
    private static let probesAtOnce = 500
    /// Of a port: in its own network a PC answers within milliseconds.
    private static let probeLimit = Duration.seconds(1)
    private static let systemPorts: [(UInt16, ProbePCs.Found)] = SystemPort.all.map { port, system in
        switch system {
        case .windows: (port, .windows)
        case .linux: (port, .linux)
        }
    }

    func probe(_ question: ProbePCs) async throws -> ProbePCs.Answer {
        assembly.context.hosts.refresh()
        let hosts = try Targets(question.targets).all(in: assembly.context.hosts)
        return try await probe(hosts, onlyLinbo: question.onlyLinbo ?? false)
    }

    /// Each PC has one connection at a time, so that a thousand of them do not use up the daemon's descriptors.
    /// - Returns: in the order of the hosts.
    func probe(_ hosts: [LinboModel.Host], onlyLinbo: Bool) async throws -> [ProbePCs.PC] {
        let store = try store()
        let port = assembly.config.remote.port
        return await withTaskGroup(of: (Int, ProbePCs.Found).self) { group in
            var found = [ProbePCs.Found](repeating: .unknown, count: hosts.count)
            for (index, host) in hosts.enumerated() {
                if index >= Self.probesAtOnce, let (done, result) = await group.next() { found[done] = result }
                group.addTask {
                    guard let address = address(of: host, store) else { return (index, .unknown) }
                    return (index, await Self.found(at: address, linbo: port, onlyLinbo: onlyLinbo))
                }
            }
            for await (done, result) in group { found[done] = result }
            return zip(hosts, found).map { ProbePCs.PC(host: $0.name.description, found: $1) }
        }
    }

    private static func found(at address: IPAddress, linbo port: UInt16, onlyLinbo: Bool) async -> ProbePCs.Found {
        var isThere = false
        for (port, found) in [(port, .linbo)] + (onlyLinbo ? [] : systemPorts) {
            switch await PortProbe.ask(address, port, within: probeLimit) {
            case .accepted: return found
            case .refused: isThere = true
            case .nothing: break
            }
        }
        return isThere ? .silent : .off
    }
}
