package import DHCP
import Foundation
import Glibc
package import LinboModel

/// Boots a PC in QEMU from the network, in a network namespace: dnsmasq with the hosts of `linboctl dhcp`, and a TFTP
/// server with the running configuration.
package struct BootTest: Sendable {
    /// The PC that is played: its MAC, its address, and what it is to get.
    package let host: LinboModel.Host
    /// BIOS or UEFI.
    package let firmware: Firmware
    /// The addresses of both ends.
    package let network: TestNetwork
    /// The hosts of all schools, for dnsmasq.
    package let plan: DHCPPlan
    /// A TFTP server that tells each transfer as a line of JSON: its command, with the directory for its files behind
    /// it.
    package let tftpServer: [String]
    /// Whether the tree has LINBO's kernel: then the boot must come to `linbofs64`, else to GRUB's configuration.
    package let hasKernel: Bool
    /// How long it may take from the start on.
    package let limit: Duration
    /// Where the screen goes when the boot fails.
    package let screenshot: String

    /// Nothing is started before `run`.
    package init(
        host: LinboModel.Host, firmware: Firmware, network: TestNetwork, plan: DHCPPlan, tftpServer: [String],
        hasKernel: Bool,
        limit: Duration, screenshot: String
    ) {
        self.host = host
        self.firmware = firmware
        self.network = network
        self.plan = plan
        self.tftpServer = tftpServer
        self.hasKernel = hasKernel
        self.limit = limit
        self.screenshot = screenshot
    }

    private enum Event: Sendable {
        case dhcp(String), tftp(String), pc(String), failed(String), timeIsUp
    }

    /// - Parameter tell: is given each step as it happens.
    /// - Throws: `BootTestError` that says how far the boot came, and what to look at.
    package func run(_ tell: @Sendable (BootStep) -> Void) async throws {
        try await Sandbox.open(network) { sandbox in
            try prepare(sandbox)
            let (events, feed) = AsyncStream.makeStream(of: Event.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                serve(sandbox, in: &group, feed)
                group.addTask {
                    try await Task.sleep(for: limit)
                    feed.yield(.timeIsUp)
                }
                try await follow(events, sandbox, tell)
            }
        }
    }

    // MARK: Processes

    private func prepare(_ sandbox: Sandbox) throws {
        let main = """
            port=0\nno-ping\ninterface=\(Sandbox.bridge)\nbind-interfaces\nleasefile-ro\ndhcp-authoritative\nlog-facility=-
            dhcp-range=\(network.host),\(network.host),\(network.mask),1h\n
            """
        try Data((main + Rendering(plan).text).utf8).write(to: URL(filePath: "\(sandbox.directory)/dnsmasq.conf"))
        if let variables = firmware.variables {
            try FileManager.default.copyItem(atPath: variables, toPath: "\(sandbox.directory)/variables")
        }
    }

    private func serve(
        _ sandbox: Sandbox, in group: inout ThrowingTaskGroup<Void, any Error>, _ feed: AsyncStream<Event>.Continuation
    ) {
        let dnsmasq = ["dnsmasq", "--no-daemon", "--pid-file=", "--conf-file=\(sandbox.directory)/dnsmasq.conf"]
        let pc =
            [
                "qemu-system-x86_64", "-accel", "tcg", "-m", "1024", "-display", "none", "-no-reboot",
                "-netdev", "tap,id=n,ifname=\(Sandbox.cable),script=no,downscript=no",
                "-serial", "file:\(sandbox.directory)/console", "-qmp",
                "unix:\(sandbox.directory)/qmp,server=on,wait=off",
            ] + firmware.machine(mac: host.mac.description, variables: "\(sandbox.directory)/variables")
        let commands: [([String], @Sendable (String) -> Event)] = [
            (dnsmasq, { .dhcp($0) }), (tftpServer + [sandbox.directory], { .tftp($0) }), (pc, { .pc($0) }),
        ]
        for (words, event) in commands {
            group.addTask {
                do {
                    try await Tool.serve(sandbox.command(words)) { feed.yield(event($0)) }
                } catch {
                    feed.yield(.failed("\(words[0]): \(error)"))
                }
            }
        }
    }

    // MARK: Steps

    private func follow(
        _ events: AsyncStream<Event>, _ sandbox: Sandbox, _ tell: (BootStep) -> Void
    ) async throws {
        var progress = BootProgress(host: host, hasKernel: hasKernel)
        let start = ContinuousClock.now
        var words: [String] = []
        func step(_ what: String, _ told: (text: String, isFine: Bool)?) {
            guard let told else { return }
            let time = start.duration(to: .now).components
            let seconds = Double(time.seconds) + Double(time.attoseconds) / 1e18
            tell(BootStep(seconds: seconds, what: what, text: told.text, isFine: told.isFine))
        }
        for await event in events {
            switch event {
            case .dhcp(let line):
                words.append(line)
                step("DHCP", progress.dhcp(line))
            case .tftp(let line):
                guard let transfer = try? JSONDecoder().decode(TestTransfer.self, from: Data(line.utf8)) else {
                    step("TFTP", (line, false))  // the server's own log
                    continue
                }
                step("TFTP", progress.transfer(transfer))
            case .pc(let line): words.append(line)
            case .failed(let reason):
                throw failure("\(reason)\n\(words.suffix(8).joined(separator: "\n"))", sandbox)
            case .timeIsUp: throw failure("not in \(limit): \(progress.whatIsMissing)", sandbox)
            }
            if progress.isDone { return }
        }
        throw CancellationError()
    }

    /// With the screen and the end of the serial console.
    private func failure(_ reason: String, _ sandbox: Sandbox) -> BootTestError {
        let isShot = Screen.shoot(socket: "\(sandbox.directory)/qmp", to: screenshot)
        let console = (try? Data(contentsOf: URL(filePath: "\(sandbox.directory)/console"))) ?? Data()
        let text = String(decoding: console.suffix(8_192), as: UTF8.self)
            .replacing(/\u{1B}\[[0-9;=?]*[A-Za-z]/, with: "")
        let lines = text.split { $0.isNewline }.filter { $0.contains { $0 != " " } }.suffix(12)
        let shown = lines.isEmpty ? "" : "\nthe end of its console:\n  \(lines.joined(separator: "\n  "))"
        return BootTestError(reason + (isShot ? "\nits screen: \(screenshot)" : "") + shown)
    }
}
