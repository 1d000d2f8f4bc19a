import LinboModel

/// Reads what `hwinfo` prints without arguments: what its probes did, then an item for each device,
/// `28: IDE 00.0: 10600 Disk`, with lines `  Key: value` below it, and groups `  System Info: #1` whose lines stand
/// further in. What is not understood is passed over.
struct HwinfoReader {
    private struct Item {
        /// The first of a key counts.
        var values: [String: String] = [:]
        var groups: [String: [String: String]] = [:]
    }

    private var items: [Item] = []
    private var group: String?

    private static let endOfProbes = Array("=========== end debug info ============".utf8)
    private static let most = 32
    private static let longest = 200
    /// No PC has so many devices; who writes more is none.
    private static let itemLimit = 2000

    static func facts(in text: [UInt8]) -> HardwareFacts {
        var reader = HwinfoReader()
        var start = text.startIndex
        // Line by line: a text of line ends alone would be far larger in pieces.
        while start < text.endIndex {
            let end = text[start...].firstIndex(of: 0x0A) ?? text.endIndex
            let line = text[start..<end]
            // What the probes wrote may look like items.
            if line.elementsEqual(endOfProbes) { reader = HwinfoReader() } else { reader.read(line) }
            start = end + 1
        }
        return reader.facts
    }

    // MARK: Lines

    private mutating func read(_ bytes: ArraySlice<UInt8>) {
        let depth = bytes.prefix { $0 == 0x20 }.count
        let line = bytes.dropFirst(depth)
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let key = Self.text(line[..<colon])
        if depth == 0 {
            group = nil
            if UInt(key) != nil, items.count < Self.itemLimit { items.append(Item()) }
            return
        }
        guard let last = items.indices.last else { return }
        let value = Self.text(line[(colon + 1)...])
        if depth == 2 {
            group = key
            if items[last].values[key] == nil { items[last].values[key] = value }
        } else if depth == 4, let group, items[last].groups[group]?[key] == nil {
            items[last].groups[group, default: [:]][key] = value
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let text = printable(String(decoding: bytes.prefix(4 * longest), as: UTF8.self), most: longest)
        return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    // MARK: Facts

    private func items(_ kind: String) -> [Item] { items.filter { $0.values["Hardware Class"] == kind } }

    private var facts: HardwareFacts {
        var facts = HardwareFacts()
        let bios = items("bios").first
        let (system, info) = (bios?.groups["System Info"] ?? [:], bios?.groups["BIOS Info"] ?? [:])
        facts.vendor = Self.name(system["Manufacturer"])
        facts.product =
            Self.name(system["Product"]) ?? items("system").lazy.compactMap { Self.name($0.values["Model"]) }.first
        facts.serial = Self.name(system["Serial"])
        facts.firmwareVendor = Self.name(info["Vendor"])
        facts.firmwareVersion = Self.name(info["Version"])
        facts.firmwareDate = Self.name(info["Date"])
        let processors = items("cpu")
        facts.processor = processors.lazy.compactMap { Self.name($0.values["Model"]) }.first
        facts.threads = processors.count
        facts.memory = items("memory").lazy.compactMap { Self.memory($0.values["Memory Size"]) }.first
        facts.disks = Array(items("disk").compactMap(Self.disk).sorted { $0.device < $1.device }.prefix(Self.most))
        facts.cards = Array(items("network").map(Self.card).sorted { $0.text < $1.text }.prefix(Self.most))
        return facts
    }

    private static func disk(_ item: Item) -> HardwareFacts.Disk? {
        guard let device = item.values["Device File"]?.split(separator: " ").first else { return nil }
        return HardwareFacts.Disk(
            device: String(device), model: name(item.values["Model"]), serial: name(item.values["Serial ID"]),
            bytes: capacity(item))
    }

    private static func card(_ item: Item) -> HardwareFacts.Card {
        let mac = (item.values["Permanent HW Address"] ?? item.values["HW Address"]).flatMap { MACAddress($0) }
        return HardwareFacts.Card(
            device: item.values["Device File"].flatMap { $0.split(separator: " ").first }.map(String.init),
            model: name(item.values["Model"]), mac: mac?.description)
    }

    /// What stands in quotes, but for what makers write where they have nothing to say.
    private static func name(_ value: String?) -> String? {
        guard let value, let start = value.firstIndex(of: "\""), let end = value.lastIndex(of: "\""), start < end else {
            return nil
        }
        let name = value[value.index(after: start)..<end].split(separator: " ").joined(separator: " ")
        return name.isEmpty || placeholders.contains(name.lowercased()) ? nil : name
    }

    private static let placeholders: Set<String> = [
        "to be filled by o.e.m.", "not applicable", "not available", "not specified", "default string", "none",
        "unknown", "undefined", "system serial number", "system product name", "system manufacturer", "0",
    ]

    /// `Capacity: 232 GB (250059350016 bytes)`, or `Size: 488397168 sectors a 512 bytes`.
    private static func capacity(_ item: Item) -> Int64? {
        if let words = item.values["Capacity"]?.split(separator: "("), words.count == 2,
            let bytes = words[1].split(separator: " ").first.flatMap({ Int64(digits: $0) })
        {
            return bytes
        }
        guard let words = item.values["Size"]?.split(separator: " "), words.count == 5, words[1] == "sectors",
            let count = Int64(digits: words[0]), let size = Int64(digits: words[3])
        else { return nil }
        let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: size)
        return isTooMuch ? nil : bytes
    }

    /// `7 GB + 896 MB`, in powers of 1024.
    private static func memory(_ value: String?) -> Int64? {
        guard let value else { return nil }
        var sum: Int64 = 0
        for part in value.split(separator: "+") {
            let words = part.split(separator: " ")
            guard words.count == 2, let number = Int64(digits: words[0]), number < 1 << 30,
                let shift = ["kB": 10, "MB": 20, "GB": 30, "TB": 40][words[1]]
            else { return nil }
            let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: 1 << Int64(shift))
            let (next, overflows) = sum.addingReportingOverflow(bytes)
            guard !isTooMuch, !overflows else { return nil }
            sum = next
        }
        return sum > 0 ? sum : nil
    }
}
