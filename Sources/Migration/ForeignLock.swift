public import Lockfile
public import NixHash
public import Resolvers

/// What another tool's lock holds, in pinr's words.
public struct ForeignLock: Sendable {
    /// What can be taken over, in the order of the file.
    public var pins: [ForeignPin]
    /// What cannot.
    public var skipped: [SkippedPin]

    public init(pins: [ForeignPin] = [], skipped: [SkippedPin] = []) {
        self.pins = pins
        self.skipped = skipped
    }
}

/// One pin of another tool.
public struct ForeignPin: Sendable {
    /// Its name there, which need not be one that a pin can have here.
    public var name: String
    /// What is tracked; a REF in it may still have to be settled.
    public var source: any SourceType
    /// What is tracked where upstream does not tell what the REF is.
    public var fallback: (any SourceType)?
    /// What it is locked to.
    public var state: State
    /// Whether the tool leaves it alone when it updates.
    public var isFrozen: Bool
    /// What people read about it there.
    public var note: String?
    /// What of it has no counterpart here, though it is taken.
    public var remarks: [ForeignRemark]

    public init(
        name: String, source: any SourceType, fallback: (any SourceType)? = nil, state: State, isFrozen: Bool = false,
        note: String? = nil, remarks: [ForeignRemark] = []
    ) {
        self.name = name
        self.source = source
        self.fallback = fallback
        self.state = state
        self.isFrozen = isFrozen
        self.note = note
        self.remarks = remarks
    }

    /// What another tool's pin is locked to.
    public enum State: Sendable {
        /// What is locked means the same here and is taken over as it is.
        case locked(Locked)
        /// The revision or the URL is known, and what is there has to be hashed: `stated` is what the tool says of it.
        case unhashed(Resolution, stated: StatedHash? = nil, because: Rehash)
    }
}

/// What another tool says of something that it hashes in another way.
public enum StatedHash: Sendable, Equatable {
    /// The NAR of a checkout: of the tree as it is committed, unless attributes or LFS change it or a subtree is empty.
    case ofCheckout(SHA256Digest)
    /// The NAR whose only node is the file.
    case ofFileNAR(SHA256Digest)
    /// The very hash that is locked here.
    case exact(SHA256Digest)
}

/// Why something has to be hashed, though it is locked.
public enum Rehash: Sendable, Equatable, CaseIterable {
    /// The tool has no hash of it.
    case noHash
    /// The hash is that of a checkout, on which git's attributes work.
    case checkout
    /// The hash is that of a checkout by a Nix that leaves out subtrees in which nothing is, as git does.
    case emptySubtrees
    /// The hash is not that of the file, but of the NAR that holds it.
    case fileNAR
    /// The hash is not SHA-256.
    case otherAlgorithm
    /// The URL that it was hashed from has a secret in it, which does not go into the lock.
    case secretInURL
}

/// Something that another tool does with a pin, and pinr does not.
public enum ForeignRemark: Sendable, Equatable {
    /// It was looked up under that name in a registry: what it stood for is what is tracked from now on.
    case registry(name: String)
    /// Signatures of commits are compared with keys.
    case signedCommits
    /// The store path has another name.
    case storeName(String)
    /// Inputs of the flake that is pinned have been told to follow others: the names that lead to what each follows.
    case inputsFollow([Following])
    /// The URL is made of a template that nothing here follows, so that the pin stays at the URL.
    case staysAtURL(template: String)
    /// A ref that moves there, and at which a pin stays here.
    case staysAtRef(String)
    /// Members of the other tool's pin that have no place here.
    case leftOut([String])
    /// The revision that the tool names is not the one that its URL leads to, which is what was hashed.
    case otherRevision(stated: String, url: String)

    /// An input of an input, and the names that lead from the flake to the one that it follows.
    public struct Following: Sendable, Equatable {
        public var input: String
        public var path: [String]

        public init(input: String, path: [String]) {
            self.input = input
            self.path = path
        }
    }
}

/// A pin of one tool that the other cannot have.
public struct SkippedPin: Sendable, Equatable {
    public var name: String
    public var reason: SkipReason

    public init(name: String, reason: SkipReason) {
        self.name = name
        self.reason = reason
    }
}

/// Pins as another tool's lock.
public struct ForeignFile: Sendable, Equatable {
    public var bytes: [UInt8]
    /// The pins that are not in it.
    public var skipped: [SkippedPin]
    /// What is not the same there as it is here, of the pins that are in it.
    public var remarks: [PinRemark]

    public init(bytes: [UInt8], skipped: [SkippedPin] = [], remarks: [PinRemark] = []) {
        self.bytes = bytes
        self.skipped = skipped
        self.remarks = remarks
    }
}
