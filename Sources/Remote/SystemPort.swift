/// Ports at which an installed system answers, and LINBO does not: a second opinion on what a PC runs.
package enum SystemPort {
    /// What is installed there.
    package enum System: Sendable {
        case windows, linux
    }

    /// In the order in which they are asked: RPC and SMB, then ssh.
    package static let all: [(port: UInt16, system: System)] = [(135, .windows), (445, .windows), (22, .linux)]
}
