import Torrent

/// By UDP (BEP 15).
extension TrackerEngine {
    func answerPackets(of descriptor: Int32) {
        for _ in 0..<Self.turn {
            guard let (packet, address) = datagrams.receive(descriptor) else { return }
            readMail()
            guard let request = DatagramRequest(packet), let answer = answer(request, from: address) else { continue }
            datagrams.answer(descriptor, answer)
        }
    }

    private func answer(_ request: DatagramRequest, from address: UInt32) -> [UInt8]? {
        // Anybody may send this in another's name: it costs nobody anything, and the answer is no longer than it.
        if request.content == .success(.connect) {
            let connection = connectionIDs.make(for: address, at: now.nanoseconds)
            return DatagramAnswer.connect(request.transaction, connection)
        }
        guard connectionIDs.isValid(request.connection, for: address, at: now.nanoseconds) else {
            counters.countRefusal()
            return DatagramAnswer.failure(request.transaction, .notConnected)
        }
        guard admits(address) else { return nil }
        do throws(TrackerRefusal) {
            switch try request.content.get() {
            case .connect: return nil
            case .announce(let announce):
                let outcome = try table.announce(announce, from: address, at: now, places)
                counters.countAnnounce()
                tell(outcome.changes)
                return DatagramAnswer.announce(request.transaction, outcome.answer)
            case .scrape(let hashes):
                counters.countScrape()
                return DatagramAnswer.scrape(request.transaction, hashes.map { table.scrape([$0]).first?.figures })
            }
        } catch {
            counters.countRefusal()
            return DatagramAnswer.failure(request.transaction, error)
        }
    }
}
