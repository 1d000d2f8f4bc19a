import GRDB
import HookHost
import HookStore
import LinboModel
import Logging

/// What a key is for: the word in pool files and in the ledger.
enum Product: String, CaseIterable, Sendable {
    case windows, office
}

/// Finds the key of a host: its own of devices.csv, else one of the pool.
struct KeyFinder: Sendable {
    /// A key, or why there is none; the remark never holds a key.
    struct Answer {
        var key: ProductKey?
        var remark: String?
    }

    let pool: KeyPool?
    /// nil: the database can't be used. A key given without a lease might be given twice, so none is.
    let ledger: KeyLedger?
    let logger: Logger

    /// - Parameter intent: only a `fetch` leases a key; anything else is shown the key that a fetch would get.
    func key(_ product: Product, for host: Host, intent: Intent) -> Answer {
        if let own = product == .windows ? host.windowsKey : host.officeKey { return Answer(key: own) }
        guard let pool else { return Answer() }
        let keys = pool.keys(product)
        guard !keys.isEmpty else { return Answer() }
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
    private(set) var remarks: [String] = []
    private var found: [Product: ProductKey?] = [:]

    init(finder: KeyFinder, host: Host, intent: Intent) {
        self.finder = finder
        self.host = host
        self.intent = intent
    }

    mutating func key(_ product: Product) -> ProductKey? {
        if let known = found[product] { return known }
        let answer = finder.key(product, for: host, intent: intent)
        found[product] = .some(answer.key)
        if let remark = answer.remark { remarks.append(remark) }
        return answer.key
    }
}
