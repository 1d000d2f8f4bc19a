import Foundation
import Testing

/// Clients that nobody here wrote fetch files of all sizes at which block numbers and last blocks are odd.
@Suite struct TFTPClientTests {
    static let small = [0, 1, 511, 512, 513]
    /// The last block number is 65535 and full, so that an empty block 0 ends it; one more; twice around.
    static let large = [65_535 * 512, 65_536 * 512, 64 << 20]

    /// The options that each client knows, alone and together.
    static let wishes: [(TFTPClient, TFTPClient.Wishes)] = [
        (.curl, .none), (.curl, .init(noOptions: true)), (.curl, .init(blockSize: 8)), (.curl, .init(blockSize: 1428)),
        (.tftpHPA, .none),
        (.atftp, .none), (.atftp, .init(blockSize: 1428)), (.atftp, .init(size: true)), (.atftp, .init(timeout: 2)),
        (.atftp, .init(windowSize: 16)), (.atftp, .init(blockSize: 1024, windowSize: 16, size: true, timeout: 3)),
        (.busybox, .none), (.busybox, .init(blockSize: 512)), (.busybox, .init(blockSize: 1432)),
    ]

    private func open(_ sizes: [Int], _ body: (School, [Int: [UInt8]]) async throws -> Void) async throws {
        try await School.open(.withTFTP("transfers-per-client: 1000\nrequests-per-second: 0")) { school in
            let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
            var files: [Int: [UInt8]] = [:]
            for size in sizes {
                let bytes = try random.read(upToCount: size).map { Array($0) } ?? []
                try school.write(bytes, to: "srv/files/\(size)")
                files[size] = bytes
            }
            try await body(school, files)
        }
    }

    @Test("small files, alone, with all options that each client knows")
    func alone() async throws {
        try await open(Self.small + [70_000]) { school, files in
            for (client, wishes) in Self.wishes {
                // curl 7.88 takes the right answer `tsize 0` for an illegal one, of any server; not asked, it is
                // content.
                for (size, bytes) in files where client != .curl || wishes.noOptions || size > 0 {
                    let got = try await school.fetch("files/\(size)", by: client, wishes, into: "\(client)/\(size)")
                    // Not in the macro: it would print megabytes.
                    let isWhole = got.bytes == bytes
                    #expect(isWhole, "\(client) \(wishes), \(size) bytes: \(got.result)")
                    try? FileManager.default.removeItem(at: school.inbox("\(client)/\(size)"))
                }
            }
        }
    }

    @Test("a hundred of each client at once", arguments: TFTPClient.allCases)
    func hundred(client: TFTPClient) async throws {
        let sizes = [511, 512, 513, 300_000]
        try await open(sizes) { school, files in
            let wishes = Self.wishes.filter { $0.0 == client }.map(\.1)
            try await together(100, at: 100) { number in
                // Blocks of eight bytes are for small files.
                let size = sizes[number % sizes.count]
                let wish = wishes[number / sizes.count % wishes.count]
                let got = try await school.fetch(
                    "files/\(size)", by: client, wish.blockSize == 8 ? .none : wish, into: "\(number)")
                // Not in the macro: it would print megabytes.
                let isWhole = got.bytes == files[size]
                #expect(isWhole, "\(client) \(wish), \(size) bytes: \(got.result)")
            }
        }
    }

    @Test("large files: block numbers go around, with blocks of 512 bytes", arguments: TFTPClient.allCases)
    func large(client: TFTPClient) async throws {
        try await open(Self.large) { school, files in
            try await together(Self.large.count, at: 2) { number in
                let size = Self.large[number]
                let got = try await school.fetch("files/\(size)", by: client, into: "\(size)")
                // Not in the macro: it would print megabytes.
                let isWhole = got.bytes == files[size]
                #expect(isWhole, "\(client), \(size) bytes: \(got.result)")
            }
        }
    }

    @Test("large files with windows and larger blocks, several at once")
    func largeWindows() async throws {
        let wishes: [(TFTPClient, TFTPClient.Wishes)] = [
            (.atftp, .init(windowSize: 16)), (.atftp, .init(blockSize: 1428, windowSize: 16, size: true)),
            (.curl, .init(blockSize: 1428)), (.busybox, .init(blockSize: 1432)),
        ]
        try await open(Self.large) { school, files in
            try await together(wishes.count * Self.large.count, at: 4) { number in
                let (client, wish) = wishes[number / Self.large.count]
                let size = Self.large[number % Self.large.count]
                let got = try await school.fetch("files/\(size)", by: client, wish, into: "\(number)")
                // Not in the macro: it would print megabytes.
                let isWhole = got.bytes == files[size]
                #expect(isWhole, "\(client) \(wish), \(size) bytes: \(got.result)")
                try? FileManager.default.removeItem(at: school.inbox("\(number)"))
            }
        }
    }

    @Test("netascii: lines end with CR LF on the wire, and clients make them their own")
    func netascii() async throws {
        try await open([]) { school, _ in
            let text = "[LINBO]\nCache = /dev/sda4\r\nlast\rline without end"
            try school.write(text, to: "srv/text")
            let raw = try RawClient(asking: school.tftp)
            let sent = try await raw.fetch("text", mode: "netascii")
            #expect(
                String(decoding: sent, as: UTF8.self)
                    == "[LINBO]\r\nCache = /dev/sda4\r\0\r\nlast\r\0line without end")
            let got = try await school.fetch("text", by: .tftpHPA, .init(isText: true), into: "text")
            #expect(got.bytes.map { String(decoding: $0, as: UTF8.self) } == text, "\(got.result)")
        }
    }

    @Test("what is not there: each client is told, and ends", arguments: TFTPClient.allCases)
    func missing(client: TFTPClient) async throws {
        try await open([]) { school, _ in
            let got = try await school.fetch("files/none", by: client, into: "none")
            #expect(got.bytes ?? [] == [])
            // curl tells by its exit status alone.
            let isTold = got.result.description.lowercased().contains("not found") || got.result.status == 68
            #expect(isTold, "\(got.result)")
        }
    }
}
