import Foundation
import FuzzKit
import HookConfig
import HookHost
import LinboModel
import LinuxKit
import Testing

@testable import Uploads

/// When a set goes live.
@Suite struct UploadSessionTests {
    private static let settings = UploadSettings()
    private let image: ImageName
    private let client: Client

    init() throws {
        image = try #require(ImageName("win11.qcow2"))
        client = Client(address: try #require(IPAddress("10.0.0.1")), host: nil, recognition: .unknown("test"))
    }

    private func record(_ arrived: [String: Int64], underway: [String] = []) -> UploadSession {
        var record = UploadSession(image: image, client: client)
        record.arrived = arrived.mapValues { .init(at: $0, size: 1, inode: 1) }
        for suffix in underway { record.underway[suffix] = "1@0" }
        return record
    }

    @Test func nothingThatHasComeIsNeverDue() {
        #expect(record([:]).due(Self.settings) == nil)
        #expect(record([:], underway: [""]).due(Self.settings) == nil)
    }

    @Test func anImageWaitsForItsInfo() {
        #expect(record(["": 1000]).due(Self.settings) == Int64(1000 + 600_000))
        #expect(record(["": 1000], underway: [".info"]).due(Self.settings) == Int64(1000 + 600_000))
    }

    @Test func withItsInfoItWaitsForTheRest() {
        #expect(record(["": 1000, ".info": 2000]).due(Self.settings) == Int64(2000 + 3000))
        #expect(record(["": 1000, ".info": 2000, ".desc": 4000]).due(Self.settings) == Int64(4000 + 3000))
    }

    @Test func atMostTenSecondsAfterItsInfo() {
        #expect(record(["": 1000, ".info": 2000, ".desc": 11_000]).due(Self.settings) == Int64(12_000))
        #expect(record(["": 1000, ".info": 2000], underway: [".torrent"]).due(Self.settings) == Int64(12_000))
    }

    @Test func theTorrentIsTheLastThatComes() {
        #expect(record(["": 1000, ".info": 2000, ".torrent": 2500]).due(Self.settings) == Int64(2500))
    }

    @Test func whileTheImageComesNothingGoesLive() {
        #expect(record(["": 1000, ".info": 2000, ".torrent": 2500], underway: [""]).due(Self.settings) == nil)
    }

    @Test func whatLiesBesideALiveImageWaitsForMoreOfIt() {
        #expect(record([".desc": 1000]).due(Self.settings) == Int64(4000))
        #expect(record([".desc": 1000], underway: [".info"]).due(Self.settings) == Int64(11_000))
    }

    @Test func aSmallFileThatDoesNotComeToItsEndReservesNothing() throws {
        let other = Client(address: try #require(IPAddress("10.0.0.2")), host: nil, recognition: .unknown("test"))
        let own = try #require(ConnectionID(process: getpid()))
        var record = record([:])
        try record.admit(other, .sidecar(image, suffix: ".desc"), own)
        try record.admit(client, .image(image), own)
        #expect(record.label == "10.0.0.1")
        #expect(throws: Refusal.self) { try record.checkHolds(.sidecar(image, suffix: ".desc"), own) }
        try record.checkHolds(.image(image), own)
    }

    @Test func whatDoesNotMoveGivesWay() throws {
        let other = Client(address: try #require(IPAddress("10.0.0.2")), host: nil, recognition: .unknown("test"))
        let record = record([:], underway: [""])
        let now = UnixTime.now()
        func gives(_ client: Client, _ seconds: Int64) -> Bool {
            record.stalled(.image(image), for: client, Self.settings, lastMove: now - seconds) != nil
        }
        #expect(!gives(client, 100) && gives(client, 130))
        #expect(!gives(other, 1190) && gives(other, 1210))
    }

    @Test func whoWasReplacedBringsNothingIn() throws {
        let own = try #require(ConnectionID(process: getpid()))
        let record = record([:], underway: [""])
        #expect(throws: Refusal.self) { try record.checkHolds(.image(image), own) }
    }

    /// LINBO goes on with the next file; what came of the image is taken a moment later.
    @Test func whatADeadConnectionBroughtIsNotForgotten() throws {
        let own = try #require(ConnectionID(process: getpid()))
        var record = record([:])
        record.underway[""] = "\(Int32.max)@1"
        try record.admit(client, .sidecar(image, suffix: ".info"), own)
        let dead = try #require(ConnectionID("\(Int32.max)@1"))
        try record.checkHolds(.image(image), dead)
    }

    @Test func itIsOneClientsUntilItIsLive() throws {
        let other = Client(address: try #require(IPAddress("10.0.0.2")), host: nil, recognition: .unknown("test"))
        let own = try #require(ConnectionID(process: getpid()))
        var record = record([:])
        try record.admit(client, .image(image), own)
        #expect(throws: Refusal.self) { try record.admit(other, .image(image), own) }
        #expect(throws: Refusal.self) { try record.admit(other, .sidecar(image, suffix: ".info"), own) }
        try record.admit(client, .sidecar(image, suffix: ".info"), own)
        record.release(.image(image), own)
        record.release(.sidecar(image, suffix: ".info"), own)
        #expect(record.isEmpty)
        try record.admit(other, .image(image), own)
        #expect(record.label == "10.0.0.2")
    }

    @Test func aDeadConnectionHoldsNothing() throws {
        let other = Client(address: try #require(IPAddress("10.0.0.2")), host: nil, recognition: .unknown("test"))
        let own = try #require(ConnectionID(process: getpid()))
        var record = record([:], underway: [""])
        record.underway[""] = "\(Int32.max)@1"
        try record.admit(other, .image(image), own)
        #expect(record.label == "10.0.0.2")
    }

    @Test func aRecordIsReadAsItWasWritten() throws {
        var record = record(["": 1, ".info": 2], underway: [".desc"])
        record.isSynced = true
        let data = try JSONEncoder().encode(record)
        #expect(try JSONDecoder().decode(UploadSession.self, from: data) == record)
    }

    @Test func aTokenIsReadAsItWasWritten() {
        let stamp = FileStamp("1:2:-3:4")
        #expect(stamp?.description == "1:2:-3:4")
        for token in [UploadToken.none] + (stamp.map { [.partial($0), .twin($0)] } ?? []) {
            #expect(UploadToken(token.text) == token)
        }
        for text in ["partial", "twin 1:2:3", "x 1:2:3:4", "twin a:b:c:d"] { #expect(UploadToken(text) == .none) }
    }
}

/// A record through whatever clients do, in any order.
@Suite struct UploadSessionModelTests {
    private static let suffixes = ["", ".info", ".desc", ".torrent"]

    @Test("one client at a time, nothing that came is lost, and a set is due as its rules say") func model() throws {
        let image = try #require(ImageName("win11.qcow2"))
        let own = try #require(ConnectionID(process: getpid()))
        let clients = try (1...3).map { try PublishLab.client("10.0.0.\($0)") }
        let (settings, status) = (UploadSettings(), try #require(FileStatus(at: "/")))
        var generator = SplitMix64(seed: Fuzz.seed)
        for _ in 0..<300 {
            var record = UploadSession(image: image, client: clients[0])
            // What the test knows: who sends what right now, and what has come.
            var (sending, arrived) = ([String: (client: Int, connection: ConnectionID)](), Set<String>())
            for step in 0..<40 as Range<UInt64> {
                let suffix = try #require(Self.suffixes.randomElement(using: &generator))
                let name: UploadName = suffix.isEmpty ? .image(image) : .sidecar(image, suffix: suffix)
                let number = Int.random(in: 0..<3, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0, 1:
                    let connection = ConnectionID(process: own.process, started: own.started, transfer: step + 1)
                    let isOthers = record.address != clients[number].address.description
                    let isFree = sending[suffix] == nil && (!isOthers || (arrived.isEmpty && sending[""] == nil))
                    // What is refused is not written.
                    var tried = record
                    #expect(((try? tried.admit(clients[number], name, connection)) != nil) == isFree)
                    guard isFree else { continue }
                    record = tried
                    if isOthers { sending = [:] }
                    sending[suffix] = (number, connection)
                case 2:
                    guard let (client, connection) = sending[suffix] else { continue }
                    try record.checkHolds(name, connection)
                    record.release(name, connection)
                    record.add(suffix, status, from: clients[client])
                    sending[suffix] = nil
                    arrived.insert(suffix)
                case 3:
                    guard let connection = sending[suffix]?.connection else { continue }
                    record.giveWay([connection])
                    sending[suffix] = nil
                    #expect(throws: Refusal.self) { try record.checkHolds(name, connection) }
                default:
                    record.forgetDead()
                    let data = try JSONEncoder().encode(record)
                    record = try JSONDecoder().decode(UploadSession.self, from: data)
                }
                #expect(
                    record.underway == sending.mapValues(\.connection.description)
                        && Set(record.arrived.keys) == arrived)
                #expect(
                    Set(sending.values.map(\.client)).count <= 1
                        && record.isEmpty == (sending.isEmpty && arrived.isEmpty))
                let due = record.due(settings)
                #expect((due == nil) == (arrived.isEmpty || sending[""] != nil))
                guard let due, let last = record.arrived.values.map(\.at).max() else { continue }
                let isWaiting = arrived.contains("") && !arrived.contains(".info")
                #expect(due <= last + (isWaiting ? settings.infoWait : UploadSettings.longestSettle).milliseconds)
                #expect(isWaiting || due >= min(last, record.arrived[".info"].map { $0.at + 10_000 } ?? last))
            }
        }
    }
}

/// What an older daemon has left on disk.
@Suite final class OldRecordTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-old-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static let record = """
        {"address":"10.0.0.1","arrived":{"":{"at":1764324000000,"inode":7,"size":3}},"boot":"","image":"win11.qcow2",
        "isSynced":true,"label":"pc01","opened":1764323000000,"underway":{}}
        """

    @Test("a record without a refusal is of a set that is on its way")
    func record() throws {
        let session = try JSONDecoder().decode(UploadSession.self, from: Data(Self.record.utf8))
        #expect(session.refused == nil && session.label == "pc01" && session.arrived[""]?.size == 3)
    }

    @Test("what lies in quarantine since is shown, and a set can be looked at again")
    func quarantine() throws {
        let place = "\(directory)/20260504073000-win11.qcow2"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let entry = """
            {"name":"20260504073000-win11.qcow2","image":"win11.qcow2","uploader":"pc01","at":1764324000000,
            "reason":"no qcow2","files":["win11.qcow2"],"bytes":3}
            """
        try entry.write(toFile: "\(place)/reason.json", atomically: true, encoding: .utf8)
        try Self.record.write(toFile: "\(place)/record.json", atomically: true, encoding: .utf8)
        let quarantine = Quarantine(directory: directory)
        #expect(quarantine.entries().map(\.reason) == ["no qcow2"])
        #expect(quarantine.session("20260504073000-win11.qcow2")?.label == "pc01")
        #expect(quarantine.session("another") == nil)
    }

    @Test("the record of an upload that is refused says so, and is what the admin sees")
    func refused() throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/set", withIntermediateDirectories: true)
        try "abc".write(toFile: "\(directory)/set/win11.qcow2", atomically: true, encoding: .utf8)
        let quarantine = Quarantine(directory: "\(directory)/quarantine")
        try FileManager.default.createDirectory(atPath: quarantine.directory, withIntermediateDirectories: true)
        let session = try JSONDecoder().decode(UploadSession.self, from: Data(Self.record.utf8))
        try quarantine.take("\(directory)/set", of: session, reason: "no \u{1B}qcow2")
        let entry = try #require(quarantine.entries().first)
        #expect(entry.image == "win11.qcow2" && entry.uploader == "pc01" && entry.reason == "no ?qcow2")
        #expect(entry.files == ["win11.qcow2"] && entry.bytes == 3)
        let refused = try #require(quarantine.session(entry.name)?.refused)
        #expect(refused.at == entry.at && refused.reason == entry.reason)
    }
}
