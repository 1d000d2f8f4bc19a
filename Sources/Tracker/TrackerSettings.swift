package import LinboModel

/// What a tracker listens on, and its limits.
package struct TrackerSettings: Sendable {
    /// TCP and UDP; of IPv4 only, as LINBO is.
    package var listen: [ListenAddress]

    /// How long clients wait between two announces, in seconds. A PC that comes finds those that were there before, so
    /// nobody needs to ask soon; but what a PC has left is told with each announce, and who was cut off is listed for
    /// two intervals. So a PC that downloads tells within a minute (aria2c, which LINBO runs, at `leastInterval`), one
    /// that seeds within five. 500 PCs that download are then at most 17 announces a second, at some 25 µs of CPU time
    /// each: a twentieth of a per cent of a core (`Benchmarks/bench.py --only tracker`).
    package var interval: UInt32 = 60
    /// In seconds: some clients ask that often.
    package var leastInterval: UInt32 = 30
    /// In seconds, for those that have all.
    package var seedInterval: UInt32 = 300

    /// Peers of an answer.
    package var answerLimit = 50
    /// Of a torrent; who comes later is told of others, but is not listed.
    package var peerLimit = 4096
    /// Of a torrent, by one address: of more, the ones that it announced longest ago are taken for ended.
    package var peersOfAddress = 4

    /// Requests a second of one address; 0: any number. The daemon's own may ask as often as they like.
    package var requestRate = 20
    /// At once, after a pause: a PC that was switched on announces each image that it has.
    package var requestBurst = 100
    /// TCP connections that have not sent their request yet, in all, and of one address: the oldest one ends for a new
    /// one.
    package var connectionLimit = 1024
    package var connectionsOfAddress = 16
    /// For a request to be there whole, in seconds.
    package var patience: UInt32 = 10

    /// The port that clients of LINBO know.
    package static let standardPort: UInt16 = 6969

    /// - Parameter listen: of IPv4.
    package init(listen: [ListenAddress] = [ListenAddress(address: IPAddress(v4: 0), port: standardPort)]) {
        self.listen = listen
    }
}
