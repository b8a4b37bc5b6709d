internal import JSON

/// The pins of one of many versions of a lock.
public struct LockSnapshot: Sendable {
    fileprivate struct Member {
        /// Of the same reader, the same number is the same text, and so the same pin; nil where no reader read it.
        let text: Int?
        let pin: Pin
    }

    fileprivate var members: [PinName: Member]

    /// No pins.
    public init() { members = [:] }

    fileprivate init(members: [PinName: Member]) { self.members = members }

    public init(_ pins: Pins) {
        members = Dictionary(uniqueKeysWithValues: pins.map { ($0.name, Member(text: nil, pin: $0.pin)) })
    }

    /// The pin of that name; nil when there is none.
    public subscript(name: PinName) -> Pin? { members[name]?.pin }

    /// What is not written in the same way in both, and those that only one has: what may differ between them.
    public static func differing(_ old: LockSnapshot, _ new: LockSnapshot) -> (old: Pins, new: Pins) {
        func rest(_ one: LockSnapshot, _ other: LockSnapshot) -> Pins {
            var pins = Pins()
            for (name, member) in one.members {
                if let text = member.text, other.members[name]?.text == text { continue }
                // Names that clash were refused when the version was read.
                try? pins.set(member.pin, as: name)
            }
            return pins
        }
        return (rest(old, new), rest(new, old))
    }
}

/// Reads many versions of a lock, of which each is mostly what the one before it was: a pin is read once for each way in
/// which it is written.
///
/// A version is taken apart by a scan that knows no more of JSON than where a value ends; each part is then read as any
/// JSON is. What the scan does not understand is read as a whole, so that the same versions are refused as elsewhere, with the
/// same words.
public struct LockVersionReader {
    private var known: [[UInt8]: (number: Int, pin: Pin)] = [:]
    private var variables: [PinName: String] = [:]
    private var recent: [(bytes: [UInt8], result: Result<LockSnapshot, LockfileError>)] = []

    /// How many versions are kept: each is mostly the parent of the one that was read before it.
    private static let mostRecent = 8

    public init() {}

    /// - Returns: what is wrong with a version that cannot be read.
    public mutating func read(_ bytes: [UInt8]) -> Result<LockSnapshot, LockfileError> {
        if let found = recent.first(where: { $0.bytes == bytes }) { return found.result }
        let result: Result<LockSnapshot, LockfileError>
        if let snapshot = parts(of: bytes) {
            result = .success(snapshot)
        } else {
            result = Result { () throws(LockfileError) in LockSnapshot(try LockDocument(parsing: bytes).pins) }
        }
        recent.append((bytes, result))
        if recent.count > Self.mostRecent { recent.removeFirst() }
        return result
    }

    /// Nil where it has to be read as a whole.
    private mutating func parts(of bytes: [UInt8]) -> LockSnapshot? {
        var scan = ObjectScan(bytes: bytes)
        guard let top = scan.members(), scan.isAtEnd else { return nil }
        var keys: Set<[UInt8]> = []
        var pins: Range<Int>?
        var isVersion1 = false
        for (key, value) in top {
            guard let name = text(bytes[key]), keys.insert(Array(name.utf8)).inserted else { return nil }
            switch name {
            case "pins": pins = value
            case "version":
                isVersion1 = (try? JSON(parsing: Array(bytes[value])))?.integer == LockDocument.currentVersion
            default: guard (try? JSON(parsing: Array(bytes[value]))) != nil else { return nil }
            }
        }
        guard isVersion1, let pins else { return nil }
        var inner = ObjectScan(bytes: bytes, at: pins.lowerBound)
        guard let list = inner.members(), inner.position == pins.upperBound else { return nil }

        var members: [PinName: LockSnapshot.Member] = [:]
        var owners: Set<String> = []
        for (key, value) in list {
            guard let key = text(bytes[key]), let name = try? PinName(key), members[name] == nil,
                owners.insert(variable(of: name)).inserted, let member = member(Array(bytes[value]))
            else { return nil }
            members[name] = member
        }
        return LockSnapshot(members: members)
    }

    private mutating func member(_ text: [UInt8]) -> LockSnapshot.Member? {
        if let (number, pin) = known[text] { return .init(text: number, pin: pin) }
        guard let json = try? JSON(parsing: text), let pin = try? Pin(json: json) else { return nil }
        let number = known.count
        known[text] = (number, pin)
        return .init(text: number, pin: pin)
    }

    private mutating func variable(of name: PinName) -> String {
        if let variable = variables[name] { return variable }
        let variable = name.overrideVariable
        variables[name] = variable
        return variable
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String? { (try? JSON(parsing: Array(bytes)))?.string }
}

/// Finds the members of a JSON object without reading them.
private struct ObjectScan {
    let bytes: [UInt8]
    var position: Int

    init(bytes: [UInt8], at position: Int = 0) {
        (self.bytes, self.position) = (bytes, position)
        skipWhiteSpace()
    }

    /// Whether nothing but white space follows.
    var isAtEnd: Bool {
        var rest = self
        rest.skipWhiteSpace()
        return rest.position == bytes.count
    }

    /// Where the keys and the values of the object are that begins here; nil when what is here is none.
    mutating func members() -> [(key: Range<Int>, value: Range<Int>)]? {
        guard take("{") else { return nil }
        skipWhiteSpace()
        if take("}") { return [] }
        var members: [(Range<Int>, Range<Int>)] = []
        while true {
            skipWhiteSpace()
            guard next == UInt8(ascii: "\""), let key = value() else { return nil }
            skipWhiteSpace()
            guard take(":") else { return nil }
            skipWhiteSpace()
            guard let value = value() else { return nil }
            members.append((key, value))
            skipWhiteSpace()
            if take("}") { return members }
            guard take(",") else { return nil }
        }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Where a value ends that begins here: at the bracket or quote that closes it, or before what can follow it.
    private mutating func value() -> Range<Int>? {
        let start = position
        var depth = 0
        var isString = false
        while position < bytes.count {
            let byte = bytes[position]
            if isString {
                if byte == UInt8(ascii: "\\") {
                    position += 1
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                    if depth == 0 {
                        position += 1
                        return start..<position
                    }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""):
                    guard depth > 0 || position == start else { return nil }
                    isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    guard depth > 0 || position == start else { return nil }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return start < position ? start..<position : nil }
                    depth -= 1
                    if depth == 0 {
                        position += 1
                        return start..<position
                    }
                case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                    if depth == 0 { return start < position ? start..<position : nil }
                default: break
                }
            }
            position += 1
        }
        return nil
    }
}
