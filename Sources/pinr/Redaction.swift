import Credentials
import JSON

/// What the run's outputs leave out: every secret that it knows.
enum Redaction {
    /// One for the process, as its outputs are, so that nothing is printed past it.
    static let secrets = Secrets()

    /// The document with stars in place of secrets, in every text that is no key.
    static func redacted(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(secrets.redacted(text))
        case .array(let values): .array(values.map(redacted))
        case .object(let object): .object(JSONObject(object.map { ($0.key, redacted($0.value)) }))
        case .null, .bool, .number: json
        }
    }
}
