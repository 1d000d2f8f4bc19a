import LinboModel

/// What a PC is made of, as far as an admin asks. The same PC gives the same facts at each boot.
package struct HardwareFacts: Sendable, Codable, Equatable {
    /// A disk, an SSD or a stick.
    package struct Disk: Sendable, Codable, Equatable {
        /// Such as `/dev/sda`.
        package let device: String
        /// nil: it tells none.
        package let model: String?
        /// nil: it tells none.
        package let serial: String?
        /// nil: there is no medium in it.
        package let bytes: Int64?
    }

    /// A network card.
    package struct Card: Sendable, Codable, Equatable {
        /// Such as `eth0`; nil: it has no driver.
        package let device: String?
        /// With its maker's name.
        package let model: String?
        /// The one it was made with, if it tells that.
        package let mac: String?
    }

    /// Of the whole PC, such as `LENOVO`; nil: the firmware does not tell it, as with all that follow.
    package var vendor: String?
    /// In words.
    package var product: String?
    /// Of the PC.
    package var serial: String?
    /// BIOS or UEFI: who made it.
    package var firmwareVendor: String?
    /// As its maker counts.
    package var firmwareVersion: String?
    /// Such as `01/23/2015`.
    package var firmwareDate: String?
    /// In words.
    package var processor: String?
    /// How many programs it runs at the same moment; 0: not known.
    package var threads = 0
    /// In bytes.
    package var memory: Int64?
    /// By device.
    package var disks: [Disk] = []
    /// By device and address.
    package var cards: [Card] = []

    /// Nothing is known.
    package init() {}

    /// Whether anything is known.
    package var isEmpty: Bool { self == HardwareFacts() }

    /// What is another than before, a sentence each.
    package func changes(since old: HardwareFacts) -> [String] {
        func change(_ what: String, _ before: String?, _ now: String?) -> [String] {
            before == now ? [] : ["\(what): \(before ?? "none") → \(now ?? "none")"]
        }
        return change("vendor", old.vendor, vendor) + change("product", old.product, product)
            + change("serial number", old.serial, serial)
            + change("firmware", old.firmware, firmware)
            + change("processor", old.processorText, processorText)
            + change("memory", old.memory.map(Self.memoryText), memory.map(Self.memoryText))
            + Self.exchange("disk", old.disks.map(\.text), disks.map(\.text))
            + Self.exchange("network card", old.cards.map(\.text), cards.map(\.text))
    }

    private static func exchange(_ what: String, _ before: [String], _ now: [String]) -> [String] {
        before.filter { !now.contains($0) }.map { "\(what) gone: \($0)" }
            + now.filter { !before.contains($0) }.map { "\(what) new: \($0)" }
    }

    /// Maker, version and date in one.
    package var firmware: String? {
        let words = [firmwareVendor, firmwareVersion, firmwareDate.map { "(\($0))" }].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// With its threads.
    package var processorText: String? { processor.map { threads > 0 ? "\($0), \(threads) threads" : $0 } }

    /// `16 GiB`
    package static func memoryText(_ bytes: Int64) -> String {
        bytes % (1 << 30) == 0 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB"
    }
}

extension HardwareFacts.Disk {
    /// `/dev/sda, Samsung SSD 850, 250.1 GB, serial number S21HNX`
    package var text: String {
        ([device, model, bytes.map { byteSize($0) }, serial.map { "serial number \($0)" }]).compactMap(\.self)
            .joined(separator: ", ")
    }
}

extension HardwareFacts.Card {
    /// `eth0, Intel I219-LM, 52:54:00:00:00:01`
    package var text: String { [device, model, mac].compactMap(\.self).joined(separator: ", ") }
}
