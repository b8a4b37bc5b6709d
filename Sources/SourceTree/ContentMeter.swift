/// Counts the contents that an archive unpacks to, against the limits.
struct ContentMeter {
    private let limits: TreeLimits
    private var total: UInt64 = 0

    init(_ limits: TreeLimits) { self.limits = limits }

    /// Checks a size that an entry claims to have, before any of it is there.
    /// - Throws: `TreeError`
    func expect(_ size: UInt64, at path: [UInt8]) throws(TreeError) {
        // What is there is never more than the limit.
        guard size <= limits.contents - total else {
            throw .contentsTooLarge(path: path, limit: limits.contents)
        }
    }

    /// Counts contents that are there.
    /// - Parameter received: how many bytes of the archive were read so far.
    /// - Throws: `TreeError`
    mutating func count(_ size: Int, at path: [UInt8], received: UInt64) throws(TreeError) {
        try expect(UInt64(size), at: path)
        total += UInt64(size)
        guard total <= TreeLimits.ratioFloor || total / limits.ratio <= received else {
            throw .expandsTooMuch(path: path, ratio: limits.ratio)
        }
    }
}
