/// What a server says first: in protocol v2 what it can do, before that all of its refs.
///
/// Specified in gitprotocol-v2(5) and gitprotocol-pack(5).
enum Advertisement: Sendable {
    case version2(Capabilities)
    case version0(RemoteRefs, Capabilities)

    /// Reads the advertisement up to and including its flush packet.
    ///
    /// - Parameter service: who is to speak.
    /// - Throws: `ProtocolFault`, `ServerRefusal`, `ForeignObjectFormat`
    static func parse(_ reader: PktReader, of service: GitService = .uploadPack) throws -> Advertisement {
        var line: [UInt8] = []
        var kind = try reader.nextLine(&line)
        // The banner of smart HTTP. Some servers leave it away before version 2.
        if kind == .data && line.starts(with: "# service=") {
            guard line.elementsEqual("# service=\(service.rawValue)".utf8) else { throw unexpected(line) }
            guard try reader.nextLine(&line) == .flush else { throw unexpected(line) }
            kind = try reader.nextLine(&line)
        }
        if kind == .data && line.starts(with: "version ") {
            switch String(decoding: line.dropFirst(8), as: UTF8.self) {
            case "2": return .version2(try parseCapabilities(reader))
            case "1": kind = try reader.nextLine(&line)
            case let version: throw ProtocolFault.unsupportedVersion(Sanitized.line(version.utf8))
            }
        }
        return try parseRefs(reader, first: kind, line: line)
    }

    private static func parseCapabilities(_ reader: PktReader) throws -> Capabilities {
        var capabilities = Capabilities()
        var line: [UInt8] = []
        while true {
            switch try reader.nextLine(&line) {
            case .data: capabilities.add(line)
            case .flush:
                guard capabilities.objectFormat == "sha1" else { throw ForeignObjectFormat() }
                return capabilities
            default: throw unexpected(line)
            }
        }
    }

    private static func parseRefs(_ reader: PktReader, first: PktReader.Kind, line first_line: [UInt8]) throws
        -> Advertisement
    {
        var capabilities = Capabilities()
        var refs = RefCollector()
        var kind = first
        var line = first_line
        var isFirst = true
        while kind == .data {
            if isFirst, let nul = line.firstIndex(of: 0) {
                for word in line[(nul + 1)...].split(separator: UInt8(ascii: " ")) { capabilities.add(word) }
                line.removeSubrange(nul...)
            }
            isFirst = false
            if !line.starts(with: "shallow ") { try refs.add(line) }
            kind = try reader.nextLine(&line)
        }
        guard kind == .flush else { throw unexpected(line) }
        guard capabilities.objectFormat == "sha1" else { throw ForeignObjectFormat() }
        return .version0(refs.finish(symref: capabilities.symref(of: "HEAD")), capabilities)
    }

    static func unexpected(_ line: [UInt8]) -> ProtocolFault {
        .unexpectedPacket(Sanitized.line(line.prefix(100)))
    }
}

/// Gathers the lines `ID NAME` and `ID NAME^{}` of protocol v0.
struct RefCollector {
    private var refs: [RemoteRef] = []
    private var headCommit: ObjectID?

    mutating func add(_ line: [UInt8]) throws {
        let id = try parseObjectID(line.prefix { $0 != UInt8(ascii: " ") })
        let name = line.dropFirst(41)
        guard !name.isEmpty else { throw Advertisement.unexpected(line) }
        add(id, name)
    }

    mutating func add(_ id: ObjectID, _ name: ArraySlice<UInt8>) {
        // What an empty repository sends so that its capabilities have a line to stand on.
        if name.elementsEqual("capabilities^{}".utf8) { return }
        if name.elementsEqual("HEAD".utf8) {
            headCommit = id
            return
        }
        if name.ends(with: "^{}") {
            guard let last = refs.last, name.dropLast(3).elementsEqual(last.name.utf8) else { return }
            refs[refs.count - 1] = RemoteRef(name: last.name, id: last.id, peeled: id)
            return
        }
        if let name = refName(name) { refs.append(RemoteRef(name: name, id: id)) }
    }

    /// An old server does not say what `HEAD` points to; then it is the branch that it must be, if there is only one
    /// candidate or `master` or `main` is among them, as git guesses too.
    /// - Parameter symref: what the server says `HEAD` points to, whatever it is.
    consuming func finish(symref: String?) -> RemoteRefs {
        var head = symref.flatMap { refName($0.utf8) }
        if symref == nil, let headCommit {
            let candidates = refs.filter { RefName.hasPrefix($0.name, RefName.heads) && $0.id == headCommit }
            let usual = candidates.first { $0.name == "refs/heads/master" || $0.name == "refs/heads/main" }
            head = (usual ?? (candidates.count == 1 ? candidates.first : nil))?.name
        }
        return RemoteRefs(head: head, headCommit: headCommit, refs: refs)
    }
}

/// - Throws: `ForeignObjectFormat` for the 64 digits of SHA-256, `ProtocolFault` for anything that is no id.
func parseObjectID(_ digits: some Collection<UInt8>) throws -> ObjectID {
    if let id = ObjectID(hexDigits: digits) { return id }
    if digits.count == 64 { throw ForeignObjectFormat() }
    throw ProtocolFault.unexpectedPacket(Sanitized.line(digits.prefix(100)))
}

/// The name of a ref as text; nil for one that no lock file can hold, or that git would not allow.
func refName(_ bytes: some Collection<UInt8>) -> String? {
    guard let name = String(validating: bytes, as: UTF8.self), RefName.isValid(name) else { return nil }
    return name
}
