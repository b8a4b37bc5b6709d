internal import CGit2
internal import Synchronization

/// libgit2's handle on the objects in a folder, for one call at a time, which comes back when it is needed.
///
/// An open one holds a file descriptor for every pack that was read. Of a tree of many repositories most are given up while
/// nothing is read from them: systems give a process 256 descriptors, or 1,024.
struct DatabaseHandle: ~Copyable {
    private struct State {
        var pointer: OpaquePointer?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let objectsFolder: String

    /// - Throws: `GitError.library`
    init(objectsFolder: String) throws(GitError) {
        try Libgit2.ensureStarted()
        var pointer: OpaquePointer?
        let code = git_odb_open(&pointer, objectsFolder)
        guard code == 0, let pointer else { throw Libgit2.failure("git_odb_open", code) }
        state = Mutex(State(pointer: pointer))
        self.objectsFolder = objectsFolder
    }

    deinit {
        close()
    }

    /// Lends the handle, opened again if need be; nil once it was closed, or when it cannot be opened any more.
    func withLock<Value>(_ body: (OpaquePointer?) -> sending Value) -> sending Value {
        state.withLock { state in
            if state.pointer == nil && !state.isClosed { git_odb_open(&state.pointer, objectsFolder) }
            return body(state.pointer)
        }
    }

    /// Gives up what the handle holds until it is used again.
    func rest() {
        state.withLock { state in
            git_odb_free(state.pointer)
            state.pointer = nil
        }
    }

    func close() {
        state.withLock { state in
            git_odb_free(state.pointer)
            state = State(isClosed: true)
        }
    }
}
