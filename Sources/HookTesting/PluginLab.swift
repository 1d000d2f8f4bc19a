import Foundation
package import HookConfig
package import HookHost
package import HookStore
import LinboHookd
import LinboModel
import Logging

/// A server in a temporary directory for tests of one plugin: a tree, schools, a database. The directory goes with it.
///
/// pc01 is 127.0.0.2, pc02 is 127.0.0.3, and so on, as a client on this machine can have any of these addresses;
/// 127.0.0.200 and above, from number 199 on, are for clients that are in no devices.csv.
package final class PluginLab<Plugin: HookPlugin>: Sendable {
    package let directory: String
    /// What is logged while it is at work.
    package let log = LogLines()

    /// - Parameters:
    ///   - devices: rows of the default school's devices.csv; pc01 to pc04 of group win11 if nothing is said.
    ///   - setup: setup.ini.
    package init(
        devices: String = (1...4).map { deviceRow($0) }.joined(),
        setup: String = "[setup]\nsambadomain = LINUXMUSTER\ndomainname = lm.lan\n"
    ) throws {
        directory = "/tmp/linbo-lab-\(UUID().uuidString)"
        try write(devices, to: "schools/default-school/devices.csv")
        try write(setup, to: "setup.ini")
        try makeDirectory("tree")
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    // MARK: Files

    /// The root of the tree.
    package var tree: String { "\(directory)/tree" }

    /// - Parameter path: below the lab's directory; what clients can ask for lies below `tree`.
    package func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws {
        let url = URL(filePath: "\(directory)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url, options: .atomic)
        chmod(url.path(percentEncoded: false), mode)
    }

    /// The same for a text.
    package func write(_ text: String, to path: String, mode: UInt32 = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
    }

    // MARK: What clients ask

    /// The database, with the plugin's tables.
    package func store() throws -> Store {
        try Store(directory: "\(directory)/state", migrations: Store.migrations(of: [Plugin.self]))
    }

    /// A daemon just started, with the plugin as the only one of its chain.
    /// - Parameters:
    ///   - settings: what stands below the plugin's name, as YAML; errors name its lines as those of `config.yaml`.
    ///   - store: nil: the daemon can't use its database. If nothing is said, it is the lab's own.
    ///   - state: the directory of its state, below the lab's.
    /// - Throws: `ConfigError` for what is wrong in the settings.
    package func desk(_ settings: String = "", store: Store?, state: String = "state") throws -> Desk<Plugin> {
        try makeDirectory(state)
        let config = try Config(configuration(settings, state), file: "\(directory)/config.yaml", known: [Plugin.self])
        let logger = Logger(label: "lab") { [log] _ in log }
        return try Desk(lab: self, assembly: Assembly(config, store: store, logger: logger), logger: logger)
    }

    /// The same with the lab's own database.
    package func desk(_ settings: String = "", state: String = "state") throws -> Desk<Plugin> {
        try desk(settings, store: try store(), state: state)
    }

    /// Writes what the daemon works with as `config.yaml`, so that commands find it.
    private func configuration(_ settings: String, _ state: String) throws -> ConfigNode {
        let text = """
            linbo: {root: \(tree), schools: \(directory)/schools, setup: \(directory)/setup.ini}
            state: \(directory)/\(state)
            socket: \(directory)/hook.sock
            hook: {wait: 60s}
            rsync: {secrets: \(directory)/rsyncd.secrets}
            tftp: {listen: [], threads: 1}
            """
        try write(text, to: "config.yaml")
        let frame = try ConfigNode(yaml: text, file: "lab.yaml")
        guard case .map(let entries) = frame.value else { return frame }
        let top = SourceLocation(file: "config.yaml", line: 1, column: 1)
        let name = Plugin.name.description
        // The settings are parsed by themselves, so that errors name their lines.
        let choice =
            settings.isEmpty
            ? ConfigNode.Value.text(name)
            : .map([.init(key: name, location: top, value: try ConfigNode(yaml: settings, file: "config.yaml"))])
        let plugins = ConfigNode(.list([ConfigNode(choice, at: top)]), at: top)
        return ConfigNode(.map(entries + [.init(key: "plugins", location: top, value: plugins)]), at: top)
    }
}

/// A row of devices.csv: `deviceRow(2)` is pc02, whose address is 127.0.0.3.
package func deviceRow(
    _ number: Int, room: String = "r101", group: String = "win11", office: String = "", windows: String = "",
    pxe: Int = 1
) -> String {
    let digits = number < 10 ? "0\(number)" : "\(number)"
    return
        "\(room);pc\(digits);\(group);52:54:00:00:00:\(digits);127.0.0.\(number + 1);\(office);\(windows);;;;\(pxe)\n"
}

extension PluginSection {
    /// What stands below a plugin's name, without a configuration around it.
    package init(yaml: String) throws(ConfigError) {
        self.init(
            node: yaml.isEmpty ? nil : try ConfigNode(yaml: yaml, file: "config.yaml"),
            location: SourceLocation(file: "config.yaml", line: 1, column: 1))
    }
}
