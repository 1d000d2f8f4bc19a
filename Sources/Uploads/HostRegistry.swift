package import HookHost

/// Takes new hosts into devices.csv.
package protocol HostRegistry: Sendable {
    /// Before a byte has come.
    /// - Parameter fileName: `<host>.new`
    /// - Throws: `Refusal`, which the client shows.
    func admit(fileName: String) throws

    /// - Throws: `Refusal` for a row that is not taken; `SystemError` if it could not be written.
    func register(_ bytes: [UInt8], fileName: String, by client: Client) throws
}
