internal import Archive

/// A pack with its index.
struct Pack: Sendable {
    /// What an entry's header says.
    enum Kind: Equatable {
        /// The number is git's for the type.
        case whole(type: UInt8)
        /// A delta to the entry that begins there.
        case delta(base: Int)
        /// A delta to an object by its name.
        case deltaTo(ObjectID)
    }

    /// No more of this file is read at a time.
    private static let piece = 64 << 10
    /// Most objects are no longer than this, packed.
    private static let firstPiece = 4 << 10

    let index: PackIndex
    private let file: RandomAccessFile
    /// Where the entries end.
    private let end: Int

    /// Nil for what is no pack and index of the versions that git writes, or not of each other.
    init?(path: String) {
        guard let index = PackIndex(path: path + ".idx"), let file = RandomAccessFile(path: path + ".pack")
        else { return nil }
        var bytes: [UInt8] = []
        guard file.read(12, at: 0, into: &bytes), bytes.count == 12, bytes.starts(with: Array("PACK".utf8)),
            (2...3).contains(Int(bigEndian: bytes, at: 4)), Int(bigEndian: bytes, at: 8) == index.count
        else { return nil }
        end = file.size - ObjectID.byteCount
        guard end >= 12, file.read(ObjectID.byteCount, at: end, into: &bytes), bytes == index.packChecksum
        else { return nil }
        self.index = index
        self.file = file
    }

    /// Reads and inflates an entry.
    ///
    /// - Parameters:
    ///   - limit: how many bytes it may inflate to.
    ///   - scratch: memory that is used again.
    /// - Returns: nil for what is damaged, or longer than the limit.
    func entry(
        at offset: Int, limit: Int, _ inflater: inout ZlibInflater, scratch: inout [UInt8]
    ) -> (kind: Kind, bytes: [UInt8])? {
        guard offset >= 12, offset < end, file.read(min(Self.firstPiece, end - offset), at: offset, into: &scratch),
            let (kind, size, length) = Self.header(scratch, at: offset), size <= limit
        else { return nil }
        var next = offset + scratch.count
        var isWhole = false
        let bytes = [UInt8](capacity: size) { output in
            inflater.begin()
            var start = length
            while true {
                let outcome = inflater.inflate(scratch.span.bytes.extracting(droppingFirst: start), into: &output)
                if outcome == .ended { isWhole = output.count == size }
                guard outcome == .more, next < end else { return }
                let count = min(end - next, Self.piece, max(Self.firstPiece, size - output.count))
                guard file.read(count, at: next, into: &scratch), scratch.count == count else { return }
                next += count
                start = 0
            }
        }
        return isWhole ? (kind, bytes) : nil
    }

    /// Type and size of an entry, what it is a delta to, and how long that is; in the first bytes of it.
    private static func header(_ bytes: [UInt8], at offset: Int) -> (kind: Kind, size: Int, length: Int)? {
        guard var byte = bytes.first else { return nil }
        var position = 1
        let type = byte >> 4 & 7
        var (size, shift) = (Int(byte & 15), 4)
        while byte & 0x80 != 0 {
            guard position < bytes.count, shift < 56 else { return nil }
            byte = bytes[position]
            position += 1
            size |= Int(byte & 0x7F) << shift
            shift += 7
        }
        switch type {
        case 1...4: return (.whole(type: type), size, position)
        case 6:
            // Like no other number in git: each byte but the last stands for one more than its bits say.
            var distance = -1
            repeat {
                guard position < bytes.count, distance < 1 << 48 else { return nil }
                byte = bytes[position]
                position += 1
                distance = (distance + 1) << 7 | Int(byte & 0x7F)
            } while byte & 0x80 != 0
            return distance > 0 && distance < offset ? (.delta(base: offset - distance), size, position) : nil
        case 7:
            guard position + ObjectID.byteCount <= bytes.count else { return nil }
            return (.deltaTo(ObjectID(bytes, at: position)), size, position + ObjectID.byteCount)
        default: return nil
        }
    }
}
