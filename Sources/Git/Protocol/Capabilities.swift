/// What a server says it can do, in the order it says it.
struct Capabilities: Sendable, Equatable {
    struct Capability: Sendable, Equatable {
        let name: String
        let value: String?
    }

    private(set) var all: [Capability] = []

    /// Adds `name` or `name=value`; what is no text is nothing that is looked for.
    mutating func add(_ text: some Collection<UInt8>) {
        guard let text = String(validating: text, as: UTF8.self) else { return }
        let name = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        guard !name.isEmpty else { return }
        let value = name.endIndex == text.endIndex ? nil : text[name.endIndex...].dropFirst()
        all.append(Capability(name: String(Substring(name)), value: value.map { String($0) }))
    }

    func has(_ name: String) -> Bool {
        all.contains { $0.name == name }
    }

    /// The value of the first capability of that name.
    func value(of name: String) -> String? {
        all.first { $0.name == name }?.value
    }

    /// Whether a capability such as `fetch=shallow filter` has that word in its value.
    func has(_ feature: String, of name: String) -> Bool {
        value(of: name)?.split(separator: " ").contains { $0 == feature } ?? false
    }

    /// Where a symbolic ref points to, of protocol v0's `symref=HEAD:refs/heads/main`.
    func symref(of name: String) -> String? {
        for capability in all where capability.name == "symref" {
            if let value = capability.value, RefName.hasPrefix(value, name + ":") {
                return String(decoding: value.utf8.dropFirst(name.utf8.count + 1), as: UTF8.self)
            }
        }
        return nil
    }

    /// How the server names objects; `sha1` when it does not say.
    var objectFormat: String { value(of: "object-format") ?? "sha1" }
}

/// The objects are named by another hash than SHA-1.
struct ForeignObjectFormat: Error {}
