public import JSON

/// What is in a `pins.json`.
///
/// The version of the format is looked at before anything else. Each version has a type of its own that reads and
/// writes it; a document of an earlier one is held as what it means today and written in today's version.
public struct LockDocument: Sendable, Equatable {
    /// The version of the format that is written.
    public static let currentVersion = Version1.number

    /// How many bytes are read of a document, wherever it is: some hundred thousand pins. `default.nix` may have as many.
    public static let maximumSize = 128 << 20

    /// The version that was read.
    public private(set) var version: Int64
    /// The pins that were understood.
    public var pins: Pins
    /// Members of the top level that this program does not know, kept as they are.
    public var unknown: JSONObject
    /// The pins that could not be understood; only a document of a later version has any.
    public private(set) var unreadable: [UnreadablePin] = []

    /// A pin that a later program wrote in a way this one does not understand.
    public struct UnreadablePin: Sendable, Equatable {
        /// The key it is under, which need not be a valid name.
        public let name: String
        /// What was not understood.
        public let error: LockfileError
    }

    /// A document of the current version.
    public init(pins: Pins = Pins(), unknown: JSONObject = [:]) {
        version = Self.currentVersion
        self.pins = pins
        self.unknown = unknown
    }

    /// Whether this program may write the document: not when a later one wrote it.
    public var isWritable: Bool { version <= Self.currentVersion }

    /// Reads a document of any version, one of a later version as far as it is understood.
    ///
    /// - Throws: `LockfileError`: `malformed`, `mergeConflict`, `missingVersion`, `invalidVersion`, and, for a version
    ///   that this program knows, everything that is wrong with a pin.
    public init(parsing bytes: [UInt8]) throws(LockfileError) {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            if let mark = ConflictMark(firstIn: bytes) {
                throw LockfileError(.mergeConflict(line: mark.line, pin: mark.pin))
            }
            throw LockfileError(.malformed(error))
        }
        guard let object = json.object, let version = object["version"] else {
            throw LockfileError(.missingVersion)
        }
        switch version.integer {
        case Version1.number?:
            let document = try Version1(object)
            self.init(pins: document.pins, unknown: document.unknown)
        case let number? where number > Self.currentVersion:
            self.init(ofLaterVersion: number, object)
        default:
            let text = String(decoding: version.serializedCompactly(), as: UTF8.self)
            throw LockfileError(.invalidVersion(text))
        }
    }

    /// The bytes of the file, in the current version of the format.
    ///
    /// - Throws: `LockfileError` with `laterVersion` for a document that this program must not write.
    public func serialized() throws(LockfileError) -> [UInt8] {
        try requireWritable()
        return Version1(pins: pins, unknown: unknown).json.serialized()
    }

    /// - Throws: `LockfileError` with `laterVersion`.
    public func requireWritable() throws(LockfileError) {
        guard isWritable else {
            throw LockfileError(.laterVersion(found: version, supported: Self.currentVersion))
        }
    }

    /// Understands what it can, as the newest version that is known.
    private init(ofLaterVersion version: Int64, _ object: JSONObject) {
        self.init()
        self.version = version
        for (key, value) in object["pins"]?.object ?? [:] {
            do throws(LockfileError) {
                try pins.insert(Pin(json: value), as: PinName(key))
            } catch {
                unreadable.append(UnreadablePin(name: key, error: error.inPin(key)))
            }
        }
        unknown = object
        unknown["pins"] = nil
        unknown["version"] = nil
    }
}
