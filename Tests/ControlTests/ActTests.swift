import API
import Control
import Foundation
import GRDB
import HookHost
import HookStore
import ImageStore
import Jobs
import LinboHookd
import LinboModel
import Supervision
import Testing

@testable import Uploads

/// Commands: what they do, what they refuse, and the rows that they leave.
@Suite struct ActTests {
    private let lab: ControlLab

    init() throws {
        lab = try ControlLab()
    }

    private var quarantine: Quarantine { lab.assembly.publisher.quarantine }

    /// - Returns: its name in quarantine.
    private func keep(_ file: String) throws -> String {
        try FileManager.default.createDirectory(atPath: quarantine.directory, withIntermediateDirectories: true)
        try quarantine.keep([1], name: file, uploader: "PC01", reason: "no row")
        return try #require(quarantine.entries().first { $0.image == file }).name
    }

    private func addJob() throws -> Job {
        try lab.store.record([]) {
            try JobQueue.add($0, JobWish("k", subject: "s", parameters: "{}"), by: "anna", now: 1)
        }
    }

    private func newcomer() throws {
        let host = try #require(lab.assembly.hosts.devices.hosts.first)
        var content = Newcomers.Content()
        content.waiting = [Newcomer(host, by: "10.0.0.9", at: 1)]
        try lab.write(String(decoding: try APICoding.encoded(content), as: UTF8.self), to: "state/registered.json")
    }

    @Test("where no row can be written, nothing is done, whatever is wanted") func noRows() async throws {
        try lab.makeImages()
        try newcomer()
        let (name, job) = (try keep("pc99.new"), try addJob())
        try await lab.refuseRows()
        let questions: [any APIOperation] = [
            RollBackImage(name: "win11", to: nil), PruneImages(name: nil, keep: 0, isTrial: false),
            DiscardQuarantined(name: name), RetryQuarantined(name: name), AdmitNewcomers(hosts: ["all"]),
            CancelJob(id: job.id),
        ]
        for question in questions { #expect(await lab.fault(question) != nil, "\(question)") }
        #expect(try lab.read("srv/images/win11/win11.qcow2") == "new")
        #expect(try lab.read("srv/images/win11/backups/202601010800/win11.qcow2") == "old")
        #expect(quarantine.entries().map(\.name) == [name])
        #expect(try await lab.ask(GetNewcomers()).count == 1)
        #expect(try await lab.ask(GetJob(id: job.id)).job.state == .queued)
        #expect(try lab.acts().isEmpty)
    }

    // MARK: Quarantine

    @Test("what is discarded is gone, once; no name leads out of the quarantine") func discard() async throws {
        let (first, second) = (try keep("pc98.new"), try keep("pc99.new"))
        #expect(try await lab.ask(GetQuarantine()).map(\.name) == [first, second])
        try lab.write("x", to: "srv/.linbo-hookd/uploads/sets/win11.qcow2/win11.qcow2")
        #expect(try await lab.ask(DiscardQuarantined(name: first)).name == first)
        for name in [
            first, "../sets", "../sets/win11.qcow2", "\(second)/../\(second)", ".", "..", "", "/", "\(second)/",
        ] {
            #expect(await lab.fault(DiscardQuarantined(name: name))?.kind == .missing, "\(name)")
        }
        #expect(try lab.read("srv/.linbo-hookd/uploads/sets/win11.qcow2/win11.qcow2") == "x")
        #expect(try await lab.ask(GetQuarantine()).map(\.name) == [second])
        let acts = try lab.acts()
        #expect(
            acts.prefix(4) == [
                "images quarantine discard \(first): begun", "images quarantine discard \(first): done",
                "images quarantine discard \(first): begun", "images quarantine discard \(first): failed",
            ])
        #expect(acts.count == 20)
    }

    @Test("what is no image's can't be looked at again, and stays") func retry() async throws {
        let name = try keep("pc99.new")
        #expect(await lab.fault(RetryQuarantined(name: name))?.what.contains("upload it again") == true)
        #expect(await lab.fault(RetryQuarantined(name: "none"))?.kind == .conflict)
        #expect(quarantine.entries().map(\.name) == [name])
    }

    @Test("what a daemon died at again and again is shown there, and forgotten by either command")
    func marks() async throws {
        let marks = lab.assembly.context.marks
        for (number, command) in ["retry", "discard"].enumerated() {
            let mark = """
                {"at":5,"boot":"\(WorkMark.currentBoot)","deaths":2,"kind":"torrent","name":"a\(number).qcow2",
                "version":""}
                """
            try lab.write(mark, to: "state/work/torrent a\(number).qcow2.mark")
            let entry = try #require(try await lab.ask(GetQuarantine()).first)
            #expect(entry.name == "torrent:a\(number).qcow2" && entry.uploader == "-" && entry.at == 5)
            if command == "retry" {
                _ = try await lab.ask(RetryQuarantined(name: entry.name))
            } else {
                _ = try await lab.ask(DiscardQuarantined(name: entry.name))
            }
            #expect(marks.setAside().isEmpty)
        }
    }

    // MARK: Images

    @Test(
        "a backup that is none, by whatever name, changes nothing",
        arguments: [
            "202601010801", "", ".", "..", "../../win11", "202601010800/", "202601010800/../202601010800", "/etc",
        ])
    func rollback(_ backup: String) async throws {
        try lab.makeImages()
        #expect(await lab.fault(RollBackImage(name: "win11", to: backup))?.kind == .conflict)
        #expect(try lab.read("srv/images/win11/win11.qcow2") == "new")
        #expect(try lab.acts().map { $0.suffix(6) } == [" begun", "failed"])
    }

    @Test("an image is found by its name or its base; others are told with the nearest one")
    func images() async throws {
        try lab.makeImages()
        for name in ["win11", "win11.qcow2"] {
            #expect(try await lab.ask(GetImageHistory(name: name, limit: nil)).live.image == "win11.qcow2")
        }
        #expect(
            await lab.fault(GetImageHistory(name: "win1", limit: nil))?.what.contains("did you mean 'win11'") == true)
        for name in ["../win11", "win11.qcow2.info", "win11.qdiff", "", "wholly-else"] {
            #expect(await lab.fault(GetImageHistory(name: name, limit: nil))?.kind == .missing, "\(name)")
        }
        for limit in [0, -1] {
            #expect(await lab.fault(GetImageHistory(name: "win11", limit: limit))?.place == "limit")
        }
        #expect(await lab.fault(PruneImages(name: "win11", keep: -1, isTrial: true))?.place == "keep")
    }

    @Test("a trial removes nothing and leaves no row; what goes has its row and its history") func prune() async throws
    {
        try lab.makeImages()
        let trial = try await lab.ask(PruneImages(name: "win11", keep: 0, isTrial: true))
        #expect(trial.flatMap(\.removed).map(\.timestamp) == ["202601010800"])
        #expect(try await lab.ask(PruneImages(name: nil, keep: 1, isTrial: true)).flatMap(\.removed).isEmpty)
        #expect(try lab.acts().isEmpty && lab.read("srv/images/win11/backups/202601010800/win11.qcow2") == "old")
        _ = try await lab.ask(PruneImages(name: "win11", keep: 0, isTrial: false))
        #expect(try lab.acts() == ["begun", "done"].map { "images prune images/win11/win11.qcow2: \($0)" })
        let history = try await lab.ask(GetImageHistory(name: "win11", limit: 1)).history
        #expect(history.map(\.note) == ["the backup 202601010800 is removed, by anna"])
        #expect(try lab.read("srv/images/win11/win11.qcow2") == "new")
    }

    // MARK: Jobs

    @Test("a job that is over is not cancelled, one that waits is not begun anew, and neither leaves a row")
    func jobs() async throws {
        let job = try addJob()
        #expect(try await lab.ask(GetJobs(kind: nil, all: false)).map(\.id) == [job.id])
        #expect(await lab.fault(RetryJob(id: job.id))?.kind == .conflict)
        #expect(try await lab.ask(CancelJob(id: job.id)).state == .cancelled)
        #expect(await lab.fault(CancelJob(id: job.id))?.what == "job \(job.id) is cancelled: it is over already")
        #expect(try await lab.ask(GetJobs(kind: nil, all: false)).isEmpty)
        #expect(try await lab.ask(GetJobs(kind: "k", all: true)).map(\.id) == [job.id])
        #expect(try await lab.ask(GetJobs(kind: "l", all: true)).isEmpty)
        #expect(try await lab.ask(RetryJob(id: job.id)).state == .queued)
        for question in [CancelJob(id: 99), RetryJob(id: -1), GetJob(id: 0)] as [any APIOperation] {
            #expect(await lab.fault(question)?.kind == .missing)
        }
        #expect(try lab.acts() == ["jobs cancel job \(job.id): done", "jobs retry job \(job.id): done"])
    }

    // MARK: The server

    @Test("a configuration that is wrong is told with its place, and changes nothing") func reload() async throws {
        let good = try lab.read("c.yaml")
        try lab.write(good + "plugins: [onboot-cmd]\nhook: {wait: 5}\n", to: "c.yaml")
        let fault = try #require(await lab.fault(Reload()))
        #expect(fault.kind == .invalid && fault.what.contains("c.yaml:5:14: wait '5' is no span"), "\(fault)")
        #expect(try await lab.ask(GetPlugins()).allSatisfy { !$0.isEnabled })
        #expect(try lab.acts() == ["reload -: begun", "reload -: failed"])
        try lab.write(good + "plugins: [onboot-cmd]\n", to: "c.yaml")
        _ = try await lab.ask(Reload())
        #expect(try await lab.ask(GetPlugins()).filter(\.isEnabled).map(\.name) == ["onboot-cmd"])
    }

    @Test("without services there are none, and none is started anew") func services() async throws {
        #expect(try await lab.ask(GetServices()).isEmpty)
        #expect(await lab.fault(GetServiceLog(name: "tracker"))?.kind == .missing)
        #expect(await lab.fault(RestartService(name: "tracker"))?.kind == .missing)
        #expect(try lab.acts() == ["begun", "failed"].map { "services restart tracker: \($0)" })
    }

    @Test("a plugin that is off says how it is turned on, to each of its operations") func offPlugins() async throws {
        for handler in lab.control.handlers()
        where !Control.operations.contains(where: { $0.operation == handler.operation }) {
            let sample = Data(#"{"host":"pc01","targets":["pc01"],"command":"halt","number":1,"name":"x","id":1}"#.utf8)
            do {
                _ = try await handler(sample, by: Actor(name: "anna"))
                Issue.record("\(handler.operation.route) is answered")
            } catch let fault as Fault {
                #expect(fault.kind == .conflict || fault.kind == .invalid, "\(handler.operation.route): \(fault)")
                if fault.kind == .conflict { #expect(fault.description.contains(" is off"), "\(fault)") }
            }
        }
    }

    // MARK: DHCP

    @Test("nothing is made of nothing, and what a server needs is said") func dhcp() async throws {
        #expect(await lab.fault(ApplyDHCP(isTrial: true))?.what.contains("has no `dhcp:`") == true)
        #expect(await lab.fault(RenderDHCP(server: nil))?.kind == .conflict)
        #expect(await lab.fault(RenderDHCP(server: "bind"))?.place == "server")
        #expect(await lab.fault(RenderDHCP(server: "kea"))?.what.contains("dhcp.next-server") == true)
        let answer = try await lab.ask(RenderDHCP(server: "dnsmasq"))
        #expect(answer.text.contains("52:54:00:00:00:01") && answer.text.contains("10.0.0.1"))
        try lab.write("", to: "schools/default-school/devices.csv")
        for server in ["isc", "dnsmasq", "kea"] {
            #expect(await lab.fault(RenderDHCP(server: server))?.what.contains("nothing is made of nothing") == true)
        }
        #expect(try lab.acts().isEmpty)
    }
}
