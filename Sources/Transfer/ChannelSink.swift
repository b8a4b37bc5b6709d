internal import Synchronization
internal import Threads

/// Gathers what libcurl delivers in bits of 16 KiB into chunks for a channel, across the hops of one download.
///
/// It never waits. It holds back at most one chunk and a bit; what does not fit is refused, and the channel's handler
/// says when to try again.
final class ChannelSink: Sendable {
    /// Big enough that the hand-over between two threads costs little, small enough to stay in the processor's cache.
    static let chunkSize = 128 << 10

    /// What became of the bytes.
    enum Outcome {
        case taken
        /// Nothing was taken, or some still wait here; the channel has no room.
        case full
        /// Nobody reads any more.
        case closed
    }

    private struct State {
        var pending: [UInt8] = []
        var received = 0
    }

    let ticket: Ticket
    private let channel: ByteChannel
    private let state = Mutex(State())

    init(_ channel: ByteChannel, ticket: Ticket) {
        self.channel = channel
        self.ticket = ticket
    }

    /// How many bytes of the body have been taken in all.
    var received: Int { state.withLock { $0.received } }

    /// Whether the consumer is gone.
    var isClosed: Bool { channel.isClosed }

    /// Takes all the bytes, or none.
    func accept(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        state.withLock { state in
            if state.pending.count >= Self.chunkSize {
                let outcome = flush(&state)
                if outcome != .taken { return outcome }
            }
            if state.pending.isEmpty { state.pending.reserveCapacity(Self.chunkSize + (16 << 10)) }
            state.pending.append(contentsOf: bytes)
            state.received += bytes.count
            if state.pending.count >= Self.chunkSize, flush(&state) == .closed { return .closed }
            return .taken
        }
    }

    /// Hands on what was held back.
    func flush() -> Outcome {
        state.withLock { flush(&$0) }
    }

    private func flush(_ state: inout State) -> Outcome {
        if state.pending.isEmpty { return channel.isClosed ? .closed : .taken }
        return switch channel.offer(exchanging: &state.pending) {
        case .taken: .taken
        case .full: .full
        case .closed: .closed
        }
    }
}
