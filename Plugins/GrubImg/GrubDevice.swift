/// A partition as GRUB names it, without the parentheses: `hd0,3`.
struct GrubDevice: Sendable, Hashable {
    let disk: Int
    let partition: Int

    /// `/dev/sda3`, `/dev/vdb1`, `/dev/nvme0n1p3`, `/dev/mmcblk0p3`, `/dev/disk0p3`. nil for anything else.
    init?(_ device: String) {
        guard device.hasPrefix("/dev/") else { return nil }
        let name = device.dropFirst(5)
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }
        guard let partition = Int(String(digits.reversed())), (1...255).contains(partition) else { return nil }
        let stem = name.dropLast(digits.count)
        guard let disk = Self.disk(stem) else { return nil }
        self.disk = disk
        self.partition = partition
    }

    private static func disk(_ stem: Substring) -> Int? {
        if stem.last == "p" {
            let disk = stem.dropLast()
            for prefix in ["disk", "mmcblk"] where disk.hasPrefix(prefix) {
                return number(disk.dropFirst(prefix.count))
            }
            guard disk.hasPrefix("nvme"), disk.hasSuffix("n1") else { return nil }
            return number(disk.dropFirst(4).dropLast(2))
        }
        guard ["sd", "vd", "xvd", "hd"].contains(stem.dropLast()), let letter = stem.utf8.last,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
        else { return nil }
        return Int(letter - UInt8(ascii: "a"))
    }

    private static func number(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits) else {
            return nil
        }
        return number < 100 ? number : nil
    }

    var text: String { "hd\(disk),\(partition)" }
}
