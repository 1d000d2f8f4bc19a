import Glibc

/// `2026-05-04 07:30:00` in the machine's time zone.
package func localTime(_ unixSeconds: Int) -> String {
    var seconds = time_t(unixSeconds)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return "\(unixSeconds)" }
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
