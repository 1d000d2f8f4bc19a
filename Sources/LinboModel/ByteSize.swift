/// `1.2 MB`, in powers of 1000.
package func byteSize(_ bytes: Int64) -> String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    var tenths = bytes / 100 + (bytes % 100 >= 50 ? 1 : 0)
    var units = ["kB", "MB", "GB", "TB"][...]
    while tenths >= 10_000, units.count > 1 {
        tenths = tenths / 1000 + (tenths % 1000 >= 500 ? 1 : 0)
        units = units.dropFirst()
    }
    return "\(tenths / 10).\(tenths % 10) \(units.first ?? "TB")"
}
