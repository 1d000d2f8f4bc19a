import LinboModel

/// The managed section: Windows installs the host's key itself at its next start, and forgets the order.
extension RegistryTransform {
    static let runOnceKey = #"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce"#
    static let runOnceName = "LinboProductKey"

    /// The command, not yet escaped. Windows expands no `%windir%` in a plain string of RunOnce.
    static func runOnceCommand(_ key: ProductKey) -> String {
        #"C:\Windows\System32\cscript.exe //b C:\Windows\System32\slmgr.vbs /ipk \#(key.text)"#
    }

    func addRunOnce(to text: inout RegistryText, _ ring: inout KeyRing, _ remarks: inout [String]) {
        guard !Self.hasRunOnce(text) else { return }
        guard Self.hasHeader(text) else {
            remarks.append("RunOnce not added: the file does not begin as a registry file")
            return
        }
        guard let key = ring.key(.windows) else { return }
        let end = Self.lineEnd(text)
        let isEnded = text.units.last == Unit.lineFeed
        let section = [
            isEnded ? "" : end, end, "[\(Self.runOnceKey)]", end,
            "\"\(Self.runOnceName)\"=\"\(Self.escaped(Self.runOnceCommand(key)))\"", end,
        ]
        // All of it is ASCII, which each encoding has.
        text.append(text.encode(section.joined()) ?? [])
    }

    private static func hasRunOnce(_ text: RegistryText) -> Bool {
        let section = "[\(runOnceKey)]".lowercased()
        var isInside = false
        for line in text.lines {
            let body = text.trimmed(line.range)
            if let first = body.first, text.units[first] == Unit.bracket {
                isInside = text.text(body).lowercased() == section
            } else if isInside, let value = text.value(in: line),
                text.text(value.name).lowercased() == runOnceName.lowercased()
            {
                return true
            }
        }
        return false
    }

    private static func hasHeader(_ text: RegistryText) -> Bool {
        guard let first = text.lines.first(where: { !text.trimmed($0.range).isEmpty }) else { return false }
        let header = text.text(text.trimmed(first.range))
        return header.hasPrefix("Windows Registry Editor Version") || header == "REGEDIT4"
    }

    /// Of the first line; CRLF, which regedit writes, if there is none.
    private static func lineEnd(_ text: RegistryText) -> String {
        guard let first = text.lines.first(where: { _ in true }), first.range.upperBound < text.units.count else {
            return "\r\n"
        }
        return text.units[first.range.upperBound] == Unit.carriageReturn ? "\r\n" : "\n"
    }
}
