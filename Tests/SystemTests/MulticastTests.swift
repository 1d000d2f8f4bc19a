import Foundation
import HookTesting
import Testing

/// Images to several PCs at once, with Debian's udp-sender and udp-receiver.
@Suite(.enabled(if: Namespace.isRoot, "as root"))
struct MulticastTests {
    /// Rounds that begin when the test says so, and in which a PC that stops is waited for.
    private static let patient = "min-clients: 90\nmin-seconds: 0\nmax-seconds: 3600\nstall: 600"
    private static let size = 4 << 20

    /// A round of pc01 to pc03 that does not get on, as pc03 has stopped, until `body` has ended.
    private func stalled(
        _ settings: String = patient, pcs: Int = 3, size: Int = size,
        _ body: (MulticastLab, Server, [Task<MulticastLab.Way, any Error>]) async throws -> Void
    ) async throws {
        try await MulticastLab.open(pcs: pcs, settings: settings, size: size) { lab in
            for pc in 1...pcs { _ = try await lab.fetchList(pc) }
            let receiver = try #require(try lab.startReceiver(3))
            let downloads = (1...2).map { pc in Task { try await lab.download(pc) } }
            try await eventually("all have joined") {
                try await lab.session()?.states("joined") == ["pc01", "pc02", "pc03"]
            }
            receiver.signalGroup(SIGSTOP)
            let go = try await lab.linboctl("multicast", "go", "win11")
            #expect(go.status == 0, "\(go)")
            try await eventually("it has begun") { try await lab.session()?.phase == "sending" }
            let third = Task {
                try await eventually("pc03's receiver ends") { receiver.hasEnded }
                return receiver.status == 0 ? MulticastLab.Way.multicast : .rsync
            }
            try await body(lab, receiver, downloads + [third])
        }
    }

    private static let old = MulticastLab.bytes(size, 1)

    @Test(
        "PCs of a room get an image in one round; whose list came late waits for the next; nobody hears of an idle image"
    )
    func oneRound() async throws {
        let settings = "min-clients: 3\nmin-seconds: 0\nmax-seconds: 3600"
        try await MulticastLab.open(pcs: 4, settings: settings, size: Self.size) { lab in
            #expect(try await lab.sessions().isEmpty)
            try lab.write(MulticastLab.bytes(1000, 9), to: "srv/images/ubuntu/ubuntu.qcow2")
            let line = "win11.qcow2 10.77.0.1:9000\n"
            for pc in 1...4 { #expect(try await lab.fetchList(pc) == line) }
            #expect(try await lab.session()?.wanted == ["pc01", "pc02", "pc03", "pc04"])
            #expect(try await lab.session()?.phase == "waiting")
            let ways = try await withThrowingTaskGroup(of: MulticastLab.Way.self) { group in
                for pc in 1...3 { group.addTask { try await lab.download(pc) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ways == [.multicast, .multicast, .multicast])
            let right = MulticastLab.bytes(Self.size, 1)
            for pc in 1...3 { #expect(lab.received(pc) == right) }
            // The next round waits for whoever comes.
            try await eventually("the next round") { try await lab.session()?.phase == "waiting" }
            let late = Task { try await lab.download(4) }
            try await eventually("it has joined") { try await lab.session()?.states("joined") == ["pc04"] }
            let go = try await lab.linboctl("multicast", "go", "win11")
            #expect(go.status == 0, "\(go)")
            #expect(try await late.value == .multicast)
            #expect(lab.received(4) == right)
        }
    }

    @Test("one PC that is stuck, or off, is taken out: the others go on at once")
    func drop() async throws {
        try await stalled { lab, stuck, downloads in
            let dropped = try await lab.linboctl("multicast", "drop", "pc03")
            #expect(dropped.status == 0, "\(dropped)")
            for pc in 1...2 { #expect(try await downloads[pc - 1].value == .multicast) }
            for pc in 1...2 { #expect(lab.received(pc) == Self.old) }
            // Before the next round it is told to give up: it must not take the next round's bytes for its own.
            stuck.signalGroup(SIGCONT)
            // It may have all in its socket already.
            #expect(try await downloads[2].value == .rsync || lab.received(3) == Self.old)
            let again = try await lab.linboctl("multicast", "drop", "pc03")
            #expect(again.status == 1 && again.errors.contains("pc03 is in no round"), "\(again)")
        }
    }

    @Test("a PC that loses its cable is given up, and gets the image with rsync when it is back")
    func lost() async throws {
        let settings = Self.patient.replacingOccurrences(of: "600", with: "5")
        try await stalled(settings) { lab, stuck, downloads in
            try await lab.plug(3, isIn: false)
            stuck.signalGroup(SIGCONT)
            for pc in 1...2 { #expect(try await downloads[pc - 1].value == .multicast) }
            try await lab.plug(3, isIn: true)
            // Its end is told once; a cable may be in too late for that.
            try await eventually("the next round") { try await lab.session()?.phase == "waiting" }
            let stop = try await lab.linboctl("multicast", "stop", "win11")
            #expect(stop.status == 0, "\(stop)")
            #expect(try await downloads[2].value == .rsync)
            for pc in 1...2 { #expect(lab.received(pc) == Self.old) }
        }
    }

    @Test("the daemon is killed in the middle: nothing is left of it, and PCs get the image with rsync")
    func killed() async throws {
        try await stalled { lab, stuck, downloads in
            #expect(lab.senders.count == 1)
            try await lab.killDaemon()
            try await eventually("no sender is left") { lab.senders.isEmpty }
            stuck.signalGroup(SIGCONT)
            try await lab.startDaemon()
            for download in downloads { #expect(try await download.value == .rsync) }
            for pc in 1...2 { #expect(lab.received(pc) == Self.old) }
            // Their lists are good still: the sender is back at its port.
            try await eventually("a sender waits") { try await lab.session()?.phase == "waiting" }
            #expect(try await lab.session()?.port == 9000)
        }
    }

    @Test(
        "an image that goes live in the middle: the round sends the old one to its end, the next one sends the new one")
    func published() async throws {
        try await stalled(pcs: 4) { lab, stuck, downloads in
            let new = try await lab.publish()
            stuck.signalGroup(SIGCONT)
            for download in downloads { #expect(try await download.value == .multicast) }
            for pc in 1...3 { #expect(lab.received(pc) == Self.old) }
            try await eventually("the next round") { try await lab.session()?.phase == "waiting" }
            let last = Task { try await lab.download(4) }
            try await eventually("it has joined") { try await lab.session()?.states("joined") == ["pc04"] }
            _ = try await lab.linboctl("multicast", "go", "win11")
            #expect(try await last.value == .multicast)
            #expect(lab.received(4) == new)
        }
    }

    @Test("who has joined when an image goes live begins with the one that was live; nobody joins that round any more")
    func publishedWhileGathering() async throws {
        try await MulticastLab.open(pcs: 3, settings: Self.patient, size: Self.size) { lab in
            for pc in 1...3 { _ = try await lab.fetchList(pc) }
            let first = (1...2).map { pc in Task { try await lab.download(pc) } }
            try await eventually("both joined") { try await lab.session()?.states("joined") == ["pc01", "pc02"] }
            let new = try await lab.publish()
            for download in first { #expect(try await download.value == .multicast) }
            for pc in 1...2 { #expect(lab.received(pc) == Self.old) }
            let late = Task { try await lab.download(3) }
            try await eventually("it has joined the next") { try await lab.session()?.states("joined") == ["pc03"] }
            _ = try await lab.linboctl("multicast", "go", "win11")
            #expect(try await late.value == .multicast)
            #expect(lab.received(3) == new)
        }
    }

    @Test("a file that somebody writes into in the middle reaches nobody in part")
    func changedInPlace() async throws {
        // More than the sender has read when its round stalls.
        let size = 16 << 20
        try await stalled(size: size) { lab, stuck, downloads in
            let file = try FileHandle(
                forWritingTo: lab.directory.appendingPathComponent("srv/images/win11/win11.qcow2"))
            let right = MulticastLab.bytes(size, 3)
            try file.write(contentsOf: Data(right))
            try file.close()
            try await eventually("its sender ends") { try await lab.session()?.phase != "sending" }
            stuck.signalGroup(SIGCONT)
            for download in downloads { #expect(try await download.value == .rsync) }
            for pc in 1...2 { #expect(lab.received(pc) == right) }
        }
    }

    @Test("an image that is stopped sends its PCs to rsync; other images' rounds go on, and no port moves")
    func stopped() async throws {
        try await stalled(pcs: 4) { lab, stuck, downloads in
            let other = MulticastLab.bytes(Self.size, 5)
            try lab.write(other, to: "srv/images/a/a.qcow2")
            try lab.write(
                Array(
                    "[LINBO]\nDownloadType = multicast\n[OS]\nBaseImage = win11.qcow2\n[OS]\nBaseImage = a.qcow2\n".utf8
                ),
                to: "srv/start.conf.win11")
            #expect(try await lab.fetchList(4) == "a.qcow2 10.77.0.1:9002\nwin11.qcow2 10.77.0.1:9000\n")
            let waiting = Task { try await lab.download(4, "a.qcow2") }
            try await eventually("it has joined") { try await lab.session("a.qcow2")?.states("joined") == ["pc04"] }
            let stopped = try await lab.linboctl("multicast", "stop", "a.qcow2")
            #expect(stopped.status == 0, "\(stopped)")
            #expect(try await waiting.value == .rsync)
            #expect(lab.received(4, "a.qcow2") == other)
            stuck.signalGroup(SIGCONT)
            for download in downloads { #expect(try await download.value == .multicast) }
            let ordered = try await lab.linboctl("multicast", "start", "a", "--min-clients", "1", "--wait", "1")
            #expect(ordered.status == 0, "\(ordered)")
            try await eventually("it is back at its port") { try await lab.session("a.qcow2")?.phase == "waiting" }
            #expect(try await lab.sessions().map(\.port) == [9002, 9000])
            #expect(try await lab.download(4, "a.qcow2") == .multicast)
        }
    }

    @Test("a stop ends a round in the middle: its PCs go to rsync at once")
    func stoppedWhileSending() async throws {
        try await stalled { lab, stuck, downloads in
            #expect(lab.senders.count == 1)
            let stop = try await lab.linboctl("multicast", "stop", "win11")
            #expect(stop.status == 0, "\(stop)")
            try await eventually("no sender is left") { lab.senders.isEmpty }
            stuck.signalGroup(SIGCONT)
            for download in downloads { #expect(try await download.value == .rsync) }
            for pc in 1...2 { #expect(lab.received(pc) == Self.old) }
            let again = try await lab.linboctl("multicast", "stop", "win11.qcow2")
            #expect(again.status == 1 && again.errors.contains("nobody wants win11.qcow2 sent"), "\(again)")
        }
    }

    @Test("no line without a sender that lives: the PC goes to rsync at once, and the admin is told why")
    func noSender() async throws {
        try await MulticastLab.open(pcs: 1, settings: "udp-sender: /nowhere/udp-sender", size: 1000) { lab in
            #expect(try await lab.fetchList(1).isEmpty)
            #expect(try await lab.download(1) == .rsync)
            let check = try await lab.linboctl("check")
            #expect((check.output + check.errors).contains("apt install udpcast"), "\(check)")
            #expect(try await lab.session()?.phase == "starting")
        }
    }

    @Test("a reload in the middle disturbs no round")
    func reload() async throws {
        try await stalled { lab, stuck, downloads in
            let config = lab.text("linbo-hookd.yaml")
            try lab.write(
                Array(config.replacingOccurrences(of: "min-clients: 90", with: "min-clients: 9").utf8),
                to: "linbo-hookd.yaml")
            let reload = try await lab.linboctl("reload")
            #expect(reload.status == 0, "\(reload)")
            stuck.signalGroup(SIGCONT)
            for download in downloads { #expect(try await download.value == .multicast) }
            for pc in 1...3 { #expect(lab.received(pc) == Self.old) }
            // The next one has the new words, and the one after another reload has those.
            func waits(_ words: String) async throws {
                try await eventually("a sender waits with \(words)") {
                    let services = try await lab.linboctl("services", "--json")
                    let phase = try await lab.session()?.phase
                    return services.output.contains("\"\(words)\"") && phase == "waiting"
                }
            }
            try await waits("9")
            try lab.write(
                Array(config.replacingOccurrences(of: "min-clients: 90", with: "min-clients: 8").utf8),
                to: "linbo-hookd.yaml")
            _ = try await lab.linboctl("reload")
            try await waits("8")
        }
    }

    @Test("linbo-multicast by its name: the web interface's restart after an upload disturbs no round")
    func dropIn() async throws {
        try await stalled { lab, stuck, downloads in
            let status = try await lab.linboMulticast("status")
            let line = /win11_qcow2_mcast: 1 windows \(created \w{3} \w{3} \d+ \d\d:\d\d:\d\d \d{4}\)\n/
            #expect(status.status == 0 && status.output.wholeMatch(of: line) != nil, "\(status)")
            let restart = try await lab.linboMulticast("restart")
            #expect(restart.status == 0 && restart.output.contains("win11_qcow2_mcast ... already running. Skipped!"))
            stuck.signalGroup(SIGCONT)
            for download in downloads { #expect(try await download.value == .multicast) }
            let stop = try await lab.linboMulticast("stop")
            #expect(stop.output == "Stopping tmux multicast session win11_qcow2_mcast ... done!\n", "\(stop)")
            try await eventually("it is gone") { try await lab.sessions().isEmpty }
            #expect(try await lab.linboMulticast("attach").status == 1)
        }
    }
}
