internal import Threads

/// Git's framing: four hexadecimal digits of length, which count themselves, and the payload.
///
/// Specified in gitprotocol-common(5).
enum PktLine {
    /// The longest packet, with its length.
    static let maximumLength = 65520

    static let flush = Array("0000".utf8)
    static let delimiter = Array("0001".utf8)

    /// A line of text as a packet, with the line end that the protocol asks for.
    static func encode(_ line: String) -> [UInt8] {
        encode(bytes: Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    static func encode(bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        let length = bytes.count + 4
        return [12, 8, 4, 0].map { digits[length >> $0 & 15] } + bytes
    }
}

/// What a server says instead of an answer: an `ERR` packet, or the error channel beside a pack.
struct ServerRefusal: Error {
    let message: String

    init(_ words: some Collection<UInt8>) {
        message = Sanitized.line(words)
    }
}

/// Takes packets off a stream of bytes, on the thread that calls it.
final class PktReader {
    enum Kind: Equatable {
        case data
        case flush
        case delimiter
        case responseEnd
    }

    private let source: any ByteSource
    private var chunk: [UInt8] = []
    private var position = 0
    /// How many bytes may still come before the answer is taken for an attack.
    private var allowance: Int
    /// The same for what is neither pack nor refs, of which an honest server has little to say.
    private var talkAllowance = maximumAdvertisement

    /// - Parameter limit: how many bytes are taken in all.
    init(_ source: any ByteSource, limit: Int = .max) {
        self.source = source
        allowance = limit
    }

    /// Reads the next packet into `payload`; nil at the end of the stream.
    ///
    /// - Throws: `ProtocolFault`, and what the stream throws.
    func next(_ payload: inout [UInt8]) throws -> Kind? {
        payload.removeAll(keepingCapacity: true)
        guard try refill() else { return nil }
        var length = 0
        for _ in 0..<4 {
            guard try refill() else { throw ProtocolFault.truncated }
            guard let digit = chunk[position].hexDigitValue else { throw ProtocolFault.illegalPacketLength }
            length = length << 4 | Int(digit)
            position += 1
        }
        switch length {
        case 0: return .flush
        case 1: return .delimiter
        case 2: return .responseEnd
        case 4...PktLine.maximumLength: break
        default: throw ProtocolFault.illegalPacketLength
        }
        var missing = length - 4
        while missing > 0 {
            guard try refill() else { throw ProtocolFault.truncated }
            let count = min(missing, chunk.count - position)
            payload.append(contentsOf: chunk[position..<position + count])
            position += count
            missing -= count
        }
        return .data
    }

    /// Reads a packet that may be a line of text, without its line end.
    ///
    /// - Throws: `ServerRefusal` for an `ERR` packet, `ProtocolFault.truncated` at the end of the stream.
    func nextLine(_ line: inout [UInt8]) throws -> Kind {
        guard let kind = try next(&line) else { throw ProtocolFault.truncated }
        try countTalk(line)
        if kind == .data {
            if line.starts(with: "ERR ") { throw ServerRefusal(line.dropFirst(4)) }
            if line.last == UInt8(ascii: "\n") { line.removeLast() }
        }
        return kind
    }

    /// Notes that a packet brought nothing that gets the work done; a server may not go on like that forever.
    ///
    /// - Throws: `ProtocolFault.tooLong`
    func countTalk(_ payload: [UInt8]) throws {
        talkAllowance -= payload.count + 4
        if talkAllowance < 0 { throw ProtocolFault.tooLong }
    }

    /// Hands on everything that is left, unframed.
    func forEachRest(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        while try refill() {
            try chunk[position...].withUnsafeBytes(body)
            position = chunk.count
        }
    }

    private func refill() throws -> Bool {
        while position == chunk.count {
            guard try source.next(&chunk) else {
                chunk = []
                position = 0
                return false
            }
            position = 0
            allowance -= chunk.count
            if allowance < 0 { throw ProtocolFault.tooLong }
        }
        return true
    }

    /// Takes in what follows an answer, which is nothing unless the server is odd, so that its connection can be used
    /// again; gives up after a while.
    func drain() throws {
        var left = 1 << 20
        while left > 0, try refill() {
            left -= chunk.count
            position = chunk.count
        }
    }
}
