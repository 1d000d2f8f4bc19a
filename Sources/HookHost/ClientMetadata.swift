import LinboModel
package import Logging

extension Client {
    /// For lines that this client brings about.
    package var metadata: Logger.Metadata { .client(address.description, host: host?.name.description) }
}

extension Logger.Metadata {
    /// Key of log metadata: a hostname of devices.csv. `LimitedLog` counts lines by it.
    package static let host = "host"
    /// Key of log metadata: the address of a client without a host.
    package static let address = "address"

    /// Whose doing a line is, so that the log can bound what one client has written into it.
    /// - Parameter host: nil: a client that no devices.csv knows.
    package static func client(_ address: String, host: String?) -> Self {
        host.map { [Self.host: .string($0)] } ?? [Self.address: .string(address)]
    }
}
