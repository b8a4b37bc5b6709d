/// The name of a git object: the 20 bytes of its SHA-1.
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes an id has.
    public static let byteCount = 20

    // Big-endian words rather than an array: trees hold an id an entry, and words need no allocation.
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// Reads 40 hexadecimal digits of either case; nil for anything else, abbreviations too.
    public init?(hex: String) {
        self.init(hexDigits: hex.utf8)
    }

    /// Reads 40 hexadecimal digits of either case; nil for anything else.
    init?(hexDigits: some Collection<UInt8>) {
        guard hexDigits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        var pending: UInt8?
        for digit in hexDigits {
            guard let value = digit.hexDigitValue else { return nil }
            if let first = pending {
                bytes.append(first << 4 | value)
                pending = nil
            } else {
                pending = value
            }
        }
        self.init(bytes: bytes)
    }

    /// Nil unless there are exactly 20 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        for (offset, byte) in bytes.enumerated() {
            switch offset {
            case ..<8: words.0 = words.0 << 8 | UInt64(byte)
            case ..<16: words.1 = words.1 << 8 | UInt64(byte)
            default: words.2 = words.2 << 8 | UInt64(byte)
            }
        }
        high = words.0
        middle = words.1
        low = UInt32(truncatingIfNeeded: words.2)
    }

    /// The 20 bytes at an index, which have to be there.
    init(_ bytes: [UInt8], at index: Int) {
        (high, middle, low) = bytes.withUnsafeBytes { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self)),
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index + 16, as: UInt32.self))
            )
        }
    }

    /// The first byte, and the two after it.
    var firstByte: Int { Int(high >> 56) }
    var followingBytes: Int { Int(high >> 40 & 0xFFFF) }

    /// Whether it comes first in the order of the bytes.
    static func < (one: ObjectID, other: ObjectID) -> Bool {
        (one.high, one.middle, one.low) < (other.high, other.middle, other.low)
    }

    /// The 20 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: middle.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// 40 hexadecimal digits in lower case.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public var description: String { hex }
}

extension UInt8 {
    /// The value of a hexadecimal digit of either case; nil for any other character.
    var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
