import Glibc
import LinboModel
import LinuxKit

/// `YYYYMMDDhhmm`, in the machine's time zone: how LINBO dates a set, and what its backup is called.
enum SetTime {
    static func text(_ unixSeconds: Int64) -> String {
        var seconds = time_t(unixSeconds)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return "197001010000" }
        let numbers = [
            (Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2),
            (Int(parts.tm_hour), 2), (Int(parts.tm_min), 2),
        ]
        return numbers.map { number, width in
            let digits = String(max(0, number))
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }.joined()
    }

    /// The text itself, then each following minute.
    static func candidates(from text: String) -> some Sequence<String> {
        let start = seconds(text)
        return (0..<100_000).lazy.map { step in step == 0 ? text : Self.text(start + Int64(step) * 60) }
    }

    static func isOne(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func seconds(_ text: String) -> Int64 {
        guard isOne(text) else { return Int64(time(nil)) }
        let digits = text.utf8.map { Int32($0) - 0x30 }
        func number(_ range: Range<Int>) -> Int32 { digits[range].reduce(0) { $0 * 10 + $1 } }
        var parts = tm()
        parts.tm_year = number(0..<4) - 1900
        parts.tm_mon = number(4..<6) - 1
        parts.tm_mday = number(6..<8)
        parts.tm_hour = number(8..<10)
        parts.tm_min = number(10..<12)
        parts.tm_isdst = -1
        return Int64(mktime(&parts))
    }

    /// The time of a set that lies in a directory: its `.info`'s, else that of the image, else of its newest file.
    static func name(ofSet names: [String], image: ImageName, in directory: borrowing OpenDirectory) -> String {
        let info = EntryName(image.text + ".info")
        if let bytes = try? directory.read(info, limit: 65_536),
            let parsed = try? ImageInfo(parsing: bytes, file: directory.path(of: info))
        {
            return parsed.timestamp
        }
        if let status = directory.status(of: EntryName(image.text)) { return text(status.modified) }
        var newest: Int64 = 0
        for name in names { newest = max(newest, directory.status(of: EntryName(name))?.modified ?? 0) }
        return text(newest)
    }
}
