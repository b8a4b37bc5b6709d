/// Nix's base 32: 5-bit groups read from the end, in an alphabet without e, o, t and u.
enum Nix32 {
    private static let alphabet = Array("0123456789abcdfghijklmnpqrsvwxyz".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        let length = (bytes.count * 8 + 4) / 5
        var text: [UInt8] = []
        text.reserveCapacity(length)
        for position in stride(from: length - 1, through: 0, by: -1) {
            let bit = position * 5
            let low = bit / 8
            let shift = bit % 8
            var group = UInt16(bytes[low]) >> shift
            if low + 1 < bytes.count { group |= UInt16(bytes[low + 1]) << (8 - shift) }
            text.append(alphabet[Int(group & 31)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when a character is not of the alphabet, or bits beyond the last byte are set.
    static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        let count = text.count * 5 / 8
        var bytes = [UInt8](repeating: 0, count: count)
        for (position, character) in text.reversed().enumerated() {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            let bit = position * 5
            let low = bit / 8
            let group = UInt16(value) << (bit % 8)
            if low < count { bytes[low] |= UInt8(truncatingIfNeeded: group) }
            let carry = UInt8(group >> 8) | (low < count ? 0 : UInt8(truncatingIfNeeded: group))
            if low + 1 < count {
                bytes[low + 1] |= carry
            } else if carry != 0 {
                return nil
            }
        }
        return bytes
    }
}
