extension StartConf {
    /// `[LINBO]`. Accessors are nil for keys that are missing, empty or wrong.
    package struct Settings: Sendable, Hashable {
        /// All keys, in lower case.
        package let values: [String: String]

        /// The device of the partition that keeps images, such as `/dev/sda4`.
        package var cache: String? { filled(values["cache"]) }
        /// The group that the file says it is for; clients get theirs from DHCP.
        package var group: GroupName? { filled(values["group"]).flatMap { GroupName($0) } }
        /// How the client fetches images; nil also for a word that is none of the three.
        package var downloadType: DownloadType? { values["downloadtype"].flatMap { .init(rawValue: $0.lowercased()) } }
        /// Whole, with every `=` in it (defect 29, docs/linbo.md#defects-of-the-old-hooks).
        package var kernelOptions: String { values["kerneloptions"] ?? "" }
        /// The LINBO server that the client uses; nil also for what is no address.
        package var server: IPAddress? { values["server"].flatMap { IPAddress($0) } }
        /// nil also for a word that is none of the three.
        package var systemType: SystemType? { values["systemtype"].flatMap { .init(rawValue: $0.lowercased()) } }
        /// The theme of the client's own GUI by name; GRUB's is a setting of grub-img.
        package var theme: String? { filled(values["theme"]) }
        /// Whether the client partitions its disk at each start, unasked.
        package var autoPartition: Bool { isTrue(values["autopartition"]) }
        /// Whether the client formats its partitions at each start, unasked.
        package var autoFormat: Bool { isTrue(values["autoformat"]) }
        /// Whether the client brings the images in its cache up to date at each start, unasked.
        package var autoInitCache: Bool { isTrue(values["autoinitcache"]) }
        /// Whether the client shows no buttons.
        package var guiDisabled: Bool { isTrue(values["guidisabled"]) }
    }

    /// `[Partition]`
    package struct Partition: Sendable, Hashable {
        /// All keys, in lower case.
        package let values: [String: String]
        /// Its `[Partition]` line.
        package let location: SourceLocation

        /// Such as `/dev/sda1`, or `/dev/disk0p1` for whatever disk is first.
        package var dev: String? { filled(values["dev"]) }
        /// The file system's label, which the boot menu searches for.
        package var label: String? { filled(values["label"]) }
        /// In KiB; nil: the rest of the disk.
        package var size: UInt64? { values["size"].flatMap { kibibytes($0) } }
        /// Such as `0c01`, `ef`, `83`.
        package var id: String? { filled(values["id"]) }
        /// Such as `ntfs`, `ext4`, `swap`, `cache`; nil: none, as an extended partition has.
        package var fsType: String? { filled(values["fstype"]) }
        /// Whether the client marks it so in the partition table.
        package var isBootable: Bool { isTrue(values["bootable"]) }
    }

    /// `[OS]`
    package struct OperatingSystem: Sendable, Hashable {
        /// All keys, in lower case.
        package let values: [String: String]
        /// Its `[OS]` line.
        package let location: SourceLocation

        /// As the client's buttons show it.
        package var name: String? { filled(values["name"]) }
        /// The file name of its picture, such as `win11.svg`.
        package var iconName: String? { filled(values["iconname"]) }
        /// Such as `win10.qcow2`; a qdiff is implied.
        package var baseImage: String? { filled(values["baseimage"]) }
        /// The device of its root partition, such as `/dev/sda2`.
        package var root: String? { filled(values["root"]) }
        /// A path on the root partition; nil or `auto`: the boot menu takes the system for Windows.
        package var kernel: String? { filled(values["kernel"]) }
        /// A path on the root partition.
        package var initrd: String? { filled(values["initrd"]) }
        /// Parameters for its kernel; empty if there are none.
        package var append: String { values["append"] ?? "" }
        /// Whether the client is told to offer a start as it is. Without the key: false here, yes in the boot menu.
        package var startEnabled: Bool { isTrue(values["startenabled"]) }
        /// Whether the client is told to offer a sync and a start. Without the key: false here, yes in the boot menu.
        package var syncEnabled: Bool { isTrue(values["syncenabled"]) }
        /// `RemoteSyncEnabled` is its old name.
        package var newEnabled: Bool { isTrue(values["newenabled"] ?? values["remotesyncenabled"]) }
        /// Whether the client starts it by itself.
        package var autostart: Bool { isTrue(values["autostart"]) }
        /// Whether the client's menu leaves it out.
        package var isHidden: Bool { isTrue(values["hidden"]) }
    }
}

private func filled(_ value: String?) -> String? { value?.isEmpty == false ? value : nil }

/// The words that stand for yes (docs/linbo.md#groups).
private func isTrue(_ value: String?) -> Bool {
    ["yes", "true", "on", "1"].contains(value?.lowercased())
}

/// `<n>[k|M|G|T]`, without a letter KiB. nil for anything else, and for more than fits.
func kibibytes(_ text: String) -> UInt64? {
    let shifts: [Character: UInt64] = ["k": 0, "m": 10, "g": 20, "t": 30]
    let shift = text.lowercased().last.flatMap { shifts[$0] }
    let digits = shift == nil ? Substring(text) : text.dropLast()
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(digits) else { return nil }
    let (result, isTooMuch) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    return isTooMuch ? nil : result
}
