import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs of the program by somebody who may not do everything: where root runs the tests, by another user.
enum Nobody {
    static let canRun = geteuid() != 0 || isInstalled("setpriv")
    static let whyNot: Comment = "left out: root without setpriv cannot be anybody else"

    /// Runs `pinr` in a project to its end.
    static func pinr(_ project: Project, _ arguments: [String]) async throws -> Run {
        guard geteuid() == 0 else { return try await project.pinr(arguments) }
        let temporary = try project.newTemporaryFolder()
        // The folders above belong to whoever runs the tests; nobody may pass through them, and that is all.
        for folder in [project.directory.path, project.directory.file("tmp"), temporary] { try setMode(folder, 0o755) }
        let result = try await runProcess(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", try await sharedBinary.value] + arguments,
            environment: project.variables(temporary, [:]), directory: project.path)
        return Run(arguments: arguments, result: result)
    }

    /// The program where everybody may run it: a checkout below somebody's home is not always open to others.
    ///
    /// Copied by another process: a file that this one has open to write cannot be run, nor while a child that is being
    /// started still has it from this one.
    private static let sharedBinary = Task {
        let copy = sharedDirectory.file("pinr")
        try await run(["cp", Binary.pinr, copy])
        try setMode(sharedDirectory.path, 0o755)
        try setMode(copy, 0o755)
        return copy
    }

    private static let sharedDirectory = TemporaryDirectory()
}
