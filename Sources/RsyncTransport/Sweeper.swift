import HookHost
import HookWire
import LinboModel
import Logging

extension RsyncHooks {
    /// A PC that boots comes back many times within minutes.
    private static let idleSeconds: Int64 = 600

    /// Makes the folders that views need, and removes what a crash left in the temporary ones.
    /// - Throws: `SystemError`.
    package func prepare() throws {
        try Disk.makeFolder(paths.base, mode: 0o711)
        for (folder, mode) in [
            (paths.views, 0o711), (paths.live, 0o700), (paths.temporary, 0o700), (paths.trash, 0o700),
        ] {
            try Disk.makeFolder(folder, mode: UInt32(mode))
        }
        for folder in [paths.temporary, paths.trash] {
            for name in Disk.names(in: folder) { Disk.removeTree("\(folder)/\(name)") }
        }
        for address in Set(Disk.names(in: paths.views) + records.addresses()) {
            try records.removeIfUnused(address)
            records.forget(address, after: 0)
        }
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
