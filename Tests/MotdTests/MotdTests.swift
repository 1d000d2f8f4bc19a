import API
import APIClient
import ArgumentParser
import Control
import ControlAPI
import Foundation
import HookHost
import HookStore
import LinboHookd
import LinboModel
import LinuxKit
import Logging
import Testing
import Timeline
import Uploads

/// A plugin that nobody else knows of: its file, its table, its command and its route work by one entry in the list.
@Suite struct MotdTests {
    @Test func allOfIt() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-motd-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for path in ["srv", "schools/default-school"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
        }
        try "r1;pc01;win11;52:54:00:00:00:01;127.0.0.2;;;;student;;1\n".write(
            toFile: "\(directory)/schools/default-school/devices.csv", atomically: true, encoding: .utf8)
        let yaml =
            "linbo: {root: \(directory)/srv, schools: \(directory)/schools}\nstate: \(directory)/state\n"
            + "socket: \(directory)/hook.sock\nplugins:\n  - motd\n"
        try yaml.write(toFile: "\(directory)/c.yaml", atomically: true, encoding: .utf8)
        let known: [any HookPlugin.Type] = pluginRegistry + [Motd.self]
        let config = try Config(yaml: yaml, file: "\(directory)/c.yaml", known: known)
        let store = try Store(directory: config.state, migrations: Store.migrations(of: known))
        let assembly = try Assembly(config, store: store, logger: DaemonLog.silent)
        assembly.hosts.refresh()
        let reloader = Reloader(assembly, ConfigInUse(config, yaml), logger: DaemonLog.silent)
        let followUps = FollowUps(FollowUpQueue(state: config.state), logger: DaemonLog.silent)
        let pcs = PCWatch(
            .init(audit: store.audit, hosts: { assembly.hosts }, groups: { [] }, running: { [] }),
            events: assembly.context.events, kept: store.events, logger: DaemonLog.silent)
        let control = Control(
            reloader, tftp: nil, status: StatusReport.Source(reloader, followUps, fault: nil, lack: nil), pcs: pcs)
        let server = ControlServer(
            socket: config.apiSocket, handlers: control.handlers(known: known),
            pages: .init(version: "1", metrics: nil) { _ in AsyncStream { $0.finish() } }, logger: DaemonLog.silent)
        let ready = AsyncSignal()
        let serving = Task { try await server.run(ready.send) }
        await ready.wait(atMost: .seconds(120))

        let command = try Motd.Command.parse(["--config", "\(directory)/c.yaml", "hello"])
        try await command.run()
        let audit = try store.audit.entries(.init())
        #expect(audit.map(\.decision) == [.other("motd set")] && audit.first?.reason?.hasSuffix(": hello") == true)

        let status = try await APIClient(socket: config.apiSocket).ask(GetStatus())
        #expect(status.figures.contains { $0.label == "messages" } && status.plugins == ["motd"])

        let client = try assembly.hosts.client("pc01")
        let answer = try await assembly.runtime.resolve(
            Request(
                client: client, over: .rsync, path: try TreePath("motd.txt"), intent: .fetch,
                connection: ConnectionID(process: 1, started: 0)))
        guard case .made(let made) = answer.content else { throw Fault(.failed, "\(answer.content)") }
        #expect(String(decoding: made.bytes, as: UTF8.self) == "pc01: hello\n")
        serving.cancel()
        _ = try? await serving.value
    }

    @Test("no room names a plugin but the one list; plugins do not name each other") func rooms() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let directories = try FileManager.default.contentsOfDirectory(atPath: root.path + "/Plugins")
        let words = directories + pluginRegistry.map { type in "\"\(type.name)" }
        #expect(directories.count == pluginRegistry.count)
        for part in ["Sources", "Plugins"] {
            let files = FileManager.default.enumerator(atPath: "\(root.path)/\(part)")
            while let path = files?.nextObject() as? String {
                guard path.hasSuffix(".swift"), !path.contains("/Tests/"), !path.hasSuffix("/PluginRegistry.swift")
                else { continue }
                let own = part == "Plugins" ? path.split(separator: "/").first.map(String.init) : nil
                let text = try String(contentsOfFile: "\(root.path)/\(part)/\(path)", encoding: .utf8)
                let code = text.split(separator: "\n").filter { !$0.contains("//") }.joined(separator: "\n")
                for word in words where word != own && own.map({ !word.hasPrefix("\"\(Self.kebab($0))") }) ?? true {
                    let isNamed =
                        word.hasPrefix("\"")
                        ? code.contains(word) : code.contains("import \(word)\n") || code.contains("\(word).")
                    #expect(!isNamed, "\(part)/\(path) names \(word)")
                }
            }
        }
    }

    /// `OnbootCmd` is `onboot-cmd`.
    private static func kebab(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase, !text.isEmpty { text += "-" }
            text += letter.lowercased()
        }
    }
}
