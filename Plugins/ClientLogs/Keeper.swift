import Crypto
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging

/// Puts what was fetched where it belongs: our own copy, upstream's directory, and the tables.
struct Keeper: Sendable {
    let shelf: LogShelf
    let published: PublishedLogs
    /// nil: there is no database.
    let ledger: ClientLedger?
    let faults = WriteFaults()
    let logger: Logger

    /// `hwinfo` prints some 500 kB.
    private static let hardwareLimit = 16 << 20

    /// - Returns: what was done, in words.
    /// - Throws: if nothing was kept: the file is not what it should be, or can't be written.
    func keep(_ bytes: [UInt8], _ file: SentFile, of host: HostName) throws -> String {
        guard !bytes.isEmpty else { return "\(file.rawValue) is empty" }
        return try shelf.with(host) { place in
            switch file {
            case .log: try keep(log: bytes, of: host, in: place)
            case .status: try keep(status: bytes, of: host, in: place)
            case .hardware: try keep(hardware: bytes, of: host, in: place)
            }
        }
    }

    // MARK: Logs

    private func keep(log bytes: [UInt8], of host: HostName, in place: String) throws -> String {
        let now = UnixTime.nowMilliseconds()
        var known = 0
        // A job fetches a log that the PC does not remove, and sends again with more in it.
        if let last = try? ledger?.last(.log, of: host), last.bytes <= bytes.count,
            Self.digest(bytes[..<last.bytes]) == last.digest
        {
            known = last.bytes
        }
        guard known < bytes.count else { return "linbo.log was fetched, and was known already" }
        var text = LogSecrets.removed(from: bytes, since: known)
        if text.last != 0x0A { text.append(0x0A) }
        let kept = Result { try shelf.append(text, in: place) }
        let isPublished = publish(.log, of: host) { () throws(SystemError) in
            try published.append(text, .log, of: host)
        }
        if case .failure(let error) = kept {
            guard isPublished else { throw error }
            logger.error("plugin client-logs: \(error)")
        }
        let firmware = MissingFirmware.names(in: text)
        note {
            try $0.note(.log, of: host, bytes: bytes.count, digest: Self.digest(bytes[...]), now: now) { database in
                try ClientLedger.note(firmware: firmware, of: host, now: now, database)
            }
        }
        return "linbo.log was fetched, \(byteSize(Int64(text.count))) of it new"
    }

    private static func digest(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    // MARK: Images

    private struct NoStatus: Error, CustomStringConvertible {
        let description = "no line of it tells of an image"
    }

    private func keep(status bytes: [UInt8], of host: HostName, in place: String) throws -> String {
        let now = UnixTime.nowMilliseconds()
        let new = ImageStatus(parsing: bytes)
        guard !new.lines.isEmpty else { throw NoStatus() }
        // What upstream's hook has left is not lost.
        let old = shelf.status(in: place) ?? published.read(.status, of: host, limit: ImageStatus.sizeLimit) ?? []
        let all = ImageStatus(parsing: old).merged(with: new)
        try shelf.write(status: all.bytes, in: place)
        publish(.status, of: host) { () throws(SystemError) in
            try published.replace(.status, of: host, with: all.bytes)
        }
        note {
            try $0.note(.status, of: host, bytes: bytes.count, digest: Self.digest(bytes[...]), now: now) { database in
                try ClientLedger.note(images: all.lines, of: host, now: now, database)
            }
        }
        let names = new.lines.map(\.image.text).joined(separator: ", ")
        return "image.status was fetched: \(names)" + (new.odd > 0 ? "; \(new.odd) lines of it are odd" : "")
    }

    // MARK: Hardware

    private func keep(hardware bytes: [UInt8], of host: HostName, in place: String) throws -> String {
        let now = UnixTime.nowMilliseconds()
        let facts = HwinfoReader.facts(in: try Gunzip.bytes(of: bytes, most: Self.hardwareLimit))
        let last = (try? ledger?.hardware(of: host))?.first
        try shelf.write(hardware: bytes, isOther: last.map { $0.facts != facts } ?? false, in: place)
        publish(.hardware, of: host) { () throws(SystemError) in
            try published.replace(.hardware, of: host, with: bytes)
        }
        note {
            try $0.note(.hardware, of: host, bytes: bytes.count, digest: Self.digest(bytes[...]), now: now) {
                database in
                try ClientLedger.note(hardware: facts, of: host, now: now, database)
            }
        }
        return "hwinfo.gz was fetched, \(byteSize(Int64(bytes.count)))"
    }

    // MARK: What may go wrong

    /// - Returns: whether it went well; our own copy is there all the same.
    @discardableResult
    private func publish(_ file: SentFile, of host: HostName, _ write: () throws(SystemError) -> Void) -> Bool {
        let path = published.path(file, of: host)
        do throws(SystemError) {
            try write()
            faults.clear(path)
            return true
        } catch {
            if faults.note(path, "\(error)") { logger.error("plugin client-logs: \(error)") }
            return false
        }
    }

    /// The files are kept, whatever the database says.
    private func note(_ write: (ClientLedger) throws -> Void) {
        guard let ledger else { return }
        do { try write(ledger) } catch { logger.error("plugin client-logs: \(error)") }
    }
}
