#if HAS_ISAL
    internal import CIsal
#endif

/// Inflates zlib streams (RFC 1950) with ISA-L, one after the other.
///
/// Its word is not to be trusted where zlib's counts: it takes some streams that zlib refuses (see `Inflation.fast`). Who
/// uses it checks what came out.
public struct ZlibInflater: ~Copyable {
    /// What became of a piece of a stream.
    public enum Outcome: Sendable {
        /// All of the piece is taken, and the stream goes on, or its output does.
        case more
        /// The stream is at its end.
        case ended
        /// It is no zlib stream, has a wrong checksum, or inflates to more than there is room for.
        case invalid
    }

    #if HAS_ISAL
        private let state: UnsafeMutablePointer<inflate_state>

        /// - Returns: nil where the program was built without ISA-L.
        public init?() {
            // 87 KB, with tables that are filled as they are needed.
            state = .allocate(capacity: 1)
            begin()
        }

        deinit { state.deallocate() }

        /// Gets ready for another stream.
        public mutating func begin() {
            isal_inflate_init(state)
            state.pointee.crc_flag = UInt32(ISAL_ZLIB)
        }

        /// Inflates a piece of the stream into what is free of `output`.
        ///
        /// All of what the stream inflates to has to fit into the `output` of the first call, which the later calls are given
        /// too. Neither that nor a piece is longer than 4 GiB.
        public mutating func inflate(_ piece: RawSpan, into output: inout OutputSpan<UInt8>) -> Outcome {
            piece.withUnsafeBytes { input in
                output.withUnsafeMutableBufferPointer { buffer, count in
                    inflate(input, into: buffer, &count)
                }
            }
        }

        private func inflate(
            _ input: UnsafeRawBufferPointer, into buffer: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int
        ) -> Outcome {
            guard let taken = UInt32(exactly: input.count), let free = UInt32(exactly: buffer.count - count)
            else { return .invalid }
            // ISA-L wants a place to write to also where there is nothing to be written. Its pointer to the input is not
            // `const`, but it only reads there.
            var nowhere: UInt8 = 0
            return withUnsafeMutablePointer(to: &nowhere) { nowhere in
                state.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
                    .assumingMemoryBound(to: UInt8.self)
                state.pointee.avail_in = taken
                state.pointee.next_out = buffer.baseAddress.map { $0 + count } ?? nowhere
                state.pointee.avail_out = free
                while true {
                    let before = (state.pointee.avail_in, state.pointee.avail_out, state.pointee.block_state)
                    guard isal_inflate(state) == ISAL_DECOMP_OK else { return .invalid }
                    count = buffer.count - Int(state.pointee.avail_out)
                    if state.pointee.block_state == ISAL_BLOCK_FINISH { return .ended }
                    if state.pointee.avail_in == 0 { return .more }
                    let after = (state.pointee.avail_in, state.pointee.avail_out, state.pointee.block_state)
                    guard before != after else { return .invalid }
                }
            }
        }
    #else
        /// - Returns: nil, for there is no ISA-L.
        public init?() { nil }

        public mutating func begin() {}

        public mutating func inflate(_ piece: RawSpan, into output: inout OutputSpan<UInt8>) -> Outcome { .invalid }
    #endif
}
