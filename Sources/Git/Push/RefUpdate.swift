/// A ref of a remote repository that is to be moved, and from where: a lease.
///
/// Nothing is moved that is not where it was said to be, whoever moved it and when.
public struct RefUpdate: Sendable, Equatable {
    /// The full name, such as `refs/heads/pinr/update`.
    public var ref: String
    /// Where the ref is known to be; nil when it must not be there yet.
    public var old: ObjectID?
    /// Where it is to be; nil to delete it.
    public var new: ObjectID?

    public init(ref: String, old: ObjectID?, new: ObjectID?) {
        self.ref = ref
        self.old = old
        self.new = new
    }
}

/// What became of a ref that was to be moved.
public struct RefOutcome: Sendable, Equatable {
    public enum Result: Sendable, Equatable {
        /// It is where it was to be now, and was moved there.
        case moved
        /// It was there already; nothing was sent for it.
        case alreadyThere
        /// It is not where it was said to be, and was left alone. Nil where there is no such ref.
        case stale(actual: ObjectID?)
        /// The server left it alone, and said why. `messages` are the lines that it said besides, those of its hooks
        /// among them. All of it is made printable and cut to a few hundred bytes a line.
        case refused(reason: String, messages: [String])
        /// A repository of this machine that leaves it alone.
        case held(LocalHold)
    }

    public let ref: String
    public let result: Result

    public init(ref: String, result: Result) {
        self.ref = ref
        self.result = result
    }

    /// Whether the ref is where it was to be.
    public var isDone: Bool { result == .moved || result == .alreadyThere }
}

/// Why a repository in a folder of this machine does not let a ref be moved.
public enum LocalHold: Sendable, Equatable {
    /// The branch is checked out in a work tree, whose files would not move with it (`receive.denyCurrentBranch`).
    case checkedOut
    /// It has a hook of that name, which only git itself can run.
    case hook(String)
    /// Its configuration forbids it: the name of the setting.
    case configured(String)
    /// The ref stands for another one.
    case symbolic
}
