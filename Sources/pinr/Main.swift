import ArgumentParser
import JSON
import PinrKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the program starts: reads the command line, runs the command, and turns what came of it into an exit status.
@main
enum Main {
    // Not `async`: that would leave this first thread, where the signals have to be blocked, before the first line.
    static func main() {
        let signals = Signals()
        // Detached, because the main actor is this thread, which does nothing but wait.
        Task.detached { await run(signals) }
        while true { pause() }
    }

    private static func run(_ signals: Signals) async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let command: any ParsableCommand
        do {
            try Root.checkCommand(arguments)
            command = try Root.parseAsRoot(arguments)
        } catch {
            fail(toParse: arguments, error)
        }
        guard let command = command as? any PinrCommand else {
            do {
                var other = command
                try other.run()
                exitProcess(0)
            } catch {
                Root.exit(withError: error)
            }
        }

        let session: Session
        do {
            session = try Session(
                command.global, isJSON: command.isJSON, limits: command.limits,
                command: command.recordedName, pinsFolder: command.pinsFolder)
        } catch {
            fail(toParse: arguments, error)
        }
        let work = Task { () -> ExitStatus in
            do {
                return try await command.perform(session)
            } catch {
                return session.fail(error, signal: signals.received)
            }
        }
        signals.forward { work.cancel() }
        let status = await work.value
        session.terminal.clearProgress()
        // What was done before the signal could stop it is done.
        let signal = status == .failed ? signals.received : nil
        exitProcess(signal.map { 128 + $0 } ?? status.rawValue)
    }

    /// Ends the program over a command line that cannot be used, or one that asked for help.
    private static func fail(toParse arguments: [String], _ error: any Error) -> Never {
        let status = Root.exitCode(for: error)
        // Who asked for JSON gets JSON, also of a wrong command line; help and `--version` are no failures.
        if status != .success && arguments.contains("--json") {
            let message = Root.message(for: error)
            StandardOutput.write(json: ["error": .object(Problem(.usage, message).json)])
        }
        Root.exit(withError: error)
    }
}

/// How a command ended.
enum ExitStatus: Int32 {
    case done = 0
    case failed = 1
    /// A check found a difference.
    case difference = 2
}
