import Foundation
import Testing

/// A real Samba AD in a folder: `Tests/Tools/samba-ad`. One for all tests of a suite, as making one takes seconds.
struct Domain: Sendable {
    /// In no devices.csv of a `School`, and no other server's.
    static let address = "127.0.0.251"
    @TaskLocal static var current: Domain?

    /// Why there is none here; nil if there is.
    static var obstacle: String? {
        guard geteuid() == 0 else { return "not root" }
        return access("/usr/bin/samba-tool", X_OK) == 0 ? nil : "no samba-tool: make test-packages"
    }

    let folder: String
    var sam: String { "\(folder)/private/sam.ldb" }
    /// The same, by the running domain controller's socket.
    var socket: String { "ldapi://" + "\(folder)/private/ldap_priv/ldapi".replacingOccurrences(of: "/", with: "%2F") }

    /// The password of a computer that `computers` made.
    static func password(_ host: String) -> String { "Old-\(host)-2026!" }

    /// The suite's.
    static func shared() throws -> Domain {
        try #require(current)
    }

    @discardableResult
    func run(_ verb: String, _ arguments: [String] = []) async throws -> CommandResult {
        try await Command.run(
            Programs.tool("samba-ad"), [verb, folder] + arguments,
            environment: ["SAMBA_AD_ADDRESS": Self.address, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    func need(_ verb: String, _ arguments: [String] = []) async throws {
        let result = try await run(verb, arguments)
        try #require(result.status == 0, "samba-ad \(verb): \(result)")
    }

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
    static let computers = (1...40).map { $0 < 10 ? "pc0\($0)" : "pc\($0)" }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard Domain.obstacle == nil else { return try await function() }
        var template = Array("/tmp/linbo-hookd-domain.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        let base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let domain = Domain(folder: base + "/ad")
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
    static func withDomain(_ domain: Domain, sam: String? = nil, hosts: Int = 40) -> Self {
        var options = School.Options()
        options.plugins = "  - macct:\n      sam: \(sam ?? domain.sam)\n"
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

    /// What `linboctl macct status` tells.
    func accounts() async throws -> MachineAccounts {
        let result = try await linboctl("macct", "status", "--json")
        return try JSONDecoder().decode(MachineAccounts.self, from: Data(result.output.utf8))
    }
}
