#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A file that is read at any place, by any thread.
///
/// Nothing of it is mapped: what is mapped counts as the program's memory, and a file that is cut short meanwhile would
/// end the program.
final class RandomAccessFile: Sendable {
    let size: Int
    private let descriptor: Int32

    /// Nil when there is no such file that can be read.
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        // What the descriptor is of is closed by `deinit` in any case from here on.
        size = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    }

    deinit { close(descriptor) }

    /// Replaces what is in `buffer` by the bytes at an offset: by `count`, or by fewer where the file ends.
    func read(_ count: Int, at offset: Int, into buffer: inout [UInt8]) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        guard offset >= 0, offset <= size else { return false }
        let count = min(count, size - offset)
        var isWhole = true
        buffer.append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { free, filled in
                while filled < count {
                    let result = pread(
                        descriptor, free.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                    if result < 0 && errno == EINTR { continue }
                    guard result > 0 else {
                        isWhole = false
                        return
                    }
                    filled += result
                }
            }
        }
        return isWhole
    }
}

/// Where a pack has its objects: an index of version 2, as gitformat-pack(5) specifies it.
struct PackIndex: Sendable {
    private static let fanoutStart = 8
    private static let namesStart = fanoutStart + 4 * 256
    /// What follows the tables: the pack's checksum and the index's own.
    private static let trailer = 2 * ObjectID.byteCount
    /// How many names are read at a time.
    private static let block = 512

    private let file: RandomAccessFile
    /// How many names begin with a byte that is not greater.
    private let fanout: [Int]

    var count: Int { fanout[255] }
    /// The last bytes of the pack.
    let packChecksum: [UInt8]

    /// Nil for what is no such index.
    init?(path: String) {
        guard let file = RandomAccessFile(path: path) else { return nil }
        self.file = file
        var bytes: [UInt8] = []
        guard file.read(Self.namesStart, at: 0, into: &bytes), bytes.count == Self.namesStart,
            bytes.starts(with: [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2])
        else { return nil }
        let fanout = (0..<256).map { Int(bigEndian: bytes, at: Self.fanoutStart + 4 * $0) }
        guard zip(fanout, fanout.dropFirst()).allSatisfy({ $0 <= $1 }) else { return nil }
        // A name, a checksum and an offset an object.
        let isComplete = file.size >= Self.namesStart + fanout[255] * (ObjectID.byteCount + 8) + Self.trailer
        guard isComplete, file.read(ObjectID.byteCount, at: file.size - Self.trailer, into: &bytes) else { return nil }
        self.fanout = fanout
        packChecksum = bytes
    }

    /// Where in the pack an object begins; nil when the index does not have it or cannot be read.
    /// - Parameter scratch: memory that is used again.
    func offset(of id: ObjectID, scratch: inout [UInt8]) -> Int? {
        guard let position = position(of: id, scratch: &scratch) else { return nil }
        let offsets = Self.namesStart + count * (ObjectID.byteCount + 4)
        guard file.read(4, at: offsets + 4 * position, into: &scratch), scratch.count == 4 else { return nil }
        let offset = Int(bigEndian: scratch, at: 0)
        guard offset & 1 << 31 != 0 else { return offset }
        // In packs of more than 2 GiB the place of a larger number.
        let large = offsets + 4 * count + 8 * (offset & (1 << 31 - 1))
        guard file.read(8, at: large, into: &scratch), scratch.count == 8, scratch[0] < 0x80 else { return nil }
        return Int(bigEndian: scratch, at: 0) << 32 | Int(bigEndian: scratch, at: 4)
    }

    /// Which of the names in their order it is.
    private func position(of id: ObjectID, scratch: inout [UInt8]) -> Int? {
        let first = id.firstByte
        var (low, high) = (first == 0 ? 0 : fanout[first - 1], fanout[first])
        // Names are spread evenly: most are in the block around where they would be if that was quite so.
        var guess = low + ((high - low) * id.followingBytes) >> 16
        while low < high {
            let begin = max(low, min(guess - Self.block / 2, high - Self.block))
            let end = min(high, begin + Self.block)
            let size = (end - begin) * ObjectID.byteCount
            guard file.read(size, at: Self.namesStart + begin * ObjectID.byteCount, into: &scratch),
                scratch.count == size
            else { return nil }
            var (left, right) = (begin, end)
            while left < right {
                let middle = (left + right) / 2
                let name = ObjectID(scratch, at: (middle - begin) * ObjectID.byteCount)
                if name == id { return middle }
                if name < id { left = middle + 1 } else { right = middle }
            }
            if left > begin && left < end { return nil }
            if left == begin { high = begin } else { low = end }
            guess = (low + high) / 2
        }
        return nil
    }
}

extension Int {
    /// Four bytes, the highest first.
    init(bigEndian bytes: [UInt8], at index: Int) {
        self = bytes[index..<index + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}
