import CLibXML2

/// An element of an `XMLTree`, valid as long as that.
struct XMLElement {
    private let node: xmlNodePtr

    init(_ node: xmlNodePtr) {
        self.node = node
    }

    /// Without a prefix.
    var name: String { Self.text(node.pointee.name) }

    var parentName: String? {
        guard let parent = node.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return nil }
        return Self.text(parent.pointee.name)
    }

    /// In the namespace of answer files, or in none.
    var isUnattend: Bool {
        guard let namespace = node.pointee.ns else { return true }
        return Self.text(namespace.pointee.href) == "urn:schemas-microsoft-com:unattend"
    }

    var children: [XMLElement] {
        var found: [XMLElement] = []
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_ELEMENT_NODE { found.append(XMLElement(current)) }
            child = current.pointee.next
        }
        return found
    }

    var hasElements: Bool { !children.isEmpty }

    /// All text in it; a reference to an entity counts as none.
    var text: String {
        guard let content = xmlNodeGetContent(node) else { return "" }
        defer { linbo_xml_free(content) }
        return Self.text(content)
    }

    /// Replaces what is in it. `xmlNodeSetContent` would read `&` as an entity's begin, so it only empties the element.
    func setText(_ text: String) {
        xmlNodeSetContent(node, nil)
        xmlNodeAddContent(node, text)
    }

    private static func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }
}
