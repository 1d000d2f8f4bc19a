package import HookStore
import LinboModel

/// What every LINBO client asks for at each boot (docs/linbo.md#paths-that-are-asked), to see where one got stuck.
package enum BootSteps {
    /// Much that clients ask for is rarely there, and no fault.
    package static func isExpectedMiss(_ entry: AuditEntry) -> Bool {
        guard entry.decision == .missing else { return false }
        let usual = [
            "tmp/", "boot/grub/spool/", "linbocmd/", "winact/", "linuxmuster-", "drivers/", "boot/grub/themes",
            "boot/grub/hostcfg/", "start.conf_", "torrent-client.conf",
        ]
        return usual.contains { entry.path.hasPrefix($0) }
            || [".qdiff", ".info", ".reg", ".postsync", ".prestart", ".macct"].contains { entry.path.hasSuffix($0) }
    }

    static func missing(for host: LinboModel.Host, in entries: [AuditEntry]) -> [String] {
        let asked = Set(entries.filter { $0.transport != "api" }.map(\.path))
        guard !asked.isEmpty else { return [] }
        let expected = [
            "start.conf.\(host.group)", "linbofs64.md5", "boot/grub/themes", "linuxmuster-win",
            "linbocmd/\(host.name).cmd",
        ]
        return expected.filter { !asked.contains($0) }
    }
}
