#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The environment of the process.
enum Environment {
    /// Every variable that is UTF-8; of one that is there twice, the first, as `getenv` finds it.
    static func read() -> [String: String] {
        var variables: [String: String] = [:]
        for text in entries {
            guard let line = String(validatingCString: text), let sign = line.firstIndex(of: "=") else { continue }
            let name = String(line[..<sign])
            if variables[name] == nil { variables[name] = String(line[line.index(after: sign)...]) }
        }
        return variables
    }

    /// A variable of pinr's own that is no UTF-8, whose meaning would be lost.
    static func unreadableVariable() -> String? {
        let entry = entries.first { String(validatingCString: $0) == nil && String(cString: $0).hasPrefix("PINR_") }
        return entry.map { String(String(cString: $0).prefix { $0 != "=" }) }
    }

    /// What the process was started with; nothing here changes it.
    private static var entries: [UnsafeMutablePointer<CChar>] {
        var entries: [UnsafeMutablePointer<CChar>] = []
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        while let entry = next?.pointee {
            entries.append(entry)
            next = next.map { $0 + 1 }
        }
        return entries
    }

    /// The time now, in seconds since 1970 UTC.
    static func now() -> Int64 { Int64(time(nil)) }
}

/// Ends the process.
func exitProcess(_ status: Int32) -> Never { exit(status) }
