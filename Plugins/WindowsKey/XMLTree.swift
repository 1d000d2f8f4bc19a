import CLibXML2

/// An XML document of libxml2, freed with the value. Nothing outside the file is ever opened, no entity is expanded.
struct XMLTree: ~Copyable {
    /// Why a file is none that can be changed. Holds nothing of its text.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case malformed(line: Int)
        case doctype
        case encoding

        var description: String {
            switch self {
            case .malformed(let line): "no well-formed XML, line \(line)"
            case .doctype: "a DOCTYPE, which answer files do not have"
            case .encoding: "it can't be written in its own encoding"
            }
        }
    }

    private static let options = Int32(
        XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
    private static let initialised: Void = xmlInitParser()

    private let document: xmlDocPtr
    private let marks: ByteOrderMark

    init(parsing bytes: [UInt8]) throws(Failure) {
        _ = Self.initialised
        marks = ByteOrderMark(of: bytes)
        guard let context = xmlNewParserCtxt() else { throw .malformed(line: 1) }
        defer { xmlFreeParserCtxt(context) }
        let parsed = Self.silently {
            bytes.withUnsafeBytes { raw in
                xmlCtxtReadMemory(
                    context, raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: raw.count), nil, nil,
                    Self.options)
            }
        }
        guard let parsed else { throw .malformed(line: max(1, Int(context.pointee.lastError.line))) }
        guard parsed.pointee.intSubset == nil else {
            xmlFreeDoc(parsed)
            throw .doctype
        }
        document = parsed
    }

    deinit { xmlFreeDoc(document) }

    /// All elements in the order of the file. They are valid as long as the tree.
    var elements: [XMLElement] {
        var found: [XMLElement] = []
        var pending = [xmlDocGetRootElement(document)].compactMap { $0 }.map(XMLElement.init)
        while let element = pending.popLast() {
            found.append(element)
            pending += element.children.reversed()
        }
        return found
    }

    /// The document in the encoding and with the byte order mark that it came with.
    func serialised() throws(Failure) -> [UInt8] {
        guard let buffer = xmlBufferCreate() else { throw .encoding }
        defer { xmlBufferFree(buffer) }
        // libxml2 has -1 here only if there is no XML declaration, and -2 if that does not say `standalone`.
        let hasDeclaration = document.pointee.standalone != -1
        let options = XML_SAVE_AS_XML.rawValue | (hasDeclaration ? 0 : XML_SAVE_NO_DECL.rawValue)
        let isSaved = Self.silently {
            guard let context = xmlSaveToBuffer(buffer, encoding, Int32(options)) else { return false }
            let written = xmlSaveDoc(context, document)
            return xmlSaveClose(context) >= 0 && written >= 0
        }
        guard isSaved, let content = xmlBufferContent(buffer) else { throw .encoding }
        let bytes = UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(buffer)))
        return marks.restored(on: Array(bytes))
    }

    private var encoding: String {
        let declared = document.pointee.encoding.map { String(cString: $0) }
        guard marks.isUTF16 else { return declared ?? "UTF-8" }
        return declared?.lowercased() == "utf-16" ? declared ?? "UTF-16" : "UTF-16"
    }

    /// libxml2 writes errors of a thread to stderr if nobody takes them.
    private static func silently<Value>(_ body: () -> Value) -> Value {
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        defer { xmlSetStructuredErrorFunc(nil, nil) }
        return body()
    }
}

/// How a file says its encoding before its first character.
enum ByteOrderMark: Equatable {
    case none, utf8, utf16LittleEndian, utf16BigEndian

    init(of bytes: [UInt8]) {
        switch (bytes.first, bytes.dropFirst().first, bytes.dropFirst(2).first) {
        case (0xEF, 0xBB, 0xBF): self = .utf8
        case (0xFF, 0xFE, _): self = .utf16LittleEndian
        case (0xFE, 0xFF, _): self = .utf16BigEndian
        default: self = .none
        }
    }

    var isUTF16: Bool { self == .utf16LittleEndian || self == .utf16BigEndian }

    /// libxml2 writes UTF-16 little-endian with its mark, and UTF-8 without one.
    func restored(on bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .none, .utf16LittleEndian: return bytes
        case .utf8: return [0xEF, 0xBB, 0xBF] + bytes
        case .utf16BigEndian:
            var swapped = bytes
            for index in stride(from: 0, to: swapped.count - 1, by: 2) { swapped.swapAt(index, index + 1) }
            return swapped
        }
    }
}
