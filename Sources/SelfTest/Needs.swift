import Glibc
import Programs

/// What a test of network boots needs on this machine.
package enum Needs {
    /// - Returns: why it can't run here, with the fix; nil if it can.
    package static func obstacle(_ firmware: [Firmware]) -> String? {
        guard geteuid() == 0 else {
            return "a network namespace takes root: run it with sudo"
        }
        let programs = [("ip", "iproute2"), ("dnsmasq", "dnsmasq-base"), ("qemu-system-x86_64", "qemu-system-x86")]
        let missing =
            programs.filter { !isInstalled($0.0) }.map(\.1)
            + firmware.flatMap(\.needs).filter { !$0.isThere }.map(\.package)
        guard missing.isEmpty else {
            return "a PC to boot is missing: apt-get install --no-install-recommends \(missing.joined(separator: " "))"
        }
        guard access("/dev/net/tun", W_OK) == 0 else {
            return "there is no /dev/net/tun: modprobe tun, or give it to this container"
        }
        return nil
    }

    private static func isInstalled(_ program: String) -> Bool {
        Program.usualPath.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }
}
