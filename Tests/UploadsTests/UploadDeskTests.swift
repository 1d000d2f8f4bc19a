import Foundation
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Registration
import Testing

@testable import Uploads

/// Where uploads begin and end: what a client's rsync goes on from, and what becomes of what it brought.
@Suite struct UploadDeskTests {
    private let lab: PublishLab
    private let own: ConnectionID
    private static let dead = ConnectionID(process: .max, started: 1)

    init() throws {
        lab = try PublishLab()
        own = try #require(ConnectionID(process: getpid()))
    }

    private var paths: UploadPaths { lab.paths }
    private var record: UploadSession? { UploadSession.read(paths.record(of: lab.image)) }

    /// Another connection that lives.
    private func connection(_ number: UInt64) -> ConnectionID {
        ConnectionID(process: own.process, started: own.started, transfer: number)
    }

    private func name(_ suffix: String = "") -> UploadName {
        suffix.isEmpty ? .image(lab.image) : .sidecar(lab.image, suffix: suffix)
    }

    private func view(_ client: Client) -> String { paths.view(of: client.address.description) }

    private func begin(
        _ desk: UploadDesk, _ name: UploadName, as client: Client, _ connection: ConnectionID? = nil,
        insteadOf ended: [ConnectionID] = [], outranks: Bool = false
    ) throws -> UploadToken {
        try FileManager.default.createDirectory(atPath: view(client), withIntermediateDirectories: true)
        return try desk.begin(
            name, client: client, connection: connection ?? own, view: view(client), insteadOf: ended,
            outranks: { _ in outranks })
    }

    private func end(
        _ desk: UploadDesk, _ name: UploadName, _ token: UploadToken = .none, as client: Client,
        _ connection: ConnectionID? = nil, isWhole: Bool = true, patience: Int = 5000
    ) throws -> UploadDesk.Result {
        try desk.end(
            name, token, client: client, connection: connection ?? own, view: view(client), isWhole: isWhole,
            patience: patience)
    }

    /// What rsyncd writes; a name that begins with a dot is its temporary one.
    private func put(_ bytes: [UInt8], _ file: String, of client: Client) throws {
        let path = "\(view(client))/\(file)"
        unlink(path)
        try FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: path))
    }

    private func refusal(_ body: () throws -> Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? Refusal)?.reason ?? "no refusal, but \(error)"
        }
    }

    // MARK: What rsync goes on from

    @Test("a twin of the live image is a file of its own, with its bytes and its time; sent back, it is no upload")
    func twin() throws {
        let (desk, client) = (lab.desk { $0.basis = .copy }, try PublishLab.client())
        let token = try begin(desk, name(), as: client)
        let file = "\(view(client))/images/cd/cd.iso"
        let live = try #require(FileStatus(at: "\(lab.root)/images/cd/cd.iso"))
        let twin = try #require(FileStatus(at: file))
        #expect(token == .twin(FileStamp(twin)) && twin.inode != live.inode && twin.links == 1)
        #expect(twin.size == live.size && twin.modified == live.modified && twin.mode == 0o664)
        #expect(twin.modifiedNanoseconds == live.modifiedNanoseconds)
        #expect(FileManager.default.contents(atPath: file).map { Array($0) } == lab.live)
        #expect(record?.underway == ["": own.description])
        #expect(try end(desk, name(), token, as: client) == .unchanged)
        #expect(record == nil && FileTree.names(in: paths.sets).isEmpty)
        FileTree.remove(view(client))
        // Broken off before a byte was changed, it is worth nothing.
        #expect(try end(desk, name(), try begin(desk, name(), as: client), as: client, isWhole: false) == .nothing)
    }

    @Test("without a basis there is none, and for what has no live image") func noBasis() throws {
        let client = try PublishLab.client()
        #expect(try begin(lab.desk { $0.basis = .none }, name(), as: client) == .none)
        let other = UploadName.image(try #require(ImageName("other.iso")))
        #expect(try begin(lab.desk { $0.basis = .copy }, other, as: client, connection(1)) == .none)
        #expect(try begin(lab.desk { $0.basis = .copy }, name(".desc"), as: client, connection(2)) == .none)
        #expect(FileTree.names(in: "\(view(client))/images/cd").isEmpty)
    }

    @Test("what came before it broke off is gone on from, the most of it, and is nobody's twice") func partial() throws
    {
        let (desk, client) = (lab.desk(), try PublishLab.client())
        _ = try begin(desk, name(), as: client)
        try put([1], "images/cd/cd.iso", of: client)
        try put([1, 2, 3], "images/cd/.cd.iso.AbCdEf", of: client)
        try put([1, 2, 3, 4], "images/cd/.cd.iso.AbCdEfG", of: client)
        #expect(try end(desk, name(), as: client, isWhole: false) == .kept(bytes: 3))
        #expect(PendingUpload.all(in: paths).map(\.state) == [.broken])
        #expect(BrokenOff.last(of: lab.image, paths)?.reason == "it broke off")
        FileTree.remove(view(client))
        let token = try begin(desk, name(), as: client)
        let file = "\(view(client))/images/cd/cd.iso"
        #expect(token == FileStatus(at: file).map { .partial(FileStamp($0)) })
        #expect(FileManager.default.contents(atPath: file).map { Array($0) } == [1, 2, 3])
        #expect(FileTree.names(in: paths.partials).isEmpty)
        #expect(try end(desk, name(), token, as: client) == .received(bytes: 3))
        #expect(BrokenOff.last(of: lab.image, paths) == nil)
    }

    @Test(
        "what is no file, or has another name, is gone on from by nobody",
        arguments: ["symlink", "directory", "second name", "empty"])
    func strange(_ kind: String) throws {
        let (desk, client) = (lab.desk { $0.basis = .none }, try PublishLab.client())
        _ = try begin(desk, name(), as: client)
        let file = "\(view(client))/images/cd/.cd.iso.AbCdEf"
        try put(kind == "empty" ? [] : [1], "other", of: client)
        switch kind {
        case "symlink": symlink("\(lab.root)/images/cd/cd.iso", file)
        case "directory": mkdir(file, 0o700)
        case "second name": link("\(view(client))/other", file)
        default: rename("\(view(client))/other", file)
        }
        #expect(try end(desk, name(), as: client, isWhole: false) == .nothing)
        #expect(FileTree.names(in: paths.partials).isEmpty && record == nil)
    }

    @Test("of a small file that broke off nothing is kept, nor of an upload that was ended for good")
    func notKept() throws {
        let (desk, client) = (lab.desk(), try PublishLab.client())
        _ = try begin(desk, name(".desc"), as: client)
        try put([1], "images/cd/cd.iso.desc", of: client)
        #expect(try end(desk, name(".desc"), as: client, isWhole: false) == .nothing)
        for keeps in [false, true] {
            _ = try begin(desk, name(), as: client)
            try put([1, 2], "images/cd/cd.iso", of: client)
            let sign = keeps ? "+" : "-"
            try Data("\(sign)it was slow".utf8).write(to: URL(filePath: "\(paths.endings)/\(own)"))
            #expect(paths.ending(of: own) == Ending("it was slow", keeps: keeps))
            #expect(try end(desk, name(), as: client, isWhole: false) == (keeps ? .kept(bytes: 2) : .nothing))
        }
        paths.forgetEnding(of: own)
        #expect(paths.ending(of: own) == nil)
    }

    @Test("on a full disk nothing is begun and nothing kept, and that is the cause of what follows") func full() throws
    {
        let (desk, client) = (lab.desk(), try PublishLab.client())
        let full = lab.desk { $0.keepFree = .max }
        #expect(refusal { try begin(full, name(), as: client) }?.hasPrefix("the server's disk is full: ") == true)
        #expect(record == nil)
        _ = try begin(desk, name(), as: client)
        try put([1, 2], "images/cd/cd.iso", of: client)
        #expect(try end(full, name(), as: client, isWhole: false) == .nothing)
        #expect(BrokenOff.last(of: lab.image, paths)?.reason == "the server's disk was full (it broke off)")
    }

    // MARK: What came whole

    @Test(
        "what came whole is out of rsyncd's reach, and its record says so; a second name is refused, and holds nothing up"
    )
    func received() throws {
        let (desk, client) = (lab.desk { $0.basis = .none }, try PublishLab.client())
        _ = try begin(desk, name(), as: client)
        try put([1, 2, 3], "images/cd/cd.iso", of: client)
        #expect(PendingUpload.all(in: paths).map(\.state) == [.receiving])
        #expect(try end(desk, name(), as: client) == .received(bytes: 3))
        #expect(FileTree.names(in: "\(view(client))/images/cd").isEmpty && FileTree.names(in: paths.claimed).isEmpty)
        #expect(record?.arrived[""]?.size == 3 && record?.underway == [:] && record?.isSynced == false)
        #expect(UploadStock(paths).byAddress == ["10.0.0.1": 3])
        _ = try begin(desk, name(".info"), as: client)
        try put([1], "images/cd/cd.iso.info", of: client)
        link("\(view(client))/images/cd/cd.iso.info", "\(view(client))/second")
        #expect(refusal { try end(desk, name(".info"), as: client) }?.contains("no directory, link") == true)
        #expect(record?.underway == [:] && record?.arrived.keys.sorted() == [""])
        _ = try begin(desk, name(".desc"), as: client)
        #expect(refusal { try end(desk, name(".desc"), as: client) }?.contains("there is no file") == true)
    }

    @Test(
        "a daemon that was killed in the middle has lost nothing: the next one takes what was claimed, and what was filed"
    )
    func killed() throws {
        let (desk, client) = (lab.desk { $0.basis = .none }, try PublishLab.client())
        _ = try begin(desk, name(), as: client)
        try Data([1, 2]).write(to: URL(filePath: paths.claim(of: own)))
        #expect(try end(desk, name(), as: client) == .received(bytes: 2))
        _ = try begin(desk, name(".info"), as: client)
        try Data([7]).write(to: URL(filePath: "\(paths.set(of: lab.image))/cd.iso.desc"))
        try put([3], "images/cd/cd.iso.info", of: client)
        #expect(try end(desk, name(".info"), as: client) == .received(bytes: 1))
        #expect(record?.arrived.keys.sorted() == ["", ".desc", ".info"])
        // The end is told as a failure if rsyncd was killed, too.
        let other = try PublishLab.client("10.0.0.2")
        let second = try #require(ImageName("other.iso"))
        _ = try begin(desk, .image(second), as: other)
        try Data([1, 2, 3]).write(to: URL(filePath: paths.claim(of: own)))
        #expect(try end(desk, .image(second), as: other, isWhole: false) == .kept(bytes: 3))
    }

    @Test("while another process holds the lock nothing is done, and then all of it") func busy() throws {
        let (desk, client) = (lab.desk { $0.basis = .none }, try PublishLab.client())
        _ = try begin(desk, name(), as: client)
        try put([1], "images/cd/cd.iso", of: client)
        let before = record
        try paths.withLock(of: lab.image) {
            _ = #expect(throws: UploadBusy.self) { try end(desk, name(), as: client, patience: 0) }
        }
        #expect(record == before && FileTree.names(in: "\(view(client))/images/cd") == ["cd.iso"])
        #expect(try end(desk, name(), as: client) == .received(bytes: 1))
    }

    // MARK: Who goes first

    @Test("what gave way brings nothing in any more, and the newer one's goes on") func gaveWay() throws {
        let desk = lab.desk { $0.basis = .none }
        let (first, second) = (try PublishLab.client(), try PublishLab.client("10.0.0.2"))
        _ = try begin(desk, name(), as: first, connection(1))
        #expect(refusal { try begin(desk, name(), as: second, connection(2)) }?.contains("by 10.0.0.1 since") == true)
        _ = try begin(desk, name(), as: second, connection(2), insteadOf: [connection(1)])
        try put([1], "images/cd/cd.iso", of: first)
        #expect(
            refusal { try end(desk, name(), as: first, connection(1)) } == "it gave way to a newer upload of cd.iso")
        #expect(record?.underway == ["": connection(2).description] && record?.label == "10.0.0.2")
        try put([1, 2], "images/cd/cd.iso", of: second)
        #expect(try end(desk, name(), as: second, connection(2)) == .received(bytes: 2))
    }

    @Test("what a stranger has sent is set aside for a host, with the reason, and keeps another stranger waiting")
    func outranked() throws {
        let desk = lab.desk { $0.basis = .none }
        let (stranger, host) = (try PublishLab.client(), try PublishLab.client("10.0.0.2"))
        _ = try begin(desk, name(".info"), as: stranger)
        try put([1], "images/cd/cd.iso.info", of: stranger)
        _ = try end(desk, name(".info"), as: stranger)
        #expect(refusal { try begin(desk, name(), as: host, connection(2)) }?.contains("by 10.0.0.1") == true)
        _ = try begin(desk, name(), as: host, connection(2), outranks: true)
        let entry = try #require(lab.quarantine.entries().first)
        #expect(
            entry.uploader == "10.0.0.1" && entry.files == ["cd.iso.info"]
                && entry.reason.hasPrefix("10.0.0.2 goes first"))
        #expect(record?.arrived.isEmpty == true && record?.label == "10.0.0.2")
        #expect(lab.events.unkept.map(\.kind) == [.uploadRefused])
        // Its own files do not give way to itself.
        try put([1], "images/cd/cd.iso", of: host)
        _ = try end(desk, name(), as: host, connection(2))
        _ = try begin(desk, name(".info"), as: host, connection(3), outranks: true)
        #expect(record?.arrived.keys.sorted() == [""] && lab.quarantine.entries().count == 1)
    }

    @Test("what nobody comes back for goes, the oldest first and no more than is needed; then it is refused")
    func room() throws {
        for (place, size) in [("partial/a.iso", 300), ("partial/b.iso", 300), ("quarantine/c/x", 300)] {
            try lab.write(".linbo-hookd/uploads/\(place)", [UInt8](repeating: 1, count: size))
        }
        let desk = lab.desk { $0.inAll = 1000 }
        let stock = UploadStock(paths)
        #expect(stock.bytes == 900 && stock.spare.map(\.bytes) == [300, 300, 300])
        try desk.makeRoom(stock, 100)
        #expect(UploadStock(paths).bytes == 900)
        try desk.makeRoom(stock, 101)
        #expect(UploadStock(paths).spare.map(\.path) == stock.spare.dropFirst().map(\.path))
        #expect(refusal { try desk.makeRoom(UploadStock(paths), 1001) }?.contains("are on the way already") == true)
        #expect(UploadStock(paths).spare.isEmpty)
        try desk.makeRoom(UploadStock(paths), 1000)
    }

    // MARK: What is no image's

    @Test("a host's row is taken, or kept with the reason; what is too large for one is neither") func registration()
        throws
    {
        let (desk, client) = (lab.desk(), try PublishLab.client())
        try lab.write("start.conf.win11", Array("[LINBO]\n".utf8))
        let pc = UploadName.registration(try TreePath("pc55.new"))
        func send(_ text: String, isWhole: Bool = true) throws -> UploadDesk.Result {
            _ = try begin(desk, pc, as: client)
            try put(Array(text.utf8), "pc55.new", of: client)
            return try end(desk, pc, as: client, isWhole: isWhole)
        }
        let row = "r1;pc55;win11;00:11:22:33:44:55;DHCP;;;;classroom-studentcomputer;;1\n"
        #expect(try send(row, isWhole: false) == .nothing)
        #expect(refusal { try send("rubbish\n") }?.contains("the row is not taken") == true)
        #expect(lab.quarantine.entries().map(\.image) == ["pc55.new"])
        #expect(
            refusal { try send(String(repeating: "x", count: 65_537)) }
                == "it has 65537 bytes, and a host's row at most 65536")
        #expect(lab.quarantine.entries().count == 1 && FileTree.names(in: paths.claimed).isEmpty)
        #expect(lab.read("schools/default-school/devices.csv") == [])
        #expect(try send(row) == .received(bytes: Int64(row.utf8.count)))
        #expect(lab.read("schools/default-school/devices.csv") == Array(row.utf8))
        #expect(lab.events.unkept.map(\.kind) == [.uploadRefused, .uploadRefused, .hostRegistered])
        #expect(refusal { try begin(desk, pc, as: client) }?.contains("is registered already") == true)
    }

    @Test("an ISO takes the live one's place, which is kept; what is no ISO, or too large, does not") func isos() throws
    {
        let client = try PublishLab.client()
        let iso = UploadName.iso(try TreePath("debian.iso"))
        func send(_ bytes: [UInt8], _ change: @escaping (inout UploadSettings) -> Void = { _ in }) throws {
            let desk = lab.desk {
                $0.isoKeepFree = 0
                change(&$0)
            }
            _ = try begin(desk, iso, as: client)
            try put(bytes, "debian.iso", of: client)
            _ = try end(desk, iso, as: client)
        }
        let (first, second) = (Self.wholeISO(1), Self.wholeISO(2))
        try send(first)
        chmod("\(lab.root)/debian.iso", 0o600)
        try send(second)
        #expect(lab.read("debian.iso") == second && FileStatus(at: "\(lab.root)/debian.iso")?.mode == 0o664)
        let kept = FileTree.names(in: "\(paths.isos)/debian.iso")
        #expect(kept.count == 1 && lab.read(".linbo-hookd/uploads/iso/debian.iso/\(kept.first ?? "")") == first)
        #expect(refusal { try send([1, 2, 3]) }?.contains("no volume descriptor") == true)
        #expect(
            refusal { try send(first) { $0.isoSize = Int64(first.count) - 1 } }?.contains("uploads.iso-size") == true)
        #expect(refusal { try send(first) { $0.takesISOs = false } }?.contains("takes no ISOs") == true)
        #expect(refusal { try send(first) { $0.isoKeepFree = .max } }?.contains("uploads.iso-keep-free") == true)
        #expect(refusal { try send(first) { $0.isoBackups = 1 } }?.contains("was replaced 1 times") == true)
        #expect(lab.read("debian.iso") == second && FileTree.names(in: paths.claimed).isEmpty)
    }

    /// The least that counts as one, with a volume as large as the file.
    private static func wholeISO(_ seed: UInt8) -> [UInt8] { ISOCheckTests.iso(blocks: 24, seed: seed) }
}
