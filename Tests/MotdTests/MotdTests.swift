import API
import APIClient
import ArgumentParser
import Control
import ControlAPI
import Foundation
import GRDB
import HookHost
import HookStore
import HookTesting
import LinboHookd
import LinboModel
import LinuxKit
import Testing
import Timeline
import Uploads

/// A plugin that nobody else knows of: its file, its table, its command and its route work by one entry in the list.
@Suite struct MotdTests {
    @Test func allOfIt() async throws {
        let lab = try PluginLab<Motd>()
        let store = try lab.store()
        let desk = try lab.desk("", store: store)
        let config = desk.assembly.config
        let reloader = Reloader(desk.assembly, ConfigInUse(config, ""), logger: DaemonLog.silent)
        let followUps = FollowUps(FollowUpQueue(state: config.state), logger: DaemonLog.silent)
        let pcs = PCWatch(
            .init(audit: store.audit, hosts: { desk.assembly.hosts }, groups: { [] }, running: { [] }),
            events: desk.assembly.context.events, kept: store.events, logger: DaemonLog.silent)
        let control = Control(
            reloader, tftp: nil, status: StatusReport.Source(reloader, followUps, fault: nil, lack: nil), pcs: pcs)
        let server = ControlServer(
            socket: config.apiSocket, handlers: control.handlers(known: pluginRegistry + [Motd.self]),
            pages: .init(version: "1", metrics: nil) { _ in AsyncStream { $0.finish() } }, logger: DaemonLog.silent)
        let ready = AsyncSignal()
        let serving = Task { try await server.run(ready.send) }
        await ready.wait(atMost: .seconds(120))

        let command = try Motd.Command.parse(["--config", config.file, "hello"])
        try await command.run()
        let audit = try store.audit.entries(.init())
        #expect(audit.map(\.decision) == [.other("motd set")] && audit.first?.reason?.hasSuffix(": hello") == true)

        let status = try await APIClient(socket: config.apiSocket).ask(GetStatus())
        #expect(status.figures.contains { $0.label == "messages" } && status.plugins == ["motd"])

        #expect(try await desk.text("motd.txt") == "pc01: hello\n")
        serving.cancel()
        _ = try? await serving.value
    }

    /// Shown in docs/plugins.md.
    @Test(arguments: Depth.allCases) func everyHostGetsItsOwn(_ depth: Depth) async throws {
        let lab = try PluginLab<Motd>()
        try lab.write("the tree's\n", to: "tree/motd.txt")
        let desk = try lab.desk()
        #expect(try await desk.text("motd.txt", over: depth) == "the tree's\n")
        try await desk.plugin.context.database().database.write {
            try $0.execute(sql: "INSERT INTO motd VALUES ('hello')")
        }
        for host in [1, 2] {
            #expect(try await desk.text("motd.txt", as: host, over: depth) == "pc0\(host): hello\n")
        }
        // Who is in no devices.csv.
        #expect(try await desk.text("motd.txt", as: 200, over: depth) == "the tree's\n")
        #expect(try await desk.fetch("nothing.txt", over: depth) == nil)
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
                        ? Self.names(word, in: code) : code.contains("import \(word)\n") || code.contains("\(word).")
                    #expect(!isNamed, "\(part)/\(path) names \(word)")
                }
            }
        }
    }

    /// A dot behind it makes it another name: of an event, or a file.
    private static func names(_ word: String, in code: String) -> Bool {
        code.ranges(of: word).contains { $0.upperBound == code.endIndex || code[$0.upperBound] != "." }
    }

    /// `OnbootCmd` is `onboot-cmd`.
    private static func kebab(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase, !text.isEmpty { text += "-" }
            text += letter.lowercased()
        }
    }
}
