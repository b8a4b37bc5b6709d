import Support

/// Programs that stand in the place of the machine's own, before them on the PATH.
struct StandIns {
    private let directory = TemporaryDirectory()

    /// - Parameter programs: The names, and what `sh` runs for each.
    init(_ programs: [String: String]) throws {
        for (name, text) in programs { try directory.write(name, "#!/bin/sh\n\(text)\n", mode: 0o755) }
    }

    /// Runs a program that finds them first.
    func run(_ arguments: [String], environment: [String: String]) async throws -> ProcessResult {
        let path = "\(directory.path):\(environment["PATH"] ?? "/usr/bin:/bin")"
        return try await runProcess(
            arguments, environment: environment.merging(["PATH": path]) { $1 }, directory: "/")
    }
}
