public import Lockfile

/// What a merge decided about a pin, or could not decide.
public struct MergeFact: Sendable, Equatable {
    /// The pin, by the name that it has now; of `.topLevel`, the member.
    public let name: String
    public let kind: Kind

    public init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    public enum Kind: Sendable, Equatable {
        // What one side did, and the other had nothing against.

        /// Only this side has it, and it is new.
        case added(MergeSide)
        /// This side removed it, and the other left it as it was.
        case removed(MergeSide)
        /// Only this side changed it.
        case changed(MergeSide)
        /// Each side changed another part of it.
        case combined

        // What was weighed.

        /// Both sides moved it, and this one is further.
        case moved(MergeSide, Ground)
        /// This side froze it, so that it stays where that side has it; the other's move is dropped.
        case held(MergeSide)
        /// This side changed what it tracks; the other's move was along the source before and is dropped.
        case redirected(MergeSide)
        /// This side gave it its name, and the other's changes follow.
        case renamed(MergeSide, from: String)
        /// Each side gave it another name: it is kept under both.
        case renamedApart(from: String)

        /// There is something to choose.
        case conflict(Conflict)
    }

    /// Why one of two places of a pin is the further one.
    public enum Ground: String, Sendable, CaseIterable {
        /// Its version is the higher one.
        case version
        /// The other's commit is in its history.
        case descendant
        /// It is later; whether one leads to the other was not asked, or nobody could say.
        case later
        /// It is later, and neither leads to the other.
        case laterApart = "later-apart"
    }

    /// Why a person has to choose.
    public enum Conflict: Sendable, Equatable {
        /// One side removed what the other changed.
        case removed(by: MergeSide)
        /// Both added one under the name, with other sources; or each gave the name to another one.
        case addedApart
        /// This side gave it a name that the other has for another one, or that shares its variable with another's.
        case nameTaken(by: MergeSide, String)
        /// Each side made it track something else.
        case sources
        /// One side froze it, and the other made it track something else.
        case frozenAndRedirected(frozenBy: MergeSide)
        /// Both sides froze it, at different places.
        case frozenApart
        /// The same revision or version has another hash on each side.
        case hashes
        /// Both sides moved it, and nothing says which is further.
        case undecided
        /// Both sides changed this member of it.
        case member(String)
        /// The environment variable that would override it is also that of another one, of the other side.
        case overrideVariable(String, sharedWith: String)
        /// Both sides changed this member of the document.
        case topLevel
    }

    /// Whether there is something to choose.
    public var isConflict: Bool { if case .conflict = kind { true } else { false } }

    /// Whether a person should hear of it: more than that one side did something.
    public var isWeighed: Bool {
        switch kind {
        case .added, .removed, .changed, .combined: false
        case .moved, .held, .redirected, .renamed, .renamedApart, .conflict: true
        }
    }
}

/// Which of two places is further, both reached from the same source by one side each.
public struct MoveQuestion: Sendable, Equatable {
    public let name: String
    public let source: Source
    public let ours: Locked
    public let theirs: Locked
}

/// What versions or git say to a `MoveQuestion`.
public enum MoveAnswer: Sendable, Equatable {
    /// This side has the higher version.
    case higher(MergeSide)
    /// This side's commit has the other's in its history.
    case descends(MergeSide)
    /// Neither commit is in the history of the other.
    case apart
}
