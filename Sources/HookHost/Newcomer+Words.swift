import LinboModel

extension Newcomer {
    /// Why it gets nothing that only hosts of the school get.
    package var waits: String {
        "\(name) registered itself at \(localTime(Int(at / 1000))) and is not imported yet: run linuxmuster-import-devices, "
            + "or linboctl hosts admit \(name)"
    }
}
