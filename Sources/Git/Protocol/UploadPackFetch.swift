/// Asking a server for the pack of one commit, and taking the pack out of its answer.
///
/// Specified in gitprotocol-v2(5), `fetch`, and gitprotocol-pack(5), "Packfile Negotiation".
enum UploadPackFetch {
    /// How many commits of history are sent along.
    enum Depth: Equatable, Sendable {
        case commits(Int)
        case everything
    }

    // MARK: Version 2

    static func request2(_ wants: [ObjectID], _ depth: Depth, _ capabilities: Capabilities) -> [UInt8] {
        var request = Command.start("fetch", capabilities)
        request += PktLine.encode("no-progress") + PktLine.encode("ofs-delta")
        if case .commits(let count) = depth { request += PktLine.encode("deepen \(count)") }
        for want in wants { request += PktLine.encode("want \(want)") }
        return request + PktLine.encode("done") + PktLine.flush
    }

    /// Asks for commits alone, without trees and files, of a server whose `fetch` has `filter`.
    ///
    /// - Parameters:
    ///   - have: a commit whose history is not wanted; if the server has it.
    ///   - isDone: whether the pack is to come whatever the server knows; otherwise it comes only once the server sees
    ///     that every wanted commit leads to the one that is there.
    static func commitsRequest2(
        _ wants: [ObjectID], have: ObjectID?, isDone: Bool, _ capabilities: Capabilities
    ) -> [UInt8] {
        var request = Command.start("fetch", capabilities)
        request += PktLine.encode("no-progress") + PktLine.encode("ofs-delta") + PktLine.encode("filter tree:0")
        for want in wants { request += PktLine.encode("want \(want)") }
        if let have { request += PktLine.encode("have \(have)") }
        if isDone { request += PktLine.encode("done") }
        return request + PktLine.flush
    }

    /// Asks for commits alone, without trees and files, and for so much of their history, of a server whose `fetch` has
    /// `filter`, and `shallow` where not everything is wanted. Tags come with what they lead to.
    static func commitsRequest2(_ wants: [ObjectID], _ depth: Depth, _ capabilities: Capabilities) -> [UInt8] {
        var request = Command.start("fetch", capabilities)
        request += PktLine.encode("no-progress") + PktLine.encode("ofs-delta") + PktLine.encode("filter tree:0")
        if case .commits(let count) = depth { request += PktLine.encode("deepen \(count)") }
        for want in wants { request += PktLine.encode("want \(want)") }
        return request + PktLine.encode("done") + PktLine.flush
    }

    /// Asks for one object alone, of a server whose `fetch` has `filter` and `shallow`: a commit without its tree and its
    /// history, or a tree without what is in it.
    static func objectRequest2(_ want: ObjectID, _ capabilities: Capabilities) -> [UInt8] {
        var request = Command.start("fetch", capabilities)
        request += PktLine.encode("no-progress") + PktLine.encode("filter tree:0") + PktLine.encode("deepen 1")
        return request + PktLine.encode("want \(want)") + PktLine.encode("done") + PktLine.flush
    }

    /// What a server says to `have` lines.
    enum Acknowledgment: Equatable {
        /// It has no such object.
        case unknown
        /// It has the object, and does not send a pack yet.
        case known
        /// It has the object, and the pack follows.
        case ready
    }

    /// Reads the section that answers `have` lines, up to the pack if one follows.
    ///
    /// - Throws: `ProtocolFault`, `ServerRefusal`
    static func readAcknowledgments(_ reader: PktReader) throws -> Acknowledgment {
        var line: [UInt8] = []
        guard try reader.nextLine(&line) == .data, line.elementsEqual("acknowledgments".utf8)
        else { throw Advertisement.unexpected(line) }
        var answer = Acknowledgment.unknown
        while true {
            switch try reader.nextLine(&line) {
            case .data where line.elementsEqual("ready".utf8): answer = .ready
            case .data where line.starts(with: "ACK "): answer = answer == .ready ? .ready : .known
            case .data where line.elementsEqual("NAK".utf8): break
            case .delimiter where answer == .ready, .flush where answer != .ready: return answer
            default: throw Advertisement.unexpected(line)
            }
        }
    }

    /// Hands the bytes of the pack to `body`.
    ///
    /// - Returns: whether history is cut off somewhere: as was asked for, or because the server has no more.
    /// - Throws: `ProtocolFault`, `ServerRefusal`, and what `body` throws.
    @discardableResult
    static func readPack2(_ reader: PktReader, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        var line: [UInt8] = []
        var isShallow = false
        while true {
            guard try reader.nextLine(&line) == .data else { throw Advertisement.unexpected(line) }
            switch String(decoding: line, as: UTF8.self) {
            case "packfile":
                try readSideBand(reader, body)
                return isShallow
            case "acknowledgments", "shallow-info", "wanted-refs":
                // Where it is cut off does not matter: nothing of the history is used but what was asked for.
                if line.elementsEqual("shallow-info".utf8) { isShallow = true }
                var kind = try reader.nextLine(&line)
                while kind == .data { kind = try reader.nextLine(&line) }
                guard kind == .delimiter else { throw Advertisement.unexpected(line) }
            default: throw Advertisement.unexpected(line)
            }
        }
    }

    // MARK: Version 0

    static func request0(_ wants: [ObjectID], _ depth: Depth, _ capabilities: Capabilities) -> [UInt8] {
        var words: [String] = []
        for word in ["side-band-64k", "ofs-delta", "no-progress"] where capabilities.has(word) { words.append(word) }
        if !capabilities.has("side-band-64k") && capabilities.has("side-band") { words.append("side-band") }
        if capabilities.has("object-format") { words.append("object-format=sha1") }
        if capabilities.has("agent") { words.append(Command.agent) }
        var request: [UInt8] = []
        for (index, want) in wants.enumerated() {
            request += PktLine.encode(index == 0 ? "want \(want) " + words.joined(separator: " ") : "want \(want)")
        }
        if case .commits(let count) = depth { request += PktLine.encode("deepen \(count)") }
        return request + PktLine.flush + PktLine.encode("done")
    }

    /// Hands the bytes of the pack to `body`.
    ///
    /// - Throws: `ProtocolFault`, `ServerRefusal`, and what `body` throws.
    static func readPack0(
        _ reader: PktReader, _ depth: Depth, _ capabilities: Capabilities,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var line: [UInt8] = []
        if depth != .everything {
            var kind = try reader.nextLine(&line)
            while kind == .data {
                guard line.starts(with: "shallow ") || line.starts(with: "unshallow ")
                else { throw Advertisement.unexpected(line) }
                kind = try reader.nextLine(&line)
            }
            guard kind == .flush else { throw Advertisement.unexpected(line) }
        }
        guard try reader.nextLine(&line) == .data, line.elementsEqual("NAK".utf8)
        else { throw Advertisement.unexpected(line) }
        if capabilities.has("side-band-64k") || capabilities.has("side-band") {
            try readSideBand(reader, body)
        } else {
            try reader.forEachRest(body)
        }
    }

    // MARK: Side band

    /// The pack is on channel 1, messages for people on 2, the reason for an end on 3; a flush packet ends it.
    private static func readSideBand(_ reader: PktReader, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var packet: [UInt8] = []
        while let kind = try reader.next(&packet) {
            if kind == .flush { return }
            guard kind == .data, let channel = packet.first else { throw Advertisement.unexpected(packet) }
            if channel != 1 || packet.count == 1 { try reader.countTalk(packet) }
            switch channel {
            case 1: try packet.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0.dropFirst())) }
            case 2: break
            case 3: throw ServerRefusal(packet.dropFirst())
            default:
                if packet.starts(with: "ERR ") { throw ServerRefusal(packet.dropFirst(4)) }
                throw Advertisement.unexpected(packet)
            }
        }
        throw ProtocolFault.truncated
    }
}
