import Foundation
import HookWire
import LinboHookd
import RsyncTransport

extension Desk {
    /// By an rsyncd and a client that are there for this one fetch.
    func fetchOverRsync(_ path: String, as host: Int) async throws -> [UInt8]? {
        let hooks = assembly.hooks
        try hooks.prepare()
        let listener = try HookListener(path: assembly.config.socket, logger: logger) { frame, isAbandoned in
            await hooks.handle(frame, isAbandoned: isAbandoned)
        }
        let modules = RsyncdConf.text(assembly.config, configFile: assembly.config.file, hook: Programs.hook)
        return try await served(by: listener.run) {
            let rsyncd = try await Rsyncd(modules, in: lab.directory)
            // Nobody is served any more; asked to end, rsyncd waits for a while first.
            defer { rsyncd.server.kill() }
            let bytes = try await pull(path, as: host, from: rsyncd)
            try await Rsyncd.settle(assembly.config.linbo.views)
            return bytes
        }
    }

    private func pull(_ path: String, as host: Int, from rsyncd: Rsyncd) async throws -> [UInt8]? {
        let inbox = "inbox-\(UUID().uuidString)"
        try lab.makeDirectory(inbox)
        // As LINBO's client fetches single files.
        let result = try await Command.run(
            Programs.rsync,
            [
                "--address=\(Self.addressText(of: host))", "--timeout=90", "-L", rsyncd.url(of: path),
                "\(lab.directory)/\(inbox)/file",
            ])
        switch result.status {
        case 0: return Array(try Data(contentsOf: URL(filePath: "\(lab.directory)/\(inbox)/file")))
        case 23 where result.errors.contains("No such file or directory"): return nil
        default: throw NeverCame(description: "\(path): \(result)\n\(rsyncd.server.logged)")
        }
    }
}
