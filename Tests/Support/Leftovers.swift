import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What must not outlive the test program: a `static let` is never deinitialised, and a person may press ^C.
final class Leftovers: Sendable {
    static let shared = Leftovers()

    private struct State {
        var children: Set<pid_t> = []
        var directories: Set<String> = []
    }

    private let state = Mutex(State())
    // Sendable in fact: made here, kept alive, and never looked at again.
    private nonisolated(unsafe) let interruptions: [any DispatchSourceSignal]

    private init() {
        interruptions = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)  // the source sees it nevertheless
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Leftovers.shared.clear()
                signal(number, SIG_DFL)
                raise(number)
            }
            source.resume()
            return source
        }
        atexit { Leftovers.shared.clear() }
    }

    func add(child: pid_t) { state.withLock { _ = $0.children.insert(child) } }
    func remove(child: pid_t) { state.withLock { _ = $0.children.remove(child) } }
    func add(directory: String) { state.withLock { _ = $0.directories.insert(directory) } }
    func remove(directory: String) { state.withLock { _ = $0.directories.remove(directory) } }

    private func clear() {
        let rest = state.withLock { state in
            defer { state = State() }
            return state
        }
        for child in rest.children { kill(-child, SIGKILL) }
        for directory in rest.directories { removeTree(directory) }
    }
}
