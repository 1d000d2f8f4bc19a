import HookHost
package import LinboModel

/// What rsyncd tells its hooks (rsyncd.conf(5), docs/linbo.md#what-rsyncd-tells-its-hooks), as values.
package struct HookEnvironment: Sendable {
    /// The module's name: `RSYNC_MODULE_NAME`.
    package let module: String
    /// Where it is served from: `RSYNC_MODULE_PATH`.
    package let modulePath: String
    /// The client's: `RSYNC_HOST_ADDR`.
    package let address: IPAddress
    /// As rsyncd wrote it, the name of the client's directory.
    package let addressText: String
    /// rsyncd's child that serves the client: `RSYNC_PID`.
    package let process: Int32
    /// Who logged in; empty: nobody had to.
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
        func value(_ name: String) -> ArraySlice<UInt8>? {
            entries.last { $0.starts(with: name.utf8) && $0.dropFirst(name.utf8.count).first == Self.equals }?
                .dropFirst(name.utf8.count + 1)
        }
        func text(_ name: String) throws(HookEnvironmentError) -> String {
            guard let bytes = value(name), let text = String(validating: bytes, as: UTF8.self) else {
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
        rawRequest = value("RSYNC_REQUEST").map { Array($0) } ?? []
        arguments = try Self.arguments(entries)
        exitStatus = value("RSYNC_EXIT_STATUS").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    private static let equals = UInt8(ascii: "=")

    /// `RSYNC_ARG0` and on, in the order of their numbers.
    private static func arguments(_ entries: [[UInt8]]) throws(HookEnvironmentError) -> [[UInt8]] {
        let name = "RSYNC_ARG"
        var numbered: [Int: [UInt8]] = [:]
        for entry in entries where entry.starts(with: name.utf8) {
            let digits = entry.dropFirst(name.utf8.count).prefix { $0 != equals }
            guard digits.endIndex < entry.endIndex, let number = Int(String(decoding: digits, as: UTF8.self)) else {
                continue
            }
            if number >= 0 { numbered[number] = Array(entry[(digits.endIndex + 1)...]) }
        }
        var arguments: [[UInt8]] = []
        for number in 0..<numbered.count {
            guard let argument = numbered[number] else { throw .invalid("RSYNC_ARG\(number)") }
            arguments.append(argument)
        }
        return arguments
    }
}

/// What rsyncd did not tell, or told wrongly.
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
