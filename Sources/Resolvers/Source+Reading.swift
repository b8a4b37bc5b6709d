internal import Lockfile

extension Source {
    /// A field that is text, or nil where it is absent.
    /// - Throws: `LockfileError` that names the field.
    func text(_ field: String) throws(LockfileError) -> String? { try reader.text(field) }

    /// A field that is true or false, or nil where it is absent.
    /// - Throws: `LockfileError` that names the field.
    func boolean(_ field: String) throws(LockfileError) -> Bool? { try reader.bool(field) }

    /// A field that is text and must be there.
    /// - Throws: `LockfileError` that names the field.
    func requiredText(_ field: String) throws(LockfileError) -> String {
        let reader = reader
        return try reader.required(reader.text, field)
    }

    /// A field that stands between two slashes of a URL, or nil where it is absent; a lock that was not written by pinr
    /// may have anything there, and `trusted/../other` would be shown as one thing and fetched as another.
    /// - Throws: `LockfileError` that names the field.
    func pathComponent(_ field: String) throws(LockfileError) -> String? {
        guard let text = try text(field) else { return nil }
        guard Notation.isPathComponent(text[...]) else { throw reader.problem(.notPathComponent(text), field) }
        return text
    }

    /// - Throws: `LockfileError` that names the field.
    func requiredPathComponent(_ field: String) throws(LockfileError) -> String {
        try reader.required(pathComponent, field)
    }

    /// A field of one or more components with slashes between, each as `pathComponent` has it.
    /// - Throws: `LockfileError` that names the field.
    func requiredPathComponents(_ field: String) throws(LockfileError) -> String {
        let text = try requiredText(field)
        guard Notation.arePathComponents(text[...]) else { throw reader.problem(.notPathComponent(text), field) }
        return text
    }

    /// A field that is a folder within the tree, or nil where it is absent; who uses the pin looks there, and nowhere else,
    /// whoever wrote the lock.
    /// - Throws: `LockfileError` that names the field.
    func folder(_ field: String) throws(LockfileError) -> String? {
        guard let text = try text(field) else { return nil }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw reader.problem(.controlCharacter, field) }
        let leadsOut = text.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
        guard !leadsOut else { throw reader.problem(.outOfTree(text), field) }
        return text
    }

    /// A field that is where a service is, or nil where it is absent.
    /// - Throws: `LockfileError` that names the field.
    func webHost(_ field: String) throws(LockfileError) -> String? {
        guard let text = try text(field) else { return nil }
        guard ServiceHosts.isWebHost(text) else { throw reader.problem(.notWebHost(text), field) }
        return text
    }
}
