import HeapModule

/// Which transfers to look at, and when. A deadline that moves back costs nothing: it is seen at the earlier look.
struct Timers {
    private struct Entry: Comparable {
        let moment: UInt64
        let transfer: Transfer

        static func == (left: Entry, right: Entry) -> Bool { left.moment == right.moment }
        static func < (left: Entry, right: Entry) -> Bool { left.moment < right.moment }
    }

    private var heap = Heap<Entry>()

    /// The next look; nil if there is none.
    var next: UInt64? { heap.min?.moment }

    mutating func schedule(_ transfer: Transfer) {
        guard transfer.state.deadline < transfer.scheduled else { return }
        transfer.scheduled = transfer.state.deadline
        heap.insert(Entry(moment: transfer.scheduled, transfer: transfer))
    }

    /// The next transfer to look at; the caller schedules it again.
    mutating func popDue(at now: UInt64) -> Transfer? {
        while let entry = heap.min, entry.moment <= now {
            heap.removeMin()
            // An entry that a nearer one has replaced is void.
            guard entry.transfer.scheduled == entry.moment else { continue }
            entry.transfer.scheduled = .max
            return entry.transfer
        }
        return nil
    }
}
