#if HAS_ISAL
    internal import CIsal

    /// Owns ISA-L's state, for one member of a gzip stream after the other.
    struct Inflater: ~Copyable {
        enum Outcome {
            case more
            /// The member is at its end; its trailer comes next.
            case ended
            case invalid
        }

        static let isAvailable = true

        private let state: UnsafeMutablePointer<inflate_state>

        init() {
            // 87 KB, with tables that are filled as they are needed.
            state = .allocate(capacity: 1)
            begin()
        }

        deinit { state.deallocate() }

        /// Gets ready for the deflate stream of another member.
        func begin() {
            isal_inflate_init(state)
            // The header is read elsewhere, and so is the trailer; the checksum is kept all the same.
            state.pointee.crc_flag = UInt32(ISAL_GZIP_NO_HDR)
        }

        /// - Returns: how many bytes of `input` were taken, how many of `output` were filled, and what comes next.
        func inflate(
            _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
        ) -> (taken: Int, count: Int, outcome: Outcome) {
            // Its pointer is not `const`, but it only reads there.
            state.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
                .assumingMemoryBound(to: UInt8.self)
            state.pointee.avail_in = UInt32(input.count)
            state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            state.pointee.avail_out = UInt32(output.count)
            let result = isal_inflate(state)
            let count = output.count - Int(state.pointee.avail_out)
            let taken = input.count - Int(state.pointee.avail_in)
            // After invalid data it may not have reset what it says of its input.
            guard result >= ISAL_DECOMP_OK, taken >= 0 else { return (0, count, .invalid) }
            return (taken, count, state.pointee.block_state == ISAL_BLOCK_FINISH ? .ended : .more)
        }

        /// At the end of a member: the bytes after it that were taken already, at most eight.
        var leftover: [UInt8] {
            let bits = Int(state.pointee.read_in_length)
            let value = state.pointee.read_in >> UInt64(bits % 8)
            return (0..<bits / 8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }

        /// CRC-32 of what the member inflated to.
        var checksum: UInt32 { state.pointee.crc }

        /// How many bytes the member inflated to, modulo 2³².
        var size: UInt32 { state.pointee.total_out }
    }
#else
    /// Stands for ISA-L where the program is built without it; never used.
    struct Inflater: ~Copyable {
        enum Outcome { case more, ended, invalid }

        static let isAvailable = false

        func begin() {}

        func inflate(
            _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
        ) -> (taken: Int, count: Int, outcome: Outcome) {
            (0, 0, .invalid)
        }

        var leftover: [UInt8] { [] }
        var checksum: UInt32 { 0 }
        var size: UInt32 { 0 }
    }
#endif
