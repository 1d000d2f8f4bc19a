import Foundation
import HookStore
import Macct
import Testing

/// A real Samba AD in a directory: `Tests/Tools/samba-ad`. One for all tests of a suite, as making one takes seconds.
struct Domain: Sendable {
    /// In no devices.csv of a `School`, and no other server's.
    static let address = "127.0.0.251"
    @TaskLocal static var current: Domain?

    /// Why there is none here; nil if there is.
    static var obstacle: String? {
        guard geteuid() == 0 else { return "not root" }
        return access("/usr/bin/samba-tool", X_OK) == 0 ? nil : "no samba-tool: make test-packages"
    }

    let directory: String
    var sam: String { "\(directory)/private/sam.ldb" }
    /// The same, by the running domain controller's socket.
    var socket: String {
        "ldapi://" + "\(directory)/private/ldap_priv/ldapi".replacingOccurrences(of: "/", with: "%2F")
    }

    /// The password of a computer that `computers` made.
    static func password(_ host: String) -> String { "Old-\(host)-2026!" }

    /// The suite's.
    static func shared() throws -> Domain {
        try #require(current)
    }

    @discardableResult
    func run(_ verb: String, _ arguments: [String] = []) async throws -> CommandResult {
        try await Command.run(
            Programs.tool("samba-ad"), [verb, directory] + arguments,
            environment: ["SAMBA_AD_ADDRESS": Self.address, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    func need(_ verb: String, _ arguments: [String] = []) async throws {
        let result = try await run(verb, arguments)
        try #require(result.status == 0, "samba-ad \(verb): \(result)")
    }

    /// Gives computers passwords of their own again, and makes those that are not there.
    func reset(_ hosts: some Sequence<Int>, below unit: String = "") async throws {
        try await need("computers", [unit] + hosts.map(Self.name))
    }

    static func name(_ host: Int) -> String { host < 10 ? "pc0\(host)" : "pc\(host)" }

    /// The domain controller runs while the body does.
    func serving(_ body: () async throws -> Void) async throws {
        try await need("start")
        do {
            try await body()
        } catch {
            try? await need("stop")
            throw error
        }
        try await need("stop")
    }

    /// An attribute of an account as `ldbsearch` prints it, unfolded; nil if it has none.
    func value(_ attribute: String, of account: String) async throws -> String? {
        let result = try await Command.run("/usr/bin/ldbsearch", ["-H", sam, "(sAMAccountName=\(account))", attribute])
        try #require(result.status == 0, "\(result)")
        let lines = result.output.replacingOccurrences(of: "\n ", with: "").split(separator: "\n")
        return lines.first { $0.lowercased().hasPrefix("\(attribute.lowercased()):") }?
            .drop { $0 != ":" }.drop { $0 == ":" || $0 == " " }.description
    }

    /// The domain controller's own account, without `$`.
    func controller() async throws -> String? {
        let result = try await Command.run("/usr/bin/ldbsearch", ["-H", sam, "(primaryGroupID=516)", "sAMAccountName"])
        return result.output.split(separator: "\n").first { $0.hasPrefix("sAMAccountName: ") }
            .map { $0.dropFirst("sAMAccountName: ".count).dropLast().description }
    }

    /// What upstream makes of an account, line by line (docs/linbo.md#machine-accounts).
    func template(of account: String) async throws -> String {
        let hashes = try await hashes(of: account)
        return """
            dn: @@dn@@
            changetype: modify
            replace: unicodePwd
            unicodePwd:: \(hashes[0])
            replace: supplementalCredentials
            supplementalCredentials:: \(hashes[1])
            -

            """
    }

    /// Both hashes of an account, in Base64.
    func hashes(of account: String) async throws -> [String] {
        [
            try #require(try await value("unicodePwd", of: account)),
            try #require(try await value("supplementalCredentials", of: account)),
        ]
    }
}

/// Makes the suite's domain, and takes it away at its end.
struct WithDomain: SuiteTrait, TestScoping {
    /// pc01 … pc40, with passwords of their own; pc41 and further ones have no account.
    static let computers = (1...40).map(Domain.name)

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard Domain.obstacle == nil else { return try await function() }
        var template = Array("/tmp/linbo-hookd-domain.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        let base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Shares are read as the user who logged in; Samba closes its private directory itself.
        chmod(base, 0o755)
        let domain = Domain(directory: base + "/ad")
        do {
            try await domain.need("provision")
            try await domain.need("computers", [""] + Self.computers)
            try await Domain.$current.withValue(domain) { try await function() }
        } catch {
            try? FileManager.default.removeItem(atPath: base)
            throw error
        }
        try FileManager.default.removeItem(atPath: base)
    }
}

extension SuiteTrait where Self == WithDomain {
    static var withDomain: Self { WithDomain() }
}

extension School.Options {
    /// A school whose accounts lie in a domain.
    static func withDomain(
        _ domain: Domain, sam: String? = nil, hosts: Int = 40, settings: String = "", extra: String = ""
    ) -> Self {
        var options = School.Options()
        options.plugins = "  - macct:\n      sam: \(sam ?? domain.sam)\n\(settings)"
        options.extra = "uploads:\n  settle: 300ms\n\(extra)"
        options.hosts = hosts
        return options
    }
}

extension School {
    /// The client's request at the start of a system; it finds nothing.
    func startSystem(_ host: Int, image: String = "win11.qcow2") async throws {
        let result = try await pull("\(image).macct", as: host, options: Flags.download)
        #expect(result.status == 23, "\(result)")
    }

    /// Saves the account of pc01 as the image's.
    func capture(_ host: String = "pc01") async throws {
        let result = try await linboctl("macct", "capture", "win11.qcow2", "--from", host)
        #expect(result.status == 0, "\(result)")
    }

    /// Waits until the last request of a host came to an end.
    func outcome(of host: String) async throws -> MachineAccountEntry.State? {
        try await eventually("\(host) is done with") {
            let state = try await self.accounts().state(of: host)
            return state != nil && state != .queued && state != .applying
        }
        return try await accounts().state(of: host)
    }

    /// Holds the AD's database as whoever writes to it does, until it is ended: ldbmodify begins its transaction before
    /// it reads what to do.
    func lock(_ domain: Domain) async throws -> Server {
        let before = Set(Self.processes(named: "ldbmodify"))
        let server = try Server(
            "/bin/sh", ["-c", "sleep 600 | ldbmodify -H \"$1\"", "sh", domain.sam],
            log: directory.appendingPathComponent("lock.log"))
        servers.add(server)
        try await eventually("it has the lock") {
            let locks = try String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n")
            return Self.processes(named: "ldbmodify").contains { pid in
                !before.contains(pid) && locks.contains { $0.contains("WRITE \(pid) ") }
            }
        }
        return server
    }

    static func processes(named name: String) -> [String] {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.filter { pid in
            Int32(pid) != nil && (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) == "\(name)\n"
        }
    }

    /// What `linboctl macct status` tells.
    func accounts() async throws -> MachineAccounts {
        let result = try await linboctl("macct", "status", "--json")
        return try JSONDecoder().decode(MachineAccounts.self, from: Data(result.output.utf8))
    }
}
