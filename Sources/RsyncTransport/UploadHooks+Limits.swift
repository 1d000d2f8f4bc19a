import HookHost
import HookWire
import LinboModel
import Logging
package import Uploads

// How much, how many, how slowly.
extension UploadHooks {
    /// All whose connections live and whose file is known.
    package func running() -> [RunningUpload] {
        records.addresses().flatMap { address in
            records.connections(of: address).compactMap { connection in
                guard connection.isAlive, let ticket = records.ticket(of: connection, address: address),
                    let delivery = ticket.deliveries.first, delivery.decision == .upload,
                    let path = try? TreePath(delivery.path), let name = try? UploadName(path)
                else { return nil }
                return RunningUpload(
                    connection, address: address, label: ticket.host ?? address, name: name,
                    token: delivery.uploadToken, asked: ticket.asked, in: records.paths.view(of: address))
            }
        }
    }

    /// Whether an address is a host's beyond doubt: what anybody sends gives way to what it sends.
    func isKnown(_ address: String) -> Bool {
        guard let address = IPAddress(address) else { return false }
        return hosts.doubt(about: hosts.client(at: address)) == nil
    }

    /// Before an upload begins: whether there is room for one more.
    /// - Returns: uploads of the same image that were ended for it.
    /// - Throws: `Refusal`, `SystemError`.
    func checkRoom(for name: UploadName, of client: Client, _ connection: ConnectionID) throws -> [ConnectionID] {
        let all = running().filter { $0.connection != connection }
        let address = client.address.description
        let own = all.filter { $0.address == address }
        let settings = desk.settings
        guard own.count < settings.atOncePerAddress else {
            throw Refusal("\(own.count) uploads from \(address) run already: wait for the end of one")
        }
        if case .registration = name, own.contains(where: { $0.name.isRegistration }) {
            throw Refusal("another host is being registered from \(address): try again when that is done")
        }
        // What belongs to an image that has come must not be kept from it, and has a limit of its own.
        if !name.isSmall { try checkBytes(own, all, address) }
        if all.count >= settings.atOnce { try replaceOne(of: all, by: name, client) }
        return try replaceStranger(of: all, by: name, client)
    }

    private func checkBytes(_ own: [RunningUpload], _ all: [RunningUpload], _ address: String) throws {
        let limit = desk.settings.perAddress
        let stock = UploadStock(desk.paths)
        let sum = own.reduce(stock.byAddress[address] ?? 0) { $0 &+ $1.bytes }
        guard sum <= limit else {
            throw Refusal(
                "\(sum >> 20) MiB from \(address) are on the way already, of \(limit >> 20): wait until they are live"
            )
        }
        try desk.makeRoom(stock, all.reduce(0) { $0 &+ $1.bytes })
    }

    /// Who is in no devices.csv holds no image's name against a PC of the school.
    private func replaceStranger(
        of all: [RunningUpload], by name: UploadName, _ client: Client
    ) throws -> [ConnectionID] {
        let address = client.address.description
        let holders = all.filter { name.image != nil && $0.name.image == name.image && $0.address != address }
        guard !holders.isEmpty, isKnown(address) else { return [] }
        return try holders.filter { !isKnown($0.address) }.map { holder in
            try end(holder, Ending("\(client.label) goes first, as \(holder.label) is no host without doubt"))
            return holder.connection
        }
    }

    /// The least worthy gives way, if it is worth less.
    private func replaceOne(of all: [RunningUpload], by name: UploadName, _ client: Client) throws {
        let address = client.address.description
        let new = RunningUpload(
            ConnectionID(process: 0, started: 0), address: address, label: client.label, name: name, age: .zero,
            bytes: 0)
        let least = all.map { (worth: $0.worth(isKnown($0.address)), upload: $0) }
            .min { ($0.worth, $0.upload.age) < ($1.worth, $1.upload.age) }
        guard let least, least.worth < new.worth(isKnown(address)) else {
            throw Refusal("\(all.count) uploads run already: try again later")
        }
        try end(least.upload, Ending("\(all.count) uploads run, and \(client.label) goes first"))
    }

    /// Ends what goes beyond a limit. Called each second.
    /// - Throws: `SystemError`.
    package func keepLimits(_ watch: inout UploadWatch) throws {
        let running = running()
        let space = try desk.space
        guard !running.isEmpty else {
            _ = watch.look(at: [], stock: nil, space: space, isKnown: isKnown)
            return
        }
        let endings = watch.look(at: running, stock: UploadStock(desk.paths), space: space, isKnown: isKnown)
        for (upload, ending) in endings { try end(upload, ending) }
    }

    private func end(_ upload: RunningUpload, _ ending: Ending) throws {
        logger.error("\(upload.name.path): the upload of \(upload.label) is ended: \(ending.reason)")
        endedUploads.add(upload, ending)
        try desk.paths.end(upload.connection, ending)
    }
}
