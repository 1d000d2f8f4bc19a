import HookHost
import HookWire
import LinboModel
import Logging
import Uploads

extension RsyncHooks {
    /// A PC that boots comes back many times within minutes.
    private static let idleSeconds: Int64 = 600

    /// Makes the directories that views need, and removes what a crash left in the temporary ones. Those of uploads are
    /// no obstacle to all else.
    /// - Throws: `SystemError`.
    package func prepare() throws {
        try records.prepare()
        do {
            try uploads.desk.prepare()
            try uploads.records.prepare()
        } catch {
            logger.critical("uploads: \(error): none is taken until that is put right and the daemon is restarted")
        }
    }

    /// At start, and beside clients that are served already: ends what the last daemon left, then removes the
    /// directories of clients without a connection. What came of uploads that broke off lies in such directories.
    /// - Returns: how many connections there were.
    package func clearUp() async -> Int {
        let swept = await sweep()
        records.removeUnused()
        uploads.records.removeUnused()
        return swept
    }

    /// Ends connections whose process died without `post`: what they had is uncertain, their directories go.
    /// - Returns: how many there were.
    @discardableResult
    package func sweep() async -> Int {
        ballast.take()
        var swept = 0
        for address in records.addresses() {
            records.forget(address, after: Self.idleSeconds)
            for connection in records.connections(of: address) where !connection.isAlive {
                do {
                    try await marks.during(mark(connection, address)) {
                        try await end(
                            connection, address: address, .uncertain(.died))
                    }
                    swept += 1
                } catch let aside as WorkMarks.SetAside {
                    leave(aside) { try records.release(connection, address: address) }
                } catch {
                    logger.error("sweeping \(address): \(error)")
                }
            }
        }
        return swept + sweepUploads()
    }

    @discardableResult
    private func sweepUploads() -> Int {
        var swept = 0
        for address in uploads.records.addresses() {
            uploads.records.forget(address, after: Self.idleSeconds)
            for connection in uploads.records.connections(of: address) where !connection.isAlive {
                do {
                    try marks.during(mark(connection, address)) {
                        try uploads.end(
                            connection, address: address, .uncertain(.died),
                            patience: 0)
                    }
                    swept += 1
                } catch let aside as WorkMarks.SetAside {
                    leave(aside) { try uploads.records.release(connection, address: address) }
                } catch {
                    logger.error("sweeping uploads of \(address): \(error)")
                }
            }
        }
        return swept
    }

    private func mark(_ connection: ConnectionID, _ address: String) -> WorkMarks.Work {
        .init(.connection, "\(connection)/\(address)")
    }

    /// The daemon died of its end more than once: nobody is told of it, and its record goes.
    private func leave(_ aside: WorkMarks.SetAside, _ release: () throws -> Void) {
        logger.critical("\(aside.mark.title): \(aside)")
        do {
            try release()
            _ = marks.forget(aside.mark.title)
        } catch {
            logger.error("\(aside.mark.title): \(error)")
        }
    }

    /// What runs right now, for whomever.
    package func running() -> [Ticket] {
        records.addresses().flatMap { address in
            records.connections(of: address).filter(\.isAlive).compactMap { records.ticket(of: $0, address: address) }
        }
    }

    /// Clients with a live connection, and how many each has.
    package func live() -> [String: Int] {
        var live: [String: Int] = [:]
        for address in records.addresses() {
            let count = records.connections(of: address).count
            if count > 0 { live[address] = count }
        }
        return live
    }
}
