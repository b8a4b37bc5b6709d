internal import JSON

/// The answer of a token server: a JSON object with the token as `token`, or as `access_token`.
enum TokenAnswer {
    /// The token; nil when there is none that a header could carry.
    static func token(_ body: [UInt8]) -> String? {
        guard let object = (try? JSON(parsing: body))?.object else { return nil }
        for key in ["token", "access_token"] {
            if let token = object[key]?.string, !token.isEmpty {
                return token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? token : nil
            }
        }
        return nil
    }
}

/// What a registry says of an error: a JSON object with a list of them (OCI distribution spec, "Error Codes").
enum RegistryErrors {
    /// The codes and messages, for a person; nil when there are none.
    static func text(_ body: [UInt8]) -> String? {
        guard let object = (try? JSON(parsing: body))?.object else { return nil }
        let errors = (object["errors"]?.array ?? []).prefix(3).compactMap { error -> String? in
            switch (error["code"]?.string, error["message"]?.string) {
            case (let code?, let message?) where !message.isEmpty: "\(code): \(message)"
            case (let code?, _): code
            case (nil, let message): message
            }
        }
        let text = errors.isEmpty ? object["details"]?.string ?? object["message"]?.string : nil
        return errors.isEmpty ? text : errors.joined(separator: "; ")
    }
}
