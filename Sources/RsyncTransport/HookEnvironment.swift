package import HookHost
package import LinboModel

/// What rsyncd tells its hooks (rsyncd.conf(5), contract §8), as values.
package struct HookEnvironment: Sendable {
    package let module: String
    package let modulePath: String
    package let address: IPAddress
    /// As rsyncd wrote it, the name of the client's folder.
    package let addressText: String
    package let process: Int32
    package let user: String
    /// As the client sent it, unsanitised: for the log, and to see `..` that rsyncd has taken out elsewhere.
    package let rawRequest: [UInt8]
    /// `RSYNC_ARG0` and on; empty but in `pre`.
    package let arguments: [[UInt8]]
    /// Only in `post`.
    package let exitStatus: Int?

    /// - Parameter entries: `NAME=value`, as linbo-hook sends them.
    /// - Throws: `HookEnvironmentError` for what rsyncd would never set.
    package init(_ entries: [[UInt8]]) throws(HookEnvironmentError) {
        var values: [String: [UInt8]] = [:]
        var numbered: [Int: [UInt8]] = [:]
        for entry in entries {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            let value = Array(entry[(equals + 1)...])
            if name.hasPrefix("RSYNC_ARG") {
                if let number = Int(name.dropFirst("RSYNC_ARG".count)), number >= 0 { numbered[number] = value }
            } else {
                values[name] = value
            }
        }
        func text(_ name: String) throws(HookEnvironmentError) -> String {
            guard let bytes = values[name], let text = String(validating: bytes, as: UTF8.self) else {
                throw .missing(name)
            }
            return text
        }
        module = try text("RSYNC_MODULE_NAME")
        modulePath = try text("RSYNC_MODULE_PATH")
        addressText = try text("RSYNC_HOST_ADDR")
        guard let address = IPAddress(addressText) else { throw .invalid("RSYNC_HOST_ADDR") }
        self.address = address
        guard let process = Int32(try text("RSYNC_PID")), process > 0 else { throw .invalid("RSYNC_PID") }
        self.process = process
        user = (try? text("RSYNC_USER_NAME")) ?? ""
        rawRequest = values["RSYNC_REQUEST"] ?? []
        arguments = try Self.inOrder(numbered)
        exitStatus = values["RSYNC_EXIT_STATUS"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    private static func inOrder(_ numbered: [Int: [UInt8]]) throws(HookEnvironmentError) -> [[UInt8]] {
        var arguments: [[UInt8]] = []
        for number in 0..<numbered.count {
            guard let argument = numbered[number] else { throw .invalid("RSYNC_ARG\(number)") }
            arguments.append(argument)
        }
        return arguments
    }
}

package enum HookEnvironmentError: Error, Sendable, Hashable, CustomStringConvertible {
    case missing(String)
    case invalid(String)

    package var description: String {
        switch self {
        case .missing(let name): "\(name) is not set: linbo-hook must be run by rsyncd (linboctl rsyncd-conf)"
        case .invalid(let name): "\(name) is not what rsyncd sets"
        }
    }
}
