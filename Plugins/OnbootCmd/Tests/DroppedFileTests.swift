import FuzzKit
import Glibc
import HookConfig
import HookHost
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import OnbootCmd

/// Files that others dropped, the secrets file, and requests that wait for each other.
@Suite struct DroppedFileTests {
    private let lab: PluginLab<OnbootCmd>

    init() throws { lab = try PluginLab() }

    private func path(_ name: String) -> String { "\(lab.directory)/\(name)" }

    @Test("what is no small regular file is no command, and keeps nobody waiting") func hostileFiles() throws {
        try lab.write("halt", to: "real")
        #expect(symlink("real", path("link.cmd")) == 0 && mkfifo(path("pipe.cmd"), 0o666) == 0)
        #expect(mkdir(path("directory.cmd"), 0o755) == 0)
        for text in ["", "\n", ",,\n,", "\r\n"] {
            try lab.write(text, to: "empty.cmd")
            #expect(try DroppedFile(at: path("empty.cmd")) == nil, "\(text.debugDescription)")
        }
        for name in ["link", "pipe", "directory", "none"] { #expect(try DroppedFile(at: path("\(name).cmd")) == nil) }
        try lab.write([UInt8](repeating: 0x61, count: DroppedFile.sizeLimit), to: "long.cmd")
        #expect(try DroppedFile(at: path("long.cmd")) != nil)
        try lab.write([UInt8](repeating: 0x61, count: DroppedFile.sizeLimit + 1), to: "long.cmd")
        #expect(throws: FileBytes.TooLarge.self) { try DroppedFile(at: path("long.cmd")) }
    }

    @Test("a delivered file goes, another one that came in its place stays") func removal() throws {
        try lab.write("halt", to: "pc01.cmd")
        let first = try #require(DroppedFile.identity(at: path("pc01.cmd")))
        // Of the same length: it is another file all the same.
        try lab.write("sync", to: "pc01.cmd")
        let second = try #require(try DroppedFile(at: path("pc01.cmd")))
        #expect(first != second.identity && second.loggable == "sync")
        DroppedFile.remove(first, at: path("pc01.cmd"))
        #expect(DroppedFile.identity(at: path("pc01.cmd")) == second.identity)
        DroppedFile.remove(second.identity, at: path("pc01.cmd"))
        DroppedFile.remove(second.identity, at: path("pc01.cmd"))
        #expect(DroppedFile.identity(at: path("pc01.cmd")) == nil)
    }

    @Test("whatever the password is and wherever it stands, it is in no log") func passwords() throws {
        var fuzz = Fuzz("password", texts: ["secret", "pa\u{301}ss", "\u{301}x", "🔑"], spice: "linbo: #;=")
        for round in 0..<200 {
            let noise = fuzz.nextText().filter { $0 != "," && !$0.isNewline }
            // Behind it something that is in no command.
            let password = "\(round.isMultiple(of: 2) ? "\u{301}" : "")\(noise)§\(round)"
            for text in ["linbo:\(password),halt", "halt, linbo:\(password)", "halt\n\tlinbo:\(password)\n"] {
                try lab.write(text, to: "pc01.cmd")
                let file = try #require(try DroppedFile(at: path("pc01.cmd")))
                #expect(file.hasPassword && !file.loggable.contains("§"), "\(text.debugDescription)")
            }
        }
    }

    @Test(
        "the password is that of user linbo, and one that LINBO's client can't read is told",
        arguments: [
            ("linbo:pw\n", "linbo:pw"), ("# linbo\nroot:x\nlinbo:pw\nlinbo:other\n", "linbo:pw"),
            ("linbo:pw\r\n", "linbo:pw"),
            ("linbo:ü\u{301}=;#\n", "linbo:ü\u{301}=;#"), ("linbo:\u{301}\n", "linbo:\u{301}"), ("linbo2:pw\n", nil),
            ("", nil), ("linbo:\n", nil), ("linbo\n", nil), ("linbo:a,b\n", nil), ("linbo:a:b\n", nil),
            ("linbo:a b\n", nil), ("linbo:a\tb\n", nil), ("linbo:a:\u{301}b\n", nil), ("#linbo:pw\n", nil),
        ] as [(String, String?)])
    func secrets(_ file: String, _ item: String?) throws {
        try lab.write(file, to: "secrets")
        #expect((try? UploadPassword(secrets: path("secrets")))?.text == item)
        guard item == nil else { return }
        let error = #expect(throws: UploadPassword.Failure.self) { try UploadPassword(secrets: path("secrets")) }
        #expect(error?.description.contains(path("secrets")) == true && error?.description.contains("a,b") == false)
    }

    @Test("a password that commands can't carry is a problem; secrets that are not there are rsyncd's") func problems()
        throws
    {
        for (text, count) in [("linbo:pw\n", 0), ("linbo:a,secret\n", 1), ("", 0)] {
            try lab.write(text, to: "secrets")
            let problems = try lab.desk("secrets: \(path("secrets"))").plugin.problems()
            #expect(problems.count == count && !problems.description.contains("a,secret"))
        }
        #expect(try lab.desk("secrets: \(path("none"))").plugin.problems().isEmpty)
    }

    @Test(
        "settings that can't be meant are told with their place",
        arguments: [
            "wait: 61s", "wait: 5", "expires: 59s", "expires: 366d", "expires: Never", "secret: /x", "secrets: x",
        ])
    func settings(_ yaml: String) throws {
        let error = #expect(throws: ConfigError.self) { try OnbootSettings(try PluginSection(yaml: yaml)) }
        #expect(error?.description.contains("config.yaml:1:") == true)
        let usual = try OnbootSettings(try PluginSection(yaml: "expires: never\nwait: 0s"))
        #expect(usual.expires == nil && usual.wait == .zero && usual.secrets == "/etc/rsyncd.secrets")
    }

    // MARK: Two connections of one host

    /// Another connection of the host, which lives: that of the process that started this one.
    private static let other = ConnectionID(process: getppid()) ?? ConnectionID(process: 1, started: 1)

    private func offers(_ wait: String) throws -> (Offers, host: Host, Request) {
        let plugin = try lab.desk("wait: \(wait)").plugin
        plugin.context.hosts.refresh()
        let client = plugin.context.hosts.client(at: try #require(IPAddress("127.0.0.2")))
        let request = Request(
            client: client, over: .rsync, path: try TreePath("linbocmd/pc01.cmd"), intent: .fetch,
            connection: try #require(ConnectionID(process: getpid())))
        let journal = try #require(plugin.journal)
        return (
            Offers(journal: journal, settings: plugin.settings, context: plugin.context), try #require(client.host),
            request
        )
    }

    private func hold(_ journal: OnbootJournal) throws -> ClaimTicket {
        let id = try journal.add(host: "pc01", command: "sync:1", expires: nil, now: 1)
        let claimant = OnbootJournal.Claimant(connection: "\(Self.other)", path: "linbocmd/pc01.cmd")
        guard
            case .granted(let entry) = try journal.claim(host: "pc01", by: claimant, now: 2, isAlive: { _ in true }),
            let claim = entry.claim
        else { throw Refusal("not granted") }
        return ClaimTicket(entry: id, claim: claim)
    }

    @Test("the second connection of a host waits for the outcome of the first, and gets what that did not")
    func waits() async throws {
        let (offers, host, request) = try offers("60s")
        let ticket = try hold(offers.journal)
        let second = Task { try await offers.claim(for: host, request) }
        try offers.journal.settle(ticket, as: .queued, note: "failed", now: 3)
        guard case .made(let made) = try await second.value.content else {
            Issue.record("it got nothing")
            return
        }
        #expect(made.bytes == Array("sync:1\n".utf8) && made.token.flatMap { ClaimTicket($0) }?.entry == ticket.entry)
        #expect(made.token != ticket.description, "by a claim of its own")
    }

    @Test("it gets nothing at the end of its patience, nor when it goes away, and claims nothing then") func gone()
        async throws
    {
        let (patient, host, request) = try offers("60s")
        let ticket = try hold(patient.journal)
        let impatient = try offers("0s").0
        guard case .nothing(.hidden(let reason)) = try await impatient.claim(for: host, request).content else {
            Issue.record("it got something")
            return
        }
        #expect(reason.contains("another connection"))
        let second = Task { try await patient.claim(for: host, request) }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        let entry = try #require(try patient.journal.entry(ticket.entry))
        #expect(entry.state == .delivering && entry.claim == ticket.claim)
        // A look changes nothing either: not while it is held, nor when it waits again.
        #expect(try patient.outline(for: host, request).isHidden)
        try patient.journal.settle(ticket, as: .queued, note: nil, now: 5)
        #expect(try !patient.outline(for: host, request).isHidden && !patient.preview(for: host, request).isHidden)
        #expect(try patient.journal.entry(ticket.entry)?.state == .queued)
    }
}

extension Resolution {
    fileprivate var isHidden: Bool {
        guard case .nothing(.hidden) = content else { return false }
        return true
    }
}
