/// Protocol v2's command that lists refs.
///
/// Specified in gitprotocol-v2(5), `ls-refs`.
enum LsRefs {
    /// More prefixes than this and the server sends every ref anyway.
    private static let maximumPrefixes = 1000

    static func request(_ queries: [RefQuery], _ capabilities: Capabilities) -> [UInt8] {
        var request = Command.start("ls-refs", capabilities)
        request += PktLine.encode("peel") + PktLine.encode("symrefs")
        if capabilities.has("unborn", of: "ls-refs") { request += PktLine.encode("unborn") }
        if let prefixes = queries.prefixes, prefixes.count <= maximumPrefixes {
            for prefix in prefixes { request += PktLine.encode("ref-prefix " + prefix) }
        }
        return request + PktLine.flush
    }

    /// Reads the answer: `ID NAME`, then `symref-target:NAME` and `peeled:ID` where they apply.
    ///
    /// - Throws: `ProtocolFault`, `ServerRefusal`, `ForeignObjectFormat`
    static func parseResponse(_ reader: PktReader) throws -> RemoteRefs {
        var head: String?
        var headCommit: ObjectID?
        var refs: [RemoteRef] = []
        var line: [UInt8] = []
        while true {
            let kind = try reader.nextLine(&line)
            if kind == .flush { return RemoteRefs(head: head, headCommit: headCommit, refs: refs) }
            guard kind == .data else { throw Advertisement.unexpected(line) }
            let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard words.count >= 2 else { throw Advertisement.unexpected(line) }
            let id = words[0].elementsEqual("unborn".utf8) ? nil : try parseObjectID(words[0])
            var target: String?
            var peeled: ObjectID?
            for word in words.dropFirst(2) {
                if word.starts(with: "symref-target:") { target = refName(word.dropFirst(14)) }
                if word.starts(with: "peeled:") { peeled = try parseObjectID(word.dropFirst(7)) }
            }
            if words[1].elementsEqual("HEAD".utf8) {
                head = target
                headCommit = id
            } else if let id, let name = refName(words[1]) {
                refs.append(RemoteRef(name: name, id: id, peeled: peeled))
            }
        }
    }
}

/// What all commands of protocol v2 begin with.
enum Command {
    static let agent = "agent=pinr"

    static func start(_ name: String, _ capabilities: Capabilities) -> [UInt8] {
        var request = PktLine.encode("command=" + name)
        if capabilities.has("agent") { request += PktLine.encode(agent) }
        if capabilities.has("object-format") { request += PktLine.encode("object-format=sha1") }
        return request + PktLine.delimiter
    }
}
