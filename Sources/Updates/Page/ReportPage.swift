public import JSON
public import Lockfile

/// Everything that the page of `report --html` says, as facts: what the pins are locked to, what upstream has, and what
/// happened to them here. The same facts make the same page.
///
/// All times are in seconds since 1970 UTC.
public struct ReportPage: Sendable, Equatable {
    /// When the facts were gathered, which is what "now" means on the page.
    public var madeAt: Int64
    /// The path of the lock, as its user writes it.
    public var lock: String
    /// Whether upstream was not asked.
    public var isOffline = false
    /// Whether some pins were asked for by name, so that there may be others.
    public var isSelection = false
    /// Why nothing is known of this repository's history, as a sentence; nil when it is known.
    public var historyGap: String?
    /// In any order; the page has one of its own.
    public var pins: [ReportedPin]

    public init(madeAt: Int64, lock: String, pins: [ReportedPin] = []) {
        self.madeAt = madeAt
        self.lock = lock
        self.pins = pins
    }
}

/// A pin on the page.
public struct ReportedPin: Sendable, Equatable {
    /// How it stands to what it tracks.
    public enum Standing: Sendable, Equatable {
        case upToDate
        /// Its source names one tag, revision or version, so that no update moves it.
        case fixed
        case behind
        /// Upstream has something newer, and the pin's policy has it wait: a sentence that says for what.
        case waiting(String)
        /// Upstream has something else, which no update takes without a look: a sentence that says what.
        case held(String)
        /// Nobody knows, and a sentence says why: upstream was not asked, or only a download would tell.
        case unknown(String)
        /// The `error` object of machine output.
        case failed(JSONObject)
    }

    /// The newest that the source means, where it was asked and is something else than what is locked.
    public struct Newest: Sendable, Equatable {
        public var version: String?
        public var revision: String?
        /// When it was made, where upstream tells.
        public var time: Int64?

        public init(version: String? = nil, revision: String? = nil, time: Int64? = nil) {
            self.version = version
            self.revision = revision
            self.time = time
        }
    }

    /// A change of the pin in this repository's history.
    public struct Step: Sendable, Equatable {
        public enum What: Sendable, Equatable {
            /// It came, locked to what is summed up here.
            case added(String)
            case moved(from: String, to: String)
            case removed(String)
            /// Something else, in a few words.
            case changed(String)
        }

        public var what: What
        /// The commit of this repository; nil for what is not committed.
        public var commit: PinHistory.Commit?

        public init(_ what: What, commit: PinHistory.Commit?) {
            self.what = what
            self.commit = commit
        }
    }

    /// Not a `PinName`: also of what cannot be read.
    public var name: String
    /// What is tracked, in one line.
    public var tracked: String
    public var standing: Standing
    /// Nil when it cannot be read.
    public var locked: Locked?
    public var frozen: Frozen?
    public var note: String?
    public var group: String?
    public var newest: Newest?
    /// The commits between what is locked and the newest.
    public var commits: CommitsBetween?
    /// How many newer versions there are that it could be at, the newest among them.
    public var versions: Int?
    /// The forge's page that shows what lies between what is locked and the newest.
    public var compareURL: String?
    /// The page that tells what is new in the newest.
    public var releaseNotesURL: String?
    /// The changes here, the newest first.
    public var steps: [Step] = []
    /// When `verify` last found this locked hash to be right; nil when it never did.
    public var verifiedAt: Int64?

    public init(name: String, tracked: String, standing: Standing, locked: Locked? = nil) {
        self.name = name
        self.tracked = tracked
        self.standing = standing
        self.locked = locked
    }

    /// How much younger the newest is than what is locked, in seconds; nil where that is not known.
    public var secondsBehind: Int64? {
        guard let new = newest?.time, let old = locked?.lastModified, new > old else { return nil }
        return new.subtractingReportingOverflow(old).partialValue
    }
}
