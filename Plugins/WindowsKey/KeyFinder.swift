import GRDB
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging

/// What a key is for: the word in pool files and in the ledger.
enum Product: String, CaseIterable, Sendable {
    case windows, office
}

/// Finds the key of a host: its own of devices.csv, else one of the pool.
struct KeyFinder: Sendable {
    /// A key, or why there is none; the texts never hold a key.
    struct Answer {
        var key: ProductKey?
        var remark: String?
        /// There is a key, and the client may be another machine than its host.
        var refusal: String?
    }

    let pool: KeyPool?
    /// nil: the database can't be used. A key given without a lease might be given twice, so none is.
    let ledger: KeyLedger?
    let logger: Logger

    /// - Parameters:
    ///   - intent: only a `fetch` leases a key; anything else is shown the key that a fetch would get.
    ///   - doubt: asked if there is a key to give; what it answers keeps the key back.
    func key(_ product: Product, for host: Host, intent: Intent, unless doubt: () -> String?) -> Answer {
        let own = product == .windows ? host.windowsKey : host.officeKey
        let keys = own == nil ? pool?.keys(product) ?? [] : []
        guard own != nil || !keys.isEmpty else { return Answer() }
        if let doubt = doubt() { return Answer(refusal: "no \(product) key: \(doubt)") }
        if let own { return Answer(key: own) }
        guard let ledger else { return Answer(remark: "no \(product) key of the pool: the database can't be used") }
        do {
            let name = host.name.description
            let key =
                intent == .fetch
                ? try ledger.lease(host: name, product: product.rawValue, pool: keys, now: UnixTime.now())
                : try ledger.peek(host: name, product: product.rawValue, pool: keys)
            return Answer(key: key, remark: key == nil ? "the pool has no \(product) key left" : nil)
        } catch {
            // SQLite's own words only: a statement's arguments hold keys.
            let cause = (error as? DatabaseError)?.message ?? "\(type(of: error))"
            logger.error("plugin \(WindowsKey.name): no \(product) key for \(host.name): \(cause)")
            return Answer(remark: "no \(product) key of the pool: \(cause)")
        }
    }
}

/// The keys of one host during one request: looked up when first needed, so that a file without a place for a key
/// leases none.
struct KeyRing {
    let finder: KeyFinder
    let host: Host
    let intent: Intent
    private let doubt: @Sendable () -> String?
    private(set) var remarks: [String] = []
    /// Why a key was kept back.
    private(set) var refusal: String?
    private var found: [Product: ProductKey?] = [:]

    /// - Parameter doubt: why it is not certain that the client is the host; nil if it is.
    init(finder: KeyFinder, host: Host, intent: Intent, unless doubt: @escaping @Sendable () -> String? = { nil }) {
        self.finder = finder
        self.host = host
        self.intent = intent
        self.doubt = doubt
    }

    mutating func key(_ product: Product) -> ProductKey? {
        if let known = found[product] { return known }
        let answer = finder.key(product, for: host, intent: intent, unless: doubt)
        found[product] = .some(answer.key)
        refusal = refusal ?? answer.refusal
        if let remark = answer.remark { remarks.append(remark) }
        return answer.key
    }
}
