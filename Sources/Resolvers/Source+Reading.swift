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
}
