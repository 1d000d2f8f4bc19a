import Foundation
package import TFTPTransport

/// What `linboctl tftp` shows, as the daemon tells it.
package struct TFTPReport: Codable, Sendable {
    /// nil: the configuration turns TFTP off.
    package var counters: Counters.Values?
    package var transfers: [TransferSnapshot]
    package var clients: [ClientLedger.Figures]

    package init(_ server: TFTPServer?) async {
        counters = server?.counters.values
        transfers = await server?.transfers() ?? []
        clients = server?.ledger.figures() ?? []
    }
}
