internal import Synchronization

/// A reader of the packs in a folder, for one call at a time, which comes back when it is needed.
///
/// As with `DatabaseHandle`, what it holds open is given up while nothing is read.
final class PackHandle: Sendable {
    // Not private: with a private one in here the compiler (6.3.1) makes an object file that it refuses itself.
    struct State: ~Copyable {
        /// Nil before the first call too, and where there is nothing to be read.
        var reader: PackReader?
        var isOpened = false
    }

    private let state: Mutex<State>
    private let objectsFolder: String

    /// - Parameter packs: those of another handle on the folder, which has them open.
    init(objectsFolder: String, sharing packs: Packs? = nil) {
        self.objectsFolder = objectsFolder
        let reader: PackReader? = if let packs { PackReader(packs) } else { nil }
        state = Mutex(State(reader: reader, isOpened: packs != nil))
    }

    /// What is open.
    var packs: Packs? { state.withLock { $0.reader?.packs } }

    /// An object whose hash is right, or nil.
    func read(_ id: ObjectID) -> (type: UInt8, bytes: [UInt8])? {
        state.withLock { state in
            if !state.isOpened {
                state = State(reader: PackReader(Packs(objectsFolder: objectsFolder)), isOpened: true)
            }
            return state.reader?.read(id)
        }
    }

    /// Gives up what the handle holds until it is used again.
    func rest() {
        state.withLock { $0 = State() }
    }

    func close() {
        state.withLock { $0 = State(reader: nil, isOpened: true) }
    }
}
