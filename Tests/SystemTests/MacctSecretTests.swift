import Foundation
import HookStore
import Macct
import Testing

extension MacctTests {
    /// What upstream's `machineacct` template makes of an account, and what its `sed` and `ldbmodify` do with ours.
    @Test func filesOfBothAreTheSame() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...3)
        try await School.open(.withDomain(domain)) { school async throws in
            try await school.capture()
            let path = "srv/images/win11/win11.qcow2.macct"
            #expect(try await school.read(path) == domain.template(of: "pc01$"))
            let filled = try school.read(path).replacingOccurrences(
                of: "@@dn@@", with: "CN=pc02,CN=Computers,DC=lmn,DC=lan")
            try school.write(filled, to: "upstream.ldif", mode: 0o600)
            let modified = try await Command.run(
                "/usr/bin/ldbmodify",
                [
                    "--url=\(domain.sam)", "--nosync", "--verbose", "--controls=relax:0",
                    "--controls=local_oid:1.3.6.1.4.1.7165.4.3.7:0", "--controls=local_oid:1.3.6.1.4.1.7165.4.3.12:0",
                    school.directory.path + "/upstream.ldif",
                ])
            #expect(modified.output.contains("Modified 1 records"), "\(modified)")
            #expect(try await domain.hashes(of: "pc02$") == domain.hashes(of: "pc01$"))
            try school.write(try await domain.template(of: "pc02$"), to: path, mode: 0o600)
            try await school.startSystem(3)
            #expect(try await school.outcome(of: "pc03") == .applied)
            #expect(try await domain.hashes(of: "pc03$") == domain.hashes(of: "pc01$"))
        }
    }

    /// By a running domain controller's own socket, and by one that is forwarded, as from another machine by ssh.
    @Test func aDomainControllersSocket() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...3)
        try await domain.serving { () async throws in
            try await School.open(.withDomain(domain, sam: "ldapi://{directory}%2Fdc.sock")) { school async throws in
                let escaped = school.directory.path.replacingOccurrences(of: "/", with: "%2F")
                try school.writeConfig(plugins: "  - macct:\n      sam: ldapi://\(escaped)%2Fdc.sock\n")
                let forward = try Server(
                    "/usr/bin/socat",
                    [
                        "UNIX-LISTEN:\(school.directory.path)/dc.sock,fork,mode=600",
                        "UNIX-CONNECT:\(domain.directory)/private/ldap_priv/ldapi",
                    ], log: school.directory.appendingPathComponent("socat.log"))
                school.servers.add(forward)
                _ = try await school.startSecondHand(keeping: forward)
                try await eventually("it is forwarded") { school.exists("dc.sock") }
                try await school.capture()
                for host in 2...3 { try await school.startSystem(host) }
                #expect(try await school.outcome(of: "pc02") == .applied)
                #expect(try await school.outcome(of: "pc03") == .applied)
                #expect(try await domain.run("login", ["pc02", Domain.password("pc01")]).status == 0)
                #expect(try await domain.run("login", ["pc02", Domain.password("pc02")]).status != 0)
            }
        }
    }

    /// Neither hash is anywhere but in the AD and in the image's file.
    @Test func noHashIsAnywhereElse() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...10)
        try await School.open(.withDomain(domain)) { school async throws in
            let needles = try await Needles(domain.hashes(of: "pc01$")) + Needles(domain.hashes(of: "pc02$"))
            let places = [school.directory.path, "/var/tmp", "/run/samba"]
            // A run that was killed leaves its school behind, with its own files of an image.
            let before = try Set(needles.filesHolding(below: places + Self.temporaryDirectories()))
            let watch = Task { await needles.seenInProcesses() }
            try await school.capture()
            try await together(9) { try await school.startSystem($0 + 2) }
            try await eventually("all are written") {
                try await school.accounts().entries.filter { $0.state == .applied }.count == 9
            }
            // A file with a hash where none belongs: the error must not quote it.
            let path = "srv/images/win11/win11.qcow2.macct"
            let good = try school.read(path)
            for bad in [good + good, good.replacingOccurrences(of: "::", with: ":"), "x" + good] {
                try school.write(bad, to: path, mode: 0o600)
                try await school.startSystem(2)
                #expect(try await school.outcome(of: "pc02") == .refused)
            }
            try FileManager.default.removeItem(at: school.directory.appendingPathComponent(path))
            for words in [["why", "pc02"], ["macct", "status"], ["audit", "--json"], ["status"]] {
                let shown = try await Command.run(Programs.linboctl, ["--config", school.config.path] + words)
                #expect(needles.found(in: Data((shown.output + shown.errors).utf8)) == nil, "\(words)")
            }
            watch.cancel()
            #expect(await watch.value == nil)
            let after = try Set(needles.filesHolding(below: places + Self.temporaryDirectories()))
            #expect(after.subtracting(before).isEmpty)
            let daemon = try #require(school.servers.all().first).process
            let limits = try String(contentsOfFile: "/proc/\(daemon)/limits", encoding: .utf8)
            let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
            #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"], "\(core)")
        }
    }

    /// Where one of the programs might have written; the domain has its hashes by right.
    private static func temporaryDirectories() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/tmp")
            .filter { $0.contains("linbo") || $0.contains("ld") }
            .filter { !$0.hasPrefix("linbo-hookd-domain") }
            .map { "/tmp/\($0)" }
    }
}

/// A secret as somebody might have written it: raw, Base64 and hex, and parts of it.
struct Needles: Sendable {
    private var texts: [Data] = []

    init(_ base64: [String]) throws {
        for text in base64 {
            let raw = try #require(Data(base64Encoded: text))
            // The head of the long one is the same in all of them.
            let part = raw.count > 600 ? raw[500..<548] : raw[...]
            let hex = part.map { String(format: "%02x", $0) }.joined()
            texts += [
                Data(part), Data(hex.utf8), Data(hex.uppercased().utf8), Data(part.base64EncodedData().prefix(20)),
            ]
            if raw.count > 600 { texts.append(Data(text.utf8.dropFirst(700).prefix(40))) }
        }
    }

    static func + (left: Needles, right: Needles) -> Needles {
        var both = left
        both.texts += right.texts
        return both
    }

    /// How it stands there, or nil.
    func found(in data: Data) -> Data? {
        data.withUnsafeBytes { all in
            texts.first { text in text.withUnsafeBytes { Self.holds(all, $0) } }
        }
    }

    /// By the C library, as there is much to look through.
    private static func holds(_ all: UnsafeRawBufferPointer, _ part: UnsafeRawBufferPointer) -> Bool {
        guard let start = all.baseAddress, let sought = part.baseAddress else { return false }
        var offset = 0
        while offset + part.count <= all.count,
            let hit = memchr(start + offset, Int32(part[0]), all.count - part.count - offset + 1)
        {
            if memcmp(hit, sought, part.count) == 0 { return true }
            offset = UnsafeRawPointer(hit) - start + 1
        }
        return false
    }

    func filesHolding(below directories: [String]) -> [String] {
        directories.flatMap { directory in
            ([""] + ((try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? [])).map {
                directory + "/" + $0
            }
        }.filter { path in
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < 64 << 20,
                let data = FileManager.default.contents(atPath: path)
            else { return false }
            return found(in: data) != nil
        }
    }

    /// Looks at all command lines and environments until it is cancelled.
    func seenInProcesses() async -> String? {
        while !Task.isCancelled {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int32(name) != nil {
                for file in ["cmdline", "environ"] {
                    let data = FileManager.default.contents(atPath: "/proc/\(name)/\(file)") ?? Data()
                    if found(in: data) != nil { return "\(name)/\(file)" }
                }
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return nil
    }
}
