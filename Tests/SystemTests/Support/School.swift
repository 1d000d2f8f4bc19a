import Foundation
import Glibc
import HookStore
// Every test here uses what it has.
@_exported public import HookTesting
import HookWire
import OnbootCmd
import Testing

/// A school in a temporary directory: a tree, hosts, a real rsyncd with the modules that linboctl prints, and the
/// daemon.
///
/// pc01 is 127.0.0.2, pc02 is 127.0.0.3, and so on; 127.0.0.200 and above are in no devices.csv.
final class School: Sendable {
    static let key1 = "BBBBB-CCCCC-DDDDD-FFFFF-GGGG2"
    static let key2 = "BBBBB-CCCCC-DDDDD-FFFFF-GGGG3"
    static let secret = "Muster!2026"

    let directory: URL
    let tree: URL
    let config: URL
    let port: UInt16
    let tftpPort: UInt16
    private let options: Options

    struct Options: Sendable {
        var plugins = "  - onboot-cmd:\n      secrets: {directory}/rsyncd.secrets\n      wait: 20s\n  - windows-key\n"
        /// More top-level lines of the configuration.
        var extra = ""
        /// Lines of the `linbo:` section.
        var linbo = ""
        var state = "{directory}/state"
        /// More lines of the `rsync:` section.
        var rsync = ""
        var hookWait = "2s"
        var hosts = 40
        /// Lines of the `tftp:` section; `{tftp}` in them is `tftpPort`.
        var tftp = "  listen: []"
        /// As rsyncd's shell for hooks.
        var usesHookShell = false
        var startsDaemon = true
    }

    private init(_ options: Options) throws {
        self.options = options
        var template = Array("/tmp/linbo-hookd-school.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        directory = URL(
            fileURLWithPath: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        chmod(directory.path, 0o755)
        tree = directory.appendingPathComponent("srv")
        config = directory.appendingPathComponent("linbo-hookd.yaml")
        port = try FreePort.next()
        tftpPort = try FreePort.next()
    }

    /// A school for the length of `body`; all its processes end with it.
    static func open(_ options: Options = Options(), _ body: (School) async throws -> Void) async throws {
        await Turnstile.shared.enter()
        let began = ContinuousClock.now
        defer { tellTime(since: began) }
        do {
            try await run(options, body)
        } catch {
            await Turnstile.shared.leave()
            throw error
        }
        await Turnstile.shared.leave()
    }

    /// What Swift Testing tells of a test includes its wait at the turnstile. `Tests/Tools/slowest-tests` reads this.
    private static func tellTime(since began: ContinuousClock.Instant) {
        guard let test = Test.current else { return }
        let name = test.displayName.map { "\"\($0)\"" } ?? test.name
        let seconds = String(format: "%.3f", (ContinuousClock.now - began) / .seconds(1))
        FileHandle.standardError.write(Data("◇ Test \(name) had a school for \(seconds) seconds.\n".utf8))
    }

    private static func run(_ options: Options, _ body: (School) async throws -> Void) async throws {
        let school = try School(options)
        try school.makeFiles()
        let rsyncd = try await school.startRsyncd()
        do {
            if options.startsDaemon { try await school.startDaemon() }
            try await body(school)
        } catch {
            school.tellLogs()
            try? await school.close(rsyncd)
            throw error
        }
        try await school.close(rsyncd)
    }

    private func close(_ rsyncd: Server) async throws {
        for server in servers.all() + [rsyncd] { try await server.stop() }
        try await eventually("rsyncd's children end") { Self.processes(mentioning: self.directory.path).isEmpty }
        try FileManager.default.removeItem(at: directory)
    }

    let servers = ServerList()

    // MARK: Files

    func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// - Parameter path: below the school's directory.
    func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
        let url = directory.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        // Foundation's own writing has no O_CLOEXEC, and a child of another test would keep the file in use.
        let descriptor = Glibc.open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(bytes))
        try file.close()
        chmod(url.path, mode)
    }

    /// A file with the directory that it lies in, both there at once: a daemon that clears up beside would take the
    /// directory away before the file is in it.
    func place(_ bytes: [UInt8], at path: String) throws {
        let target = directory.appendingPathComponent(path)
        let made = "placed-\(UUID().uuidString)"
        try write(bytes, to: "\(made)/\(target.lastPathComponent)")
        let from = directory.appendingPathComponent(made).path
        guard rename(from, target.deletingLastPathComponent().path) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    func read(_ path: String) throws -> String {
        try String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(directory.appendingPathComponent(path).path, &status) == 0
    }

    func link(_ path: String, to text: String) throws {
        let url = directory.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: text)
    }

    func setHosts(_ rows: [String]) throws {
        // As an editor does: a new file takes the old one's place.
        try write("# room;host;group;mac;ip;office;windows\n" + rows.map { $0 + "\n" }.joined(), to: "schools/new.csv")
        let target = directory.appendingPathComponent("schools/default-school/devices.csv").path
        try FileManager.default.createDirectory(
            atPath: directory.appendingPathComponent("schools/default-school").path, withIntermediateDirectories: true)
        guard rename(directory.appendingPathComponent("schools/new.csv").path, target) == 0 else {
            throw POSIXError(.EIO)
        }
    }

    static func row(_ number: Int, windowsKey: String? = nil) -> String {
        let name = "pc" + (number < 10 ? "0\(number)" : "\(number)")
        let mac = String(format: "52:54:00:00:%02x:%02x", number / 256, number % 256)
        return
            "r101;\(name);win11;\(mac);127.0.0.\(number + 1);;\(windowsKey ?? key(number));;classroom-studentcomputer;;1;;;;"
    }

    /// A valid key of each host's own.
    static func key(_ number: Int) -> String {
        let letters = Array("BCDFGHJKMPQRTVWXY2346789")
        let tail = "\(letters[number % 24])\(letters[number / 24 % 24])"
        return "VVVVV-WWWWW-XXXXX-YYYYY-222\(tail)"
    }

    private func makeFiles() throws {
        try setHosts((1...options.hosts).map { Self.row($0) })
        try write(
            "[LINBO]\nCache = /dev/sda4\nGroup = win11\n[OS]\nName = Windows\nBaseImage = win11.qcow2\n",
            to: "srv/start.conf.win11")
        try write(
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\LINBO]\r\n\"Key\"=\"@@windows_key@@\"\r\n",
            to: "srv/images/win11/win11.reg")
        try write("image", to: "srv/images/win11/win11.qcow2")
        try write("theme", to: "srv/boot/grub/themes/linbo/theme.txt")
        try write("menu", to: "srv/boot/grub/win11.cfg")
        try link("srv/boot/grub/hostcfg/pc01.cfg", to: "../win11.cfg")
        try write("win", to: "srv/linuxmuster-win/start.cmd")
        try write("0123456789abcdef0123456789abcdef\n", to: "srv/linbofs64.md5")
        for empty in ["linbocmd", "tmp", "icons", "winact", "boot/grub/spool"] {
            try FileManager.default.createDirectory(
                at: tree.appendingPathComponent(empty), withIntermediateDirectories: true)
        }
        try write("# module secrets\nlinbo:\(Self.secret)\n", to: "rsyncd.secrets", mode: 0o600)
        try write("[setup]\nsambadomain = SCHOOL\ndomainname = linuxmuster.lan\n", to: "setup.ini")
        try writeConfig()
    }

    func writeConfig(plugins: String? = nil) throws {
        let text = """
            linbo:
              root: \(tree.path)
              schools: \(directory.path)/schools
              setup: \(directory.path)/setup.ini
            \(options.linbo)
            state: \(options.state)
            socket: \(directory.path)/hook.sock
            hook:
              wait: \(options.hookWait)
              sweep: 200ms
            rsync:
              secrets: \(directory.path)/rsyncd.secrets
              port: \(port)
            \(options.rsync)
            tftp:
            \(options.tftp)
            \(options.extra)
            plugins:
            \(plugins ?? options.plugins)
            """
        let filled = text.replacingOccurrences(of: "{directory}", with: directory.path)
        try write(filled.replacingOccurrences(of: "{tftp}", with: "\(tftpPort)"), to: "linbo-hookd.yaml")
    }

    // MARK: Servers

    @discardableResult
    func startDaemon(environment: [String: String] = [:]) async throws -> Server {
        try await start(Programs.hookd, ["serve", "--config", config.path], environment: environment)
    }

    /// Ends the daemon; rsyncd goes on.
    func stopDaemon() async throws {
        for server in servers.all() { try await server.stop() }
    }

    /// A command line that ends in the daemon's.
    func start(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Server {
        let server = try Server(
            program, arguments, environment: environment, log: directory.appendingPathComponent("hookd.log"))
        servers.add(server)
        try await eventually("the daemon's socket accepts: \(server.logged)") {
            if server.hasEnded { throw NeverCame(description: "the daemon ended: \(server.logged)") }
            return ["hook.sock", "api.sock"].allSatisfy {
                HookSocket(connectingTo: self.directory.appendingPathComponent($0).path) != nil
            }
        }
        return server
    }

    private func startRsyncd() async throws -> Server {
        let modules = try await linboctl("rsyncd-conf")
        guard modules.status == 0 else { throw NeverCame(description: "rsyncd-conf: \(modules)") }
        let environment = options.usesHookShell ? ["RSYNC_SHELL": Programs.hook] : [:]
        return try await Rsyncd(modules.output, in: directory.path, port: port, environment: environment).server
    }

    private func tellLogs() {
        for log in ["hookd.log", "rsyncd.log", "rsyncd.out"] {
            print("--- \(log)\n\((try? read(log)) ?? "-")")
        }
    }

    // MARK: Clients

    /// Where a client's pulled files go.
    func inbox(_ name: String) -> URL {
        directory.appendingPathComponent("inbox").appendingPathComponent(name)
    }

    /// A stock rsync client with an address of its own. `paths` are below the module; the last argument is its inbox.
    func pull(
        _ paths: [String], as host: Int, options: [String] = [], module: String = "linbo", into inbox: String? = nil
    ) async throws -> CommandResult {
        let address = "127.0.0.\(host + 1)"
        let target = self.inbox(inbox ?? address)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let sources = paths.map { "rsync://127.0.0.1:\(port)/\(module)/\($0)" }
        return try await Command.run(
            Programs.rsync, ["--address=\(address)", "--timeout=90"] + options + sources + [target.path + "/"])
    }

    func pull(
        _ path: String, as host: Int, options: [String] = [], module: String = "linbo", into inbox: String? = nil
    ) async throws -> CommandResult {
        try await pull([path], as: host, options: options, module: module, into: inbox)
    }

    /// A pull that goes on while the test does something else; `bwlimit` in KiB/s makes it last.
    func startPull(_ paths: [String], as host: Int, options: [String] = []) throws -> Server {
        let address = "127.0.0.\(host + 1)"
        let target = inbox(address)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let server = try Server(
            Programs.rsync,
            ["--address=\(address)", "--timeout=90"] + options
                + paths.map { "rsync://127.0.0.1:\(port)/linbo/\($0)" } + [target.path + "/"],
            log: directory.appendingPathComponent("client-\(host).log"))
        servers.add(server)
        return server
    }

    /// What rsync lists, without a destination.
    func list(_ path: String, as host: Int, options: [String] = []) async throws -> CommandResult {
        try await Command.run(
            Programs.rsync,
            ["--address=127.0.0.\(host + 1)", "--timeout=90"] + options + ["rsync://127.0.0.1:\(port)/linbo/\(path)"])
    }

    func received(_ name: String, by host: Int, into inbox: String? = nil) throws -> String {
        String(decoding: try receivedBytes(name, by: host, into: inbox), as: UTF8.self)
    }

    func receivedBytes(_ name: String, by host: Int, into inbox: String? = nil) throws -> [UInt8] {
        Array(try Data(contentsOf: self.inbox(inbox ?? "127.0.0.\(host + 1)").appendingPathComponent(name)))
    }

    func hasReceived(_ name: String, by host: Int, into inbox: String? = nil) -> Bool {
        FileManager.default.fileExists(
            atPath: self.inbox(inbox ?? "127.0.0.\(host + 1)").appendingPathComponent(name).path)
    }

    func linboctl(_ arguments: String...) async throws -> CommandResult {
        try await Command.run(Programs.linboctl, ["--config", config.path] + arguments)
    }

    /// As a user without rights. For tests that run as root.
    func linboctlAsNobody(_ arguments: [String]) async throws -> CommandResult {
        try await Command.run(
            "/usr/bin/setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", Programs.linboctl, "--config", config.path] + arguments
        )
    }

    // MARK: State

    /// Clients' directories that exist right now.
    var views: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: tree.path + "/.linbo-hookd/views")) ?? []
    }

    /// All that the tree holds but for the internal directory: kind, mode, size, times, links and content.
    func fingerprint() async throws -> String {
        try await settled()
        return try await Command.run(
            "/usr/bin/find",
            [
                tree.path, "-path", tree.path + "/.linbo-hookd", "-prune", "-o", "-printf",
                "%P %y %m %U %G %s %T@ %n %l\\n", "(", "-type", "f", "-exec", "md5sum", "{}", ";", ")",
            ]
        ).output.split(separator: "\n").filter { !$0.hasPrefix(" d ") }.sorted().joined(separator: "\n")
    }

    static func processes(mentioning text: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int32(name) != nil, Int32(name) != getpid(),
                let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
            else { return false }
            return String(decoding: data, as: UTF8.self).contains(text)
        }
    }
}

// MARK: - What the server knows

extension School {
    /// Ends the school's first daemon and starts one that the test holds.
    /// - Parameter other: a server of the test's own that goes on.
    func startSecondHand(keeping other: Server? = nil) async throws -> Server {
        for server in servers.all() where server !== other { try await server.stop() }
        return try await startDaemon()
    }

    func onboot() async throws -> [OnbootEntry] {
        let result = try await linboctl("onboot", "list", "--all", "--json")
        return try JSONDecoder().decode([OnbootEntry].self, from: Data(result.output.utf8))
    }

    /// What clients asked for.
    func audit() async throws -> [AuditEntry] { try await auditLog().filter { $0.transport != "api" } }

    /// What was done by linboctl and the API.
    func acts() async throws -> [AuditEntry] { try await auditLog().filter { $0.transport == "api" } }

    private func auditLog() async throws -> [AuditEntry] {
        let result = try await linboctl("audit", "--limit", "100000", "--json")
        return try JSONDecoder().decode([AuditEntry].self, from: Data(result.output.utf8))
    }

    /// The pids of an address's recorded connections.
    func liveConnections(of address: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: tree.path + "/.linbo-hookd/live/\(address)")
            .filter { $0.contains("@") }.compactMap { $0.split(separator: "@").first.flatMap { Int32($0) } }
    }
}
