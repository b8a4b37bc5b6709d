/// An object as what has changed from another one: sizes, and what to copy and to insert.
///
/// Specified in gitformat-pack(5), "Deltified representation".
enum PackDelta {
    /// What a delta makes of `base`; nil when it is none, was made of something else, or makes more than `limit` bytes.
    static func apply(_ delta: [UInt8], to base: [UInt8], limit: Int) -> [UInt8]? {
        var position = 0
        guard size(delta, &position) == base.count, let size = size(delta, &position), size <= limit
        else { return nil }
        return base.withUnsafeBytes { base in
            delta.withUnsafeBytes { delta in
                var isRight = false
                let result = [UInt8](unsafeUninitializedCapacity: size) { result, count in
                    let result = UnsafeMutableRawBufferPointer(result)
                    isRight = build(result, &count, delta, from: position, base)
                }
                return isRight ? result : nil
            }
        }
    }

    private static func build(
        _ result: UnsafeMutableRawBufferPointer, _ count: inout Int, _ delta: UnsafeRawBufferPointer, from start: Int,
        _ base: UnsafeRawBufferPointer
    ) -> Bool {
        var position = start
        while position < delta.count {
            let command = delta[position]
            position += 1
            let source: UnsafeRawBufferPointer
            if command & 0x80 != 0 {
                // A bit for each byte of offset and size that is not zero.
                var (offset, length) = (0, 0)
                for bit in 0..<7 where command & 1 << bit != 0 {
                    guard position < delta.count else { return false }
                    if bit < 4 {
                        offset |= Int(delta[position]) << (8 * bit)
                    } else {
                        length |= Int(delta[position]) << (8 * (bit - 4))
                    }
                    position += 1
                }
                if length == 0 { length = 0x10000 }
                guard offset + length <= base.count else { return false }
                source = UnsafeRawBufferPointer(rebasing: base[offset..<offset + length])
            } else {
                let length = Int(command)
                guard length > 0, position + length <= delta.count else { return false }
                source = UnsafeRawBufferPointer(rebasing: delta[position..<position + length])
                position += length
            }
            guard source.count <= result.count - count else { return false }
            UnsafeMutableRawBufferPointer(rebasing: result[count..<count + source.count]).copyMemory(from: source)
            count += source.count
        }
        return count == result.count
    }

    /// Seven bits a byte, the lowest first; nil for what has no end or is too large for any object.
    private static func size(_ delta: [UInt8], _ position: inout Int) -> Int? {
        var (size, shift) = (0, 0)
        while position < delta.count, shift < 56 {
            let byte = delta[position]
            position += 1
            size |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return size }
            shift += 7
        }
        return nil
    }
}
