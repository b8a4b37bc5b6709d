internal import Synchronization
internal import Threads

/// What the loop is asked for: a hop, and whoever waits for its result.
struct Order: Sendable {
    let ticket: Ticket
    let hop: Hop
    let continuation: CheckedContinuation<HopResult, any Error>
}

/// The way to the thread that runs libcurl, from any task or thread.
///
/// The thread starts with the first order and ends with `stop`. It alone touches libcurl; everyone else leaves a command
/// here and wakes it.
final class TransferLoop: Sendable {
    /// What the thread is told.
    enum Command: Sendable {
        case start(Order)
        case cancel(Ticket)
        /// The channel of this sink has room, or was cancelled.
        case space(Ticket)
    }

    private enum Phase {
        case idle
        case running(MultiHandle)
        case stopped
    }

    private struct State {
        var phase = Phase.idle
        var commands: [Command] = []
    }

    let configuration: TransferConfiguration
    private let state = Mutex(State())
    private let lastTicket = Atomic<UInt64>(0)

    init(_ configuration: TransferConfiguration) { self.configuration = configuration }

    /// A name that was not given out before.
    func newTicket() -> Ticket { Ticket(number: lastTicket.add(1, ordering: .relaxed).newValue) }

    /// Carries out a hop; cancelling the task ends it.
    ///
    /// - Throws: `TransferError`, `CancellationError`, or what the hop's judge refused the response with.
    func run(_ hop: Hop) async throws -> HopResult {
        let ticket = newTicket()
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(Order(ticket: ticket, hop: hop, continuation: continuation))
                // Only now, so that the command to cancel can never overtake the order; if the task is cancelled
                // already, this posts it at once.
                cancellation.onCancel { self.post(.cancel(ticket)) }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func submit(_ order: Order) {
        do {
            try state.withLock { state in
                switch state.phase {
                case .stopped:
                    throw TransferError.shutDown
                case .running(let multi):
                    state.commands.append(.start(order))
                    multi.wake()
                case .idle:
                    let multi = try MultiHandle(keptConnections: 2 * configuration.maximumTransfers)
                    try startThread { LoopThread(self, multi).run() }
                    state.phase = .running(multi)
                    state.commands.append(.start(order))
                }
            }
        } catch {
            order.continuation.resume(throwing: error)
        }
    }

    /// Leaves a command; without a thread there is nothing that it could be about.
    func post(_ command: Command) {
        state.withLock { state in
            guard case .running(let multi) = state.phase else { return }
            state.commands.append(command)
            multi.wake()
        }
    }

    /// Ends the thread; what is under way or waits its turn fails with `TransferError.shutDown`.
    func stop() {
        state.withLock { state in
            if case .running(let multi) = state.phase { multi.wake() }
            state.phase = .stopped
        }
    }

    /// What was asked for since the last call, and whether the thread is to end. For the thread.
    func takeCommands() -> (commands: [Command], isStopped: Bool) {
        state.withLock { state in
            let commands = state.commands
            state.commands.removeAll(keepingCapacity: true)
            if case .stopped = state.phase { return (commands, true) }
            return (commands, false)
        }
    }
}
