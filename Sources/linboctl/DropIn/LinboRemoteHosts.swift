import API
import CommandLineKit
import Control
import LinboModel

/// Whom linbo-remote is for.
struct LinboRemoteHosts {
    private typealias PC = GetPCs.PC
    private let order: LinboRemoteOptions
    private let options: CommonOptions

    init(_ order: LinboRemoteOptions, _ options: CommonOptions) {
        (self.order, self.options) = (order, options)
    }

    /// - Throws: `LinboRemoteOptions.Refusal` if there is nobody.
    func all() async throws -> [String] {
        if let group = order.group {
            let hosts = try await ofSchool { $0.group == group }
            guard !hosts.isEmpty else { throw refusal("No hosts in group \(group)!") }
            return hosts
        }
        if let room = order.room {
            // In another school a room has its prefix, which callers leave out.
            let names = [room] + (order.school.map { ["\($0)-\(room)"] } ?? [])
            let hosts = try await ofSchool { names.contains($0.room) }
            guard !hosts.isEmpty else { throw refusal("No hosts in room \(room)!") }
            return hosts
        }
        var seen: Set<String> = []
        var hosts: [String] = []
        for name in order.names {
            guard let pc = try await pc(name), Self.takesCommands(pc) else {
                print("Skipping \(printable(name, most: 100)), not a pxe host!")
                continue
            }
            if seen.insert(pc.host).inserted { hosts.append(pc.host) }
        }
        guard !hosts.isEmpty else { throw refusal("No valid hosts in list!") }
        return hosts
    }

    private func refusal(_ reason: String) -> LinboRemoteOptions.Refusal {
        .init(reason: printable(reason, most: 200))
    }

    private static func takesCommands(_ pc: PC) -> Bool { pc.pxe == 1 || pc.pxe == 2 }

    private func ofSchool(_ isMeant: (PC) -> Bool) async throws -> [String] {
        let school = order.school ?? SchoolName.default.text
        return try await ask(["school:\(school)"]).filter { isMeant($0) && Self.takesCommands($0) }.map(\.host)
    }

    /// nil: no devices.csv has it.
    private func pc(_ text: String) async throws -> PC? {
        if IPAddress(text) != nil {
            if let pc = try await ask([text]).first { return pc }
            // Its row says DHCP: a lease may tell.
            let timeline = try await options.ask(GetTimeline(host: text, since: "1s"), within: .seconds(60))
            guard let host = timeline.host else { return nil }
            return try await ask([host]).first
        }
        guard HostName(text) != nil else { return nil }
        let prefix = order.school.map { "\($0)-" } ?? ""
        let name = text.lowercased().hasPrefix(prefix.lowercased()) ? text : prefix + text
        // `all` is a word of ours, and may be a host's name.
        return try await ask([name]).first { $0.host.lowercased() == name.lowercased() }
    }

    /// Nobody, if there is none of that name.
    private func ask(_ targets: [String]) async throws -> [PC] {
        do {
            return try await options.ask(
                GetPCs(targets: targets, since: nil), within: .seconds(60), quietly: true)
        } catch let fault as Fault where fault.kind == .missing {
            return []
        }
    }
}
