internal import Transfer

extension GitURL {
    /// What may follow a URL after `?`, as in flake references.
    public struct Parameters: Hashable, Sendable {
        /// `ref`: a branch, a tag, or a full ref.
        public var ref: String?
        /// `rev`: the commit.
        public var revision: ObjectID?
        /// `submodules`: whether submodules are wanted; nil when nothing was said.
        public var submodules: Bool?
        /// `lfs`: whether the objects of Git LFS are wanted; nil when nothing was said.
        public var lfs: Bool?
        /// `dir`: the folder inside the repository that is meant.
        public var directory: String?

        /// The names of all of them.
        static let names = ["ref", "rev", "submodules", "lfs", "dir"]

        public init() {}
    }

    /// Takes `?ref=…&rev=…&submodules=1&lfs=1&dir=…` off a URL.
    ///
    /// - Throws: `GitError.invalidURL` for a parameter that is none of these, is there twice, or has an impossible value;
    ///   `GitError.invalidRefName` for a `ref` that git would not take.
    public static func splitQuery(_ text: String) throws(GitError) -> (url: String, parameters: Parameters) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (text, Parameters()) }
        let url = String(text[..<mark])
        var parameters = Parameters()
        do throws(GitURLFault) {
            var seen: Set<String> = []
            for field in text.utf8[text.utf8.index(after: mark)...].split(separator: UInt8(ascii: "&")) {
                let name = String(Substring(field.prefix { $0 != UInt8(ascii: "=") }))
                let encoded = Array(field.dropFirst(name.utf8.count + 1))
                guard !encoded.contains(UInt8(ascii: "#")) else { throw .fragment }
                guard let value = PercentEncoding.decode(encoded).flatMap({ String(validating: $0, as: UTF8.self) })
                else { throw .illegalEscape }
                guard seen.insert(name).inserted else { throw .duplicateParameter(name) }
                try parameters.set(name, to: value)
            }
        } catch {
            throw .invalidURL(text: GitURLParser.redacted(text), GitURLParser.redacted(error, in: text))
        }
        if let ref = parameters.ref, !RefName.isValid(ref) { throw .invalidRefName(ref) }
        return (url, parameters)
    }
}

extension GitURL.Parameters {
    fileprivate mutating func set(_ name: String, to value: String) throws(GitURLFault) {
        switch name {
        case "ref": ref = value
        case "rev":
            guard let id = ObjectID(hex: value) else { throw .illegalParameter(name, value: value) }
            revision = id
        case "submodules": submodules = try Self.flag(name, value)
        case "lfs": lfs = try Self.flag(name, value)
        case "dir":
            let components = value.utf8.split(separator: UInt8(ascii: "/"))
            guard !components.contains(where: { $0.elementsEqual("..".utf8) }),
                !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            else { throw .illegalParameter(name, value: value) }
            directory = value
        default: throw .unknownParameter(name)
        }
    }

    private static func flag(_ name: String, _ value: String) throws(GitURLFault) -> Bool {
        switch value {
        case "1", "true": true
        case "0", "false": false
        default: throw .illegalParameter(name, value: value)
        }
    }
}
