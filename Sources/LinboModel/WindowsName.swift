/// What Windows takes for a computer's name: setup stops at another one, or cuts it, and the account in the domain is
/// not the host's then (NetBIOS: 15 letters; never digits alone).
extension HostName {
    /// In letters, a school's prefix among them.
    package static let windowsLimit = 15

    /// Why Windows can't have it; nil: it can.
    package var windowsFault: String? {
        let count = description.utf8.count
        if count > Self.windowsLimit { return "it has \(count) letters, and Windows takes \(Self.windowsLimit)" }
        guard description.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return "it is a number, which Windows takes for no name"
    }
}

extension Devices {
    /// Names that Windows can't have, of PCs that join the domain by their role. Many of one kind are a few and a
    /// count.
    package var unfitNames: [Problem] {
        let problems = hosts.filter { $0.role.hasSuffix("computer") }.compactMap { host in
            host.name.windowsFault.map { fault in
                Problem(
                    location: host.source, what: "\(host.name): \(fault): setup and domain join fail",
                    fix: "choose a name of 1 to \(HostName.windowsLimit) letters"
                        + (host.school == .default ? "" : ", the school's prefix among them"),
                    severity: .warning)
            }
        }
        return ProblemList(problems).problems
    }
}
