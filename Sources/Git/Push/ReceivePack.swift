internal import Threads

/// Asking a server to move refs, and reading what it made of it.
///
/// Specified in gitprotocol-pack(5), "Pushing Data To a Server", and gitprotocol-capabilities(5).
enum ReceivePack {
    /// How many bytes a report may have; it is a line a ref.
    private static let maximumReport = 1 << 20
    /// How many lines of what a server says to people are kept.
    private static let maximumMessages = 40

    /// The commands and, behind them, the pack.
    ///
    /// - Parameters:
    ///   - pack: nil when every command deletes, for then none may follow.
    ///   - isAtomic: whether all refs are to be moved, or none.
    static func request(
        _ updates: [RefUpdate], pack: [UInt8]?, isAtomic: Bool, _ capabilities: Capabilities
    ) -> [UInt8] {
        var words: [String] = []
        for word in ["report-status-v2", "side-band-64k", "quiet"] where capabilities.has(word) { words.append(word) }
        if !capabilities.has("report-status-v2") { words.append("report-status") }
        if isAtomic { words.append("atomic") }
        if capabilities.has("object-format") { words.append("object-format=sha1") }
        if capabilities.has("agent") { words.append(Command.agent) }
        let none = String(repeating: "0", count: 2 * ObjectID.byteCount)
        var request: [UInt8] = []
        for (index, update) in updates.enumerated() {
            var line = "\(update.old?.hex ?? none) \(update.new?.hex ?? none) \(update.ref)"
            if index == 0 { line += "\0 " + words.joined(separator: " ") }
            request += PktLine.encode(line)
        }
        return request + PktLine.flush + (pack ?? [])
    }

    /// What a server reported: of each ref an empty text, or why it was not moved.
    struct Report: Equatable {
        var reasons: [String: String?] = [:]
        var messages: [String] = []
    }

    /// Reads the report that ends the conversation.
    ///
    /// - Throws: `ProtocolFault`, `ServerRefusal`
    static func readReport(_ reader: PktReader, _ updates: [RefUpdate], _ capabilities: Capabilities) throws -> Report {
        guard capabilities.has("side-band-64k") else {
            return Report(reasons: try reasons(reader, updates))
        }
        let (bytes, messages) = try demultiplex(reader)
        return Report(reasons: try reasons(PktReader(OneChunk(bytes)), updates), messages: messages)
    }

    /// `unpack ok`, and of each ref `ok REF`, with lines of options behind it in version 2, or `ng REF REASON`.
    private static func reasons(_ reader: PktReader, _ updates: [RefUpdate]) throws -> [String: String?] {
        var line: [UInt8] = []
        guard try reader.nextLine(&line) == .data, line.starts(with: "unpack ") else {
            throw Advertisement.unexpected(line)
        }
        let unpacked = Sanitized.line(line.dropFirst("unpack ".utf8.count))
        var reasons: [String: String?] = [:]
        while try reader.nextLine(&line) == .data {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count >= 2 else { throw Advertisement.unexpected(line) }
            if words[0].elementsEqual("option".utf8) { continue }
            guard let update = updates.first(where: { $0.ref.utf8.elementsEqual(words[1]) })
            else { throw Advertisement.unexpected(line) }
            switch String(decoding: words[0], as: UTF8.self) {
            case "ok" where unpacked == "ok": reasons.updateValue(nil, forKey: update.ref)
            case "ng":
                var reason = words.count > 2 ? Sanitized.line(words[2]) : ""
                if unpacked != "ok" { reason = "\(reason): \(unpacked)" }
                reasons.updateValue(reason, forKey: update.ref)
            default: throw Advertisement.unexpected(line)
            }
        }
        // Who is not told that a ref was moved must not take it for moved.
        guard updates.allSatisfy({ reasons.keys.contains($0.ref) }) else { throw ProtocolFault.truncated }
        return reasons
    }

    /// The report is on channel 1, words for people on 2, the reason for an end on 3; a flush packet ends it.
    private static func demultiplex(_ reader: PktReader) throws -> (report: [UInt8], messages: [String]) {
        var (report, words): ([UInt8], [UInt8]) = ([], [])
        var packet: [UInt8] = []
        while let kind = try reader.next(&packet) {
            if kind == .flush { return (report, messages(in: words)) }
            guard kind == .data, let channel = packet.first else { throw Advertisement.unexpected(packet) }
            try reader.countTalk(packet)
            switch channel {
            case 1:
                report += packet.dropFirst()
                guard report.count <= maximumReport else { throw ProtocolFault.tooLong }
            case 2:
                if words.count < maximumReport { words += packet.dropFirst() }
            case 3: throw ServerRefusal(packet.dropFirst())
            default:
                if packet.starts(with: "ERR ") { throw ServerRefusal(packet.dropFirst(4)) }
                throw Advertisement.unexpected(packet)
            }
        }
        throw ProtocolFault.truncated
    }

    /// The last lines, without those that show how far something is.
    private static func messages(in words: [UInt8]) -> [String] {
        let lines = words.split(separator: UInt8(ascii: "\n")).compactMap { line -> String? in
            // A carriage return goes back to the line's beginning, to write over what stood there.
            let last = line.split(separator: UInt8(ascii: "\r")).last ?? []
            let text = Sanitized.line(last)
            return text.isEmpty ? nil : text
        }
        return Array(lines.suffix(maximumMessages))
    }
}

/// Bytes in memory as a stream.
private final class OneChunk: ByteSource {
    private var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var interruption: @Sendable () -> Void { {} }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard !bytes.isEmpty else { return false }
        (chunk, bytes) = (bytes, [])
        return true
    }
}
