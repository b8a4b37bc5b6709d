#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where this program is, for others to run it.
enum ProgramPath {
    /// The word with which a shell runs this program: `pinr` where that leads to it, or else its path in quotes.
    static var word: String {
        guard let own = path else { return "pinr" }
        let folders = getenv("PATH").map { String(cString: $0) } ?? ""
        for folder in folders.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = folder.isEmpty ? "pinr" : "\(folder)/pinr"
            guard access(candidate, X_OK) == 0 else { continue }
            // The first one is what a shell would run. A relative folder is another one elsewhere.
            if folder.hasPrefix("/"), real(candidate) == own { return "pinr" }
            break
        }
        return "'" + own.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private static var path: String? {
        #if canImport(Darwin)
            var size: UInt32 = 0
            _ = _NSGetExecutablePath(nil, &size)
            var buffer = [CChar](repeating: 0, count: Int(size) + 1)
            guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
            return buffer.withUnsafeBufferPointer { $0.baseAddress.flatMap { real(String(cString: $0)) } }
        #else
            return real("/proc/self/exe")
        #endif
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }
}
