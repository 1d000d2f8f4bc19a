import HookTesting

@testable import GrubImg

typealias Lab = PluginLab<GrubImg>

/// pc01 and pc02 have a start.conf, pc03's group has none, pc04 does not boot from the network.
extension PluginLab<GrubImg> {
    convenience init() throws {
        try self.init(devices: deviceRow(1) + deviceRow(2) + deviceRow(3, group: "nothing") + deviceRow(4, pxe: 0))
        try write(Self.startConf, to: "tree/start.conf.win11")
    }

    static var startConf: String {
        """
        [LINBO]
        Cache = /dev/sda2
        Group = win11
        KernelOptions = quiet dhcpretry=9 root=LABEL=x
        [Partition]
        Dev = /dev/sda1
        Label = windows
        [Partition]
        Dev = /dev/sda2
        Label = cache
        [OS]
        Name = Windows 11
        BaseImage = win11.qcow2
        Root = /dev/sda1
        Kernel = auto
        Initrd =
        Append =

        """
    }
}

/// What GRUB's own parser says of a configuration; nil if it takes it.
func grubComplaint(_ text: String) async throws -> String? {
    let lab = try PluginLab<GrubImg>(devices: "")
    try lab.write(text, to: "script")
    let result = try await Command.run("/usr/bin/grub-script-check", ["\(lab.directory)/script"])
    return result.status == 0 ? nil : "\(result)"
}
