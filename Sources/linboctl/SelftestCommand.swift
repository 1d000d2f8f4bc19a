import ArgumentParser
import CommandLineKit
import DHCP
import Dispatch
import Foundation
import HookHost
import LinboHookd
import LinboModel
import SelfTest
import Synchronization

struct Selftest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Try the running configuration, away from production.",
        subcommands: [PXE.self, Rsync.self, TFTP.self, ServeTFTP.self])

    struct PXE: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pxe", abstract: "Boot a PC in QEMU from the network, with this configuration.",
            discussion: """
                The PC has a host's MAC and address, in a network namespace: no port, lease or boot command of production \
                is touched. DHCP is dnsmasq with the hosts of `linboctl dhcp render --server dnsmasq`, TFTP is linbo-hookd's \
                own with the tree and the plugins of the configuration. The boot has succeeded when LINBO's kernel and \
                linbofs64 have come; in a tree without them, when the host's or the group's configuration has. Takes root, \
                and half a minute for each firmware.
                """)

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "The host to boot as (default: the first one that boots from the network).")
        var host: String?

        @Flag(help: "Which firmware (default: both, one after the other).")
        var firmware: [Firmware] = []

        @Option(name: .long, help: "Seconds after which a boot has failed.")
        var timeout = 180

        @Option(name: .long, help: "The directory for screenshots of boots that failed.")
        var screenshots = "."

        func validate() throws {
            guard (10...3600).contains(timeout) else { throw ValidationError("--timeout wants 10 to 3600 seconds") }
        }

        func run() async throws {
            let kinds = firmware.isEmpty ? Firmware.allCases : firmware
            if let obstacle = Needs.obstacle(kinds) { throw Failure(obstacle) }
            let job = try BootJob(options, host: host)
            var results: [BootResult] = []
            for kind in kinds {
                let directory = URL(filePath: screenshots).absoluteURL.path
                let test = try job.test(
                    kind, limit: .seconds(timeout),
                    screenshot: "\(directory)/selftest-\(job.host.name)-\(kind.rawValue).png")
                results.append(await run(test))
            }
            if options.json { print(try Output.json(results)) }
            if results.contains(where: { $0.error != nil }) { throw ExitCode(1) }
        }

        private func run(_ test: BootTest) async -> BootResult {
            let steps = StepList(isShown: !options.json)
            let name = "\(test.host.name) (\(test.firmware.rawValue))"
            if !options.json {
                print(Output.Style.bold.applied(to: "\(name), \(test.network.host) from \(test.network.server)"))
            }
            var result = BootResult(host: test.host.name.description, firmware: test.firmware)
            do {
                try await Interrupt.ends { try await test.run { steps.add($0) } }
            } catch {
                result.error = error is CancellationError ? "interrupted" : "\(error)"
            }
            result.steps = steps.all
            guard !options.json else { return result }
            if let error = result.error {
                Terminal.complain(Output.Style.red.applied(to: "\(name) does not boot: ") + error)
            } else {
                print(Output.Style.green.applied(to: "\(name) boots"))
            }
            return result
        }
    }

    /// What the test runs in the network namespace.
    struct ServeTFTP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "serve-tftp", abstract: "A TFTP server that tells its transfers.", shouldDisplay: false)

        @OptionGroup var options: CommonOptions

        @Option(name: .long) var listen: String
        @Argument var directory: String

        func run() async throws {
            guard let address = ListenAddress(listen, defaultPort: 69) else {
                throw ValidationError("--listen wants an address")
            }
            let config = try options.load().alone(in: directory, listen: address)
            let server = try StandaloneTFTP(config)
            try await server.run { transfer in
                guard let data = try? JSONEncoder().encode(transfer) else { return }
                try? FileHandle.standardOutput.write(contentsOf: data + Data([10]))
            }
        }
    }
}

extension Firmware: EnumerableFlag {}

/// Why and how one boot ended.
private struct BootResult: Encodable {
    let host: String
    let firmware: Firmware
    var steps: [BootStep] = []
    var error: String?
}

/// The host, and what its tests share.
private struct BootJob {
    let host: LinboModel.Host
    private let config: Config
    private let options: CommonOptions
    private let network: TestNetwork
    private let plan: DHCPPlan

    init(_ options: CommonOptions, host wanted: String?) throws {
        let config = try options.load()
        let devices = DevicesSource(directory: config.linbo.schools).load(keeping: nil).devices
        host = try Self.host(wanted, in: devices, config)
        let server =
            config.dhcp?.nextServer ?? SetupFile(path: config.linbo.setup).current?.serverip ?? IPAddress("10.77.0.1")
        guard server?.isLoopback != true else {
            throw Failure(
                "the server's address is \(server.map { "\($0)" } ?? ""), which no PC reaches: correct serverip in "
                    + "\(config.linbo.setup), or set dhcp.next-server")
        }
        guard let server else { throw Failure("the server has no address: set dhcp.next-server") }
        do throws(TestNetwork.Unfit) {
            network = try TestNetwork(server: server, host: host.address)
        } catch {
            throw Failure(Self.sentence(error, server, host, config))
        }
        self.config = config
        self.options = options
        plan = DHCPPlan(devices, server: .dnsmasq, nextServer: server)
        for problem in plan.problems where problem.location == host.source { Terminal.complain("\(problem)") }
    }

    private static func sentence(
        _ reason: TestNetwork.Unfit, _ server: IPAddress, _ host: LinboModel.Host, _ config: Config
    ) -> String {
        switch reason {
        case .serverIsIPv6:
            "the server's address is \(server), and PCs boot over IPv4 here: correct serverip in "
                + "\(config.linbo.setup), or set dhcp.next-server"
        case .hostIsIPv6: "\(host.name) has an IPv6 address, and PCs boot over IPv4 here: correct \(host.source)"
        case .hostIsServer: "\(host.name) has the server's own address: correct \(host.source)"
        }
    }

    private static func host(_ wanted: String?, in devices: Devices, _ config: Config) throws -> LinboModel.Host {
        guard let wanted else {
            guard let first = devices.hosts.first(where: { $0.pxe != 0 }) else {
                throw Failure("no host below \(config.linbo.schools) boots from the network: none has PXE flag 1")
            }
            return first
        }
        guard let name = HostName(wanted), let host = devices.host(named: name) else {
            let near = nearestWord(to: wanted, in: devices.hosts.map(\.name.description)).map {
                ": did you mean \($0)?"
            }
            throw Failure("no devices.csv below \(config.linbo.schools) knows \(wanted)\(near ?? "")")
        }
        guard host.pxe != 0 else { throw Failure("\(host.name) boots nothing: its PXE flag is 0 in \(host.source)") }
        return host
    }

    func test(_ firmware: Firmware, limit: Duration, screenshot: String) throws -> BootTest {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let kernel = "\(config.linbo.root)/linbo64"
        return BootTest(
            host: host, firmware: firmware, network: network, plan: plan,
            tftpServer: [
                program, "selftest", "serve-tftp", "--config", URL(filePath: options.config).absoluteURL.path,
                "--listen",
                "\(network.server):69",
            ], hasKernel: FileManager.default.fileExists(atPath: kernel), limit: limit, screenshot: screenshot)
    }
}

/// Keeps steps, and shows them as they happen.
private final class StepList: Sendable {
    private let isShown: Bool
    private let steps = Mutex<[BootStep]>([])

    init(isShown: Bool) {
        self.isShown = isShown
    }

    var all: [BootStep] { steps.withLock { $0 } }

    func add(_ step: BootStep) {
        steps.withLock { $0.append(step) }
        guard isShown else { return }
        let line = String(format: "%6.1f s  %@  %@", step.seconds, step.what, Output.printable(step.text))
        print(step.isFine ? line : Output.Style.yellow.applied(to: line))
        fflush(nil)
    }
}

/// Ctrl-C, so that a test takes its namespace away before it ends.
private enum Interrupt {
    static func ends(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        try await task.value
    }
}
