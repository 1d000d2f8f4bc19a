import HookHost
import HookWire
import LinboModel
import Logging
import Uploads

extension RsyncHooks {
    /// A PC that boots comes back many times within minutes.
    private static let idleSeconds: Int64 = 600

    /// Makes the folders that views need, and removes what a crash left in the temporary ones.
    /// - Throws: `SystemError`.
    package func prepare() throws {
        try records.prepare()
        try uploads.desk.prepare()
        // Uploads that broke off with the last daemon are ended first: what came of them lies in their folders.
        sweepUploads()
        try uploads.records.prepare()
    }

    /// Ends connections whose process died without `post`: what they had is uncertain, their folders go.
    /// - Returns: how many there were.
    @discardableResult
    package func sweep() async -> Int {
        ballast.take()
        var swept = 0
        for address in records.addresses() {
            records.forget(address, after: Self.idleSeconds)
            for connection in records.connections(of: address) where !connection.isAlive {
                do {
                    try await end(connection, address: address, .uncertain("rsyncd died before it told the outcome"))
                    swept += 1
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
                    try uploads.end(connection, address: address, .uncertain("rsyncd died before it told the outcome"))
                    swept += 1
                } catch {
                    logger.error("sweeping uploads of \(address): \(error)")
                }
            }
        }
        return swept
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
