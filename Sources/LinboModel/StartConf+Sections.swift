extension StartConf {
    /// `[LINBO]`. Accessors are nil for keys that are missing, empty or wrong.
    package struct Settings: Sendable, Hashable {
        /// All keys, in lower case.
        package let values: [String: String]

        package var cache: String? { filled(values["cache"]) }
        /// The group that the file says it is for; clients get theirs from DHCP.
        package var group: GroupName? { filled(values["group"]).flatMap { GroupName($0) } }
        package var downloadType: DownloadType? { values["downloadtype"].flatMap { .init(rawValue: $0.lowercased()) } }
        /// Whole, with every `=` in it (contract §9.29).
        package var kernelOptions: String { values["kerneloptions"] ?? "" }
        package var server: IPAddress? { values["server"].flatMap { IPAddress($0) } }
        package var systemType: SystemType? { values["systemtype"].flatMap { .init(rawValue: $0.lowercased()) } }
        package var theme: String? { filled(values["theme"]) }
        package var autoPartition: Bool { isTrue(values["autopartition"]) }
        package var autoFormat: Bool { isTrue(values["autoformat"]) }
        package var autoInitCache: Bool { isTrue(values["autoinitcache"]) }
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
        package var label: String? { filled(values["label"]) }
        /// In KiB; nil: the rest of the disk.
        package var size: UInt64? { values["size"].flatMap { kibibytes($0) } }
        /// Such as `0c01`, `ef`, `83`.
        package var id: String? { filled(values["id"]) }
        package var fsType: String? { filled(values["fstype"]) }
        package var isBootable: Bool { isTrue(values["bootable"]) }
    }

    /// `[OS]`
    package struct OperatingSystem: Sendable, Hashable {
        /// All keys, in lower case.
        package let values: [String: String]
        /// Its `[OS]` line.
        package let location: SourceLocation

        package var name: String? { filled(values["name"]) }
        package var iconName: String? { filled(values["iconname"]) }
        /// Such as `win10.qcow2`; a qdiff is implied.
        package var baseImage: String? { filled(values["baseimage"]) }
        package var root: String? { filled(values["root"]) }
        package var kernel: String? { filled(values["kernel"]) }
        package var initrd: String? { filled(values["initrd"]) }
        package var append: String { values["append"] ?? "" }
        package var startEnabled: Bool { isTrue(values["startenabled"]) }
        package var syncEnabled: Bool { isTrue(values["syncenabled"]) }
        /// `RemoteSyncEnabled` is its old name.
        package var newEnabled: Bool { isTrue(values["newenabled"] ?? values["remotesyncenabled"]) }
        package var autostart: Bool { isTrue(values["autostart"]) }
        package var isHidden: Bool { isTrue(values["hidden"]) }
    }
}

private func filled(_ value: String?) -> String? { value?.isEmpty == false ? value : nil }

/// The words that stand for yes (contract §1).
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
