/// Why a request is not answered with peers. Clients show the text to their user (`failure reason` of BEP 3, the error
/// of BEP 15).
package enum TrackerRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The info hash is not of a published image, or not any more.
    case notPublished
    /// The field that is not there.
    case missing(String)
    /// The field that says nothing that it may say.
    case malformed(String)
    /// A request for figures of more torrents than one answer has room for.
    case tooMany
    /// It has connected too long ago, or not at all, or from another address.
    case notConnected

    package var description: String {
        switch self {
        case .notPublished: "Requested download is not authorized for use with this tracker."
        case .missing(let field): "\(field) is missing"
        case .malformed(let field): "\(field) is malformed"
        case .tooMany: "too many info hashes"
        // No longer than the shortest request that gets it.
        case .notConnected: "Connection ID mismatch."
        }
    }
}
