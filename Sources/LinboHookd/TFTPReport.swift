import Foundation
package import TFTPTransport

/// What `linboctl tftp` shows, as the daemon tells it.
package struct TFTPReport: Codable, Sendable {
    /// nil: the configuration turns TFTP off.
    package var counters: Counters.Values?
    /// Those that run now; empty while TFTP is off.
    package var transfers: [TransferSnapshot]
    /// What the admission knows of each client since the start; empty while TFTP is off.
    package var clients: [AdmissionControl.Figures]

    /// - Parameter server: nil: TFTP is off.
    package init(_ server: TFTPServer?) async {
        counters = server?.counters.values
        transfers = await server?.transfers() ?? []
        clients = server?.admission.figures() ?? []
    }
}
