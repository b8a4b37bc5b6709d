internal import JSON
internal import NixHash
public import Threads

/// When the locked hash of each pin was last found to be right.
///
/// A time counts for what was locked then: a pin that has moved since was never verified.
public struct VerificationTimes: Sendable, Equatable {
    private struct Entry: Equatable {
        let fetch: SHA256Digest
        let time: Int64
    }

    private var entries: [PinName: Entry] = [:]

    static let fileName = "verified.json"
    static let version: Int64 = 1

    /// Nothing was verified.
    public init() {}

    /// When the pin was last found right as it is locked, in seconds since 1970 UTC; nil when it never was.
    public func time(of name: PinName, _ pin: Pin) -> Int64? {
        guard let entry = entries[name], entry.fetch == Self.digest(of: pin) else { return nil }
        return entry.time
    }

    /// Takes note that a pin was found right.
    public mutating func note(_ name: PinName, _ pin: Pin, at time: Int64) {
        entries[name] = Entry(fetch: Self.digest(of: pin), time: time)
    }

    /// Drops what is known of pins that are no more.
    mutating func keep(_ pins: Pins) { entries = entries.filter { pins[$0.key] != nil } }

    /// What is verified is the fetch with its hash; the rest of what is locked says nothing of the bytes.
    private static func digest(of pin: Pin) -> SHA256Digest {
        SHA256.hash(JSON.object(pin.locked.fetch.members).serializedCompactly())
    }

    // MARK: The file

    init(_ bytes: [UInt8], of lock: String) {
        guard let json = try? JSON(parsing: bytes), json["version"]?.integer == Self.version,
            let path = json["lock"]?.string, ByteOrder.areEqual(path, lock)
        else { return }
        for (key, value) in json["pins"]?.object ?? [:] {
            guard let name = try? PinName(key), let time = value["time"]?.integer,
                let fetch = try? value["fetch"]?.string.map({ try SHA256Digest(parsingDigits: $0) })
            else { continue }
            entries[name] = Entry(fetch: fetch, time: time)
        }
    }

    func serialized(of lock: String) -> [UInt8] {
        let pins = entries.map { name, entry -> (String, JSON) in
            (name.text, ["fetch": .string(entry.fetch.hex), "time": .number(JSONNumber(entry.time))])
        }
        let json: JSON = [
            "lock": .string(lock), "pins": .object(JSONObject(pins)), "version": .number(JSONNumber(Self.version)),
        ]
        return json.serialized()
    }
}

extension LockStore {
    /// When the pins of this lock were verified; as if never where nothing can be read. Blocks.
    public func verificationTimes() -> VerificationTimes {
        guard let folder = recorder?.folder else { return VerificationTimes() }
        let lock = realPath
        var wait = LockWait(unless: nil, patience: .zero, notify: nil, limit: PinStates.patience)
        let times = try? folder.withFolder(of: lock, isMade: false, &wait) { folder throws(LockfileError) in
            try folder.file(named: VerificationTimes.fileName, followsLinks: false).map {
                VerificationTimes($0.bytes, of: lock)
            }
        }
        return (times ?? nil) ?? VerificationTimes()
    }

    /// Takes note that pins were found right, each as it was looked at, where that can be kept. Blocks.
    ///
    /// Nothing depends on it: that it cannot be kept is no failure.
    public func noteVerified(
        _ pins: [(name: PinName, pin: Pin)], at time: Int64, unless cancellation: Cancellation? = nil
    ) {
        guard !pins.isEmpty, let folder = recorder?.folder, let document = try? read() else { return }
        let lock = realPath
        var wait = LockWait(unless: cancellation, patience: .zero, notify: nil, limit: PinStates.patience)
        try? folder.withFolder(of: lock, isMade: true, &wait) { folder throws(LockfileError) in
            let name = VerificationTimes.fileName
            let old = try folder.file(named: name, followsLinks: false)
            var times = old.map { VerificationTimes($0.bytes, of: lock) } ?? VerificationTimes()
            for (name, pin) in pins { times.note(name, pin, at: time) }
            times.keep(document.pins)
            try folder.replaceFile(named: name, with: times.serialized(of: lock), like: nil, mode: 0o600)
        }
    }
}
