import HookHost
import HookStore
package import LinboModel
import LinuxKit
package import Logging
package import SSH

/// The way into PCs that run LINBO: the server's key, and whose keys are trusted.
package struct PCAccess: PCReach {
    /// From `remote:`.
    package let settings: RemoteSettings
    /// nil: the database can't be used, and whose keys are trusted is not known.
    private let keys: HostKeys?
    private let logger: Logger

    /// For each of the three steps of a connection.
    private static let limit = Duration.seconds(10)

    /// - Parameter keys: nil: nobody is reached.
    package init(_ settings: RemoteSettings, keys: HostKeys?, logger: Logger) {
        (self.settings, self.keys, self.logger) = (settings, keys, logger)
    }

    /// Connects to a PC whose key is trusted.
    /// - Parameters:
    ///   - limit: for each of three steps: the connection, the keys, the login.
    ///   - patience: for the first of them, if it is to be another one.
    ///   - tell: gets a sentence about a key that is trusted from now on, or why none can be looked up.
    package func open(
        _ host: Host, at address: IPAddress, within limit: Duration = limit, answering patience: Duration? = nil,
        tell: @escaping @Sendable (String) -> Void
    ) async throws(SSHError) -> SSHSession {
        let key = try await PrivateKey(file: settings.keyFile { FileStatus(followingLinks: $0) != nil })
        let name = host.name.description
        return try await SSHSession.open(
            .init(address, port: settings.port), key: key, within: limit, answering: patience
        ) {
            shown in
            do {
                guard let keys else { throw NoDatabase() }
                let (isTrusted, isNew) = try keys.judge(shown, of: name, now: UnixTime.nowMilliseconds())
                if isTrusted, isNew {
                    tell("the PCs' key \(shown.fingerprint) (\(shown.type)) is trusted from now on: it is the first")
                }
                return isTrusted
            } catch {
                tell("whether \(shown.fingerprint) is trusted can't be looked up: \(error)")
                return false
            }
        }
    }

    // MARK: PCReach

    package func read(
        _ paths: [String], of host: Host, at address: IPAddress, most: Int, answering patience: Duration,
        within limit: Duration
    ) async throws -> [Result<[UInt8], any Error>] {
        let session = try await open(host, at: address, within: limit, answering: patience) { [logger] in
            logger.notice("\(host.name): \($0)")
        }
        var results: [Result<[UInt8], any Error>] = []
        for path in paths {
            do throws(SSHError) {
                results.append(.success(try await session.read(path, most: most, within: limit)))
            } catch {
                results.append(.failure(error))
            }
        }
        return results
    }
}

private struct NoDatabase: Error, CustomStringConvertible {
    let description = "the database can't be used"
}
