import HookHost
import Testing

@testable import Uploads

/// Which uploads go beyond a limit, as values.
@Suite struct UploadWatchTests {
    private static let plenty = FreeSpace(bytes: 1 << 40, size: 1 << 41, kept: 1 << 30)

    private static func upload(
        _ number: Int32, _ path: String = "images/win11/win11.qcow2", address: String = "10.0.0.1", age: Int,
        bytes: Int64, basis: Int64 = 0, isDirectory: Bool = false
    ) throws -> RunningUpload {
        RunningUpload(
            ConnectionID(process: number, started: 1), address: address, label: address,
            name: try UploadName(try TreePath(path)), age: .seconds(age), bytes: bytes, basis: basis,
            isDirectory: isDirectory
        )
    }

    /// What is told of them, by their process.
    private static func look(
        _ watch: inout UploadWatch, _ running: [RunningUpload], space: FreeSpace = plenty, known: Set<String> = []
    ) -> [Int32: String] {
        let found = watch.look(at: running, stock: nil, space: space, isKnown: { known.contains($0) })
        return Dictionary(uniqueKeysWithValues: found.map { ($0.upload.connection.process, $0.ending.reason) })
    }

    @Test("N18: less than the least speed over its time ends an upload; what has come is kept")
    func slow() throws {
        var watch = UploadWatch(UploadSettings())
        #expect(Self.look(&watch, [try Self.upload(7, age: 0, bytes: 0)]).isEmpty)
        #expect(Self.look(&watch, [try Self.upload(7, age: 599, bytes: 5)]).isEmpty)
        let found = watch.look(
            at: [try Self.upload(7, age: 600, bytes: 16_000 * 600)], stock: nil, space: Self.plenty,
            isKnown: { _ in false })
        #expect(found.first?.ending.keeps == true && found.first?.ending.reason.contains("least-speed") == true)
        // It is told once.
        #expect(Self.look(&watch, [try Self.upload(7, age: 601, bytes: 16_000 * 600)]).isEmpty)
    }

    @Test("N18: an upload that is fast enough goes on, as long as it may take, and not longer")
    func fast() throws {
        var watch = UploadWatch(UploadSettings())
        for minute in 0..<1440 {
            let upload = try Self.upload(7, age: minute * 60, bytes: Int64(minute) * 60 * (110 << 10))
            #expect(Self.look(&watch, [upload]).isEmpty)
        }
        let found = Self.look(&watch, [try Self.upload(7, age: 86_401, bytes: 1 << 37)])
        #expect(found[7]?.contains("longest") == true, "\(found)")
    }

    @Test("a basis of 30 GB is read before a byte comes")
    func basis() throws {
        var watch = UploadWatch(UploadSettings())
        let basis: Int64 = 30 << 30
        #expect(Self.look(&watch, [try Self.upload(7, age: 0, bytes: 0, basis: basis)]).isEmpty)
        #expect(Self.look(&watch, [try Self.upload(7, age: 2000, bytes: 0, basis: basis)]).isEmpty)
        #expect(Self.look(&watch, [try Self.upload(7, age: 2200, bytes: 0, basis: basis)])[7] != nil)
    }

    @Test("N17: a directory instead of the one file, and small files that are none, are ended")
    func directories() throws {
        var watch = UploadWatch(UploadSettings())
        let found = Self.look(
            &watch,
            [
                try Self.upload(1, age: 1, bytes: 4096, isDirectory: true), try Self.upload(2, age: 1, bytes: 4096),
                try Self.upload(3, "pc99.new", age: 1, bytes: 65_537),
                try Self.upload(4, "images/win11/win11.qcow2.desc", age: 1, bytes: 1 << 21),
                try Self.upload(5, "images/win11/win11.qcow2.torrent", age: 1, bytes: 1 << 21),
                try Self.upload(6, "pc98.new", age: 61, bytes: 1),
            ])
        #expect(found.keys.sorted() == [1, 3, 4, 6], "\(found)")
    }

    @Test("N17: bytes of one address are limited, those of others are not touched")
    func addresses() throws {
        var settings = UploadSettings()
        settings.perAddress = 1000
        var watch = UploadWatch(settings)
        let found = Self.look(
            &watch,
            [
                try Self.upload(1, address: "10.0.0.1", age: 5, bytes: 600),
                try Self.upload(2, "images/a/a.qcow2", address: "10.0.0.1", age: 1, bytes: 600),
                try Self.upload(3, "images/b/b.qcow2", address: "10.0.0.2", age: 1, bytes: 900),
            ])
        #expect(found.keys.sorted() == [1, 2] && found[1]?.contains("per-address") == true, "\(found)")
    }

    @Test("N14: a disk that fills up ends an ISO first, then who is unknown, then the newest")
    func order() throws {
        let all = [
            try Self.upload(1, address: "10.0.0.1", age: 900, bytes: 100),
            try Self.upload(2, "images/a/a.qcow2", address: "10.0.0.2", age: 5, bytes: 100),
            try Self.upload(3, "images/b/b.qcow2", address: "10.9.9.9", age: 2000, bytes: 100),
            try Self.upload(4, "debian.iso", address: "10.0.0.2", age: 3000, bytes: 100),
        ]
        let known: Set = ["10.0.0.1", "10.0.0.2"]
        var order: [Int32] = []
        for left in 0..<4 {
            var watch = UploadWatch(UploadSettings())
            let rest = all.filter { !order.contains($0.connection.process) }
            let space = FreeSpace(bytes: 950, size: 10_000, kept: 1000)
            let found = Self.look(&watch, rest, space: space, known: known)
            #expect(found.count == 1, "\(left): \(found)")
            order += found.keys
        }
        #expect(order == [4, 3, 2, 1])
    }

    @Test("N17: inodes that run out are a full disk")
    func inodes() throws {
        var watch = UploadWatch(UploadSettings())
        let space = FreeSpace(bytes: 1 << 40, size: 1 << 41, kept: 1 << 30, files: 10, keptFiles: 100)
        let found = Self.look(&watch, [try Self.upload(1, age: 1, bytes: 1)], space: space)
        #expect(space.isTooLittle && found[1]?.contains("10 more files") == true, "\(found)")
    }

    @Test("the less is left, the more go at once; and none while the last ones are still to go")
    func urgency() throws {
        let all = try (1...8).map { try Self.upload(Int32($0), "images/a/a.qcow2", age: $0, bytes: 300) }
        for (bytes, count) in [(900, 1), (450, 4), (200, 8)] as [(Int64, Int)] {
            var watch = UploadWatch(UploadSettings())
            let space = FreeSpace(bytes: bytes, size: 10_000, kept: 1000)
            #expect(Self.look(&watch, all, space: space).count == count)
            if bytes > 250 { #expect(Self.look(&watch, all, space: space).isEmpty) }
        }
    }
}
