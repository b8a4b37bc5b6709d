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
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        while let text = entry?.pointee {
            if let line = String(validatingCString: text), let sign = line.firstIndex(of: "=") {
                let name = String(line[..<sign])
                if variables[name] == nil { variables[name] = String(line[line.index(after: sign)...]) }
            }
            entry = entry.map { $0 + 1 }
        }
        return variables
    }

    /// A variable of pinr's own that is no UTF-8, whose meaning would be lost.
    static func unreadableVariable() -> String? {
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        while let text = entry?.pointee {
            let line = String(cString: text)
            if line.hasPrefix("PINR_"), String(validatingCString: text) == nil {
                return String(line.prefix { $0 != "=" })
            }
            entry = entry.map { $0 + 1 }
        }
        return nil
    }

    /// The time now, in seconds since 1970 UTC.
    static func now() -> Int64 { Int64(time(nil)) }
}

/// Ends the process.
func exitProcess(_ status: Int32) -> Never { exit(status) }
