import LinboModel

/// Makes a registry file one host's own. The client's placeholders, `{$HostName$}` and `@@hostname@@`, stay.
struct RegistryTransform {
    let room: String
    let group: String
    /// nil: not known.
    let sambaDomain: String?
    let injectsRunOnce: Bool

    /// Further remarks of one kind are only counted.
    private static let remarkLimit = 20

    func apply(to template: [UInt8], _ ring: KeyRing) -> Rewrite {
        let original = RegistryText(template)
        var text = original
        var ring = ring
        var remarks: [String] = []
        replacePlaceholders(in: &text, &ring, &remarks)
        setDomain(in: &text, &remarks)
        if injectsRunOnce { addRunOnce(to: &text, &ring, &remarks) }
        let omitted = remarks.count - Self.remarkLimit
        if omitted > 0 { remarks = remarks.prefix(Self.remarkLimit) + ["\(omitted) more remarks on this file"] }
        return Rewrite(
            bytes: text == original ? nil : text.bytes, remarks: ring.remarks + remarks, refusal: ring.refusal)
    }

    /// As a string in quotes wants it.
    static func escaped(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.flatMap { $0 == "\\" || $0 == "\"" ? ["\\", $0] : [$0] }))
    }
}

// MARK: - Placeholders

extension RegistryTransform {
    private func replacePlaceholders(in text: inout RegistryText, _ ring: inout KeyRing, _ remarks: inout [String]) {
        var edits: [RegistryText.Edit] = []
        for placeholder in text.placeholders where placeholder.word != "hostname" {
            let place = "@@\(placeholder.word.prefix(64))@@ in line \(placeholder.line)"
            guard let value = value(of: placeholder.word, &ring) else {
                remarks.append("unknown placeholder \(place)")
                continue
            }
            guard let units = text.encode(Self.escaped(value)) else {
                remarks.append("\(place) left as it is: the file's encoding lacks a character of its value")
                continue
            }
            if value.isEmpty { remarks.append("\(place) replaced by nothing: the host has no value for it") }
            edits.append(RegistryText.Edit(range: placeholder.range, units: units))
        }
        text.apply(edits)
    }

    /// Empty: the host has none. nil: the word is not known.
    private func value(of word: String, _ ring: inout KeyRing) -> String? {
        switch word {
        case "windows_key": ring.key(.windows)?.text ?? ""
        case "office_key": ring.key(.office)?.text ?? ""
        case "sambadomain": sambaDomain ?? ""
        case "room": room
        case "group": group
        default: nil
        }
    }
}

// MARK: - "Domain"

extension RegistryTransform {
    /// Sets every value named exactly `Domain` (defect 31, docs/linbo.md#defects-of-the-old-hooks).
    private func setDomain(in text: inout RegistryText, _ remarks: inout [String]) {
        var edits: [RegistryText.Edit] = []
        let domain = sambaDomain.flatMap { text.encode("\"\(Self.escaped($0))\"") }
        for line in text.lines {
            guard let value = text.value(in: line), text.text(value.name).lowercased() == "domain" else { continue }
            let left = "\"Domain\" in line \(line.number) left as it is: "
            switch text.data(of: value, in: line) {
            case .removal: continue
            case .unclosed: remarks.append(left + "its value has no end quote")
            case .range(let range):
                guard let domain else {
                    remarks.append(left + "no sambadomain that can stand in this file")
                    continue
                }
                if text.units[range] != domain[...] { edits.append(RegistryText.Edit(range: range, units: domain)) }
            }
        }
        text.apply(edits)
    }
}
