import LinboModel

/// Sets what a Windows answer file asks for of one host, in elements that are there already.
struct AnswerFile {
    let computerName: HostName
    /// nil: not known, what the file says stays.
    let joinDomain: String?

    func apply(to template: [UInt8], _ ring: KeyRing) -> Rewrite {
        do throws(XMLTree.Failure) {
            let tree = try XMLTree(parsing: template)
            var ring = ring
            var isChanged = false
            var remarks: [String] = []
            if let fault = computerName.windowsFault,
                tree.elements.contains(where: { $0.isUnattend && $0.name == "ComputerName" })
            {
                remarks.append("ComputerName stays as it is: \(computerName): \(fault)")
            }
            for element in tree.elements where element.isUnattend {
                guard let target = target(of: element), let value = value(of: element, &ring) else { continue }
                guard !target.hasElements, target.text != value else { continue }
                target.setText(value)
                isChanged = true
            }
            return Rewrite(
                bytes: isChanged ? try tree.serialised() : nil, remarks: remarks + ring.remarks, refusal: ring.refusal)
        } catch {
            return Rewrite(remarks: ["served plain: \(error)"])
        }
    }

    /// The element that holds the value: of `ProductKey` its `Key`, if it has one, as below `UserData`.
    private func target(of element: XMLElement) -> XMLElement? {
        guard element.name == "ProductKey" else { return element }
        if let key = element.children.first(where: { $0.isUnattend && $0.name == "Key" }) { return key }
        return element.parentName == "UserData" ? nil : element
    }

    private func value(of element: XMLElement, _ ring: inout KeyRing) -> String? {
        switch element.name {
        case "ProductKey": ring.key(.windows)?.text
        case "ComputerName": computerName.windowsFault == nil ? computerName.description : nil
        case "JoinDomain": joinDomain.flatMap { DomainText.isValid($0) ? $0 : nil }
        default: nil
        }
    }
}
