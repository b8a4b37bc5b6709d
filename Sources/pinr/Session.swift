import ArgumentParser
import Credentials
import JSON
import Lockfile
import PinrKit
import SourceTree

/// What a command works with: the use cases, and where its results and messages go.
struct Session: Sendable {
    let pinr: Pinr
    let terminal: Terminal
    let isJSON: Bool

    /// - Parameters:
    ///   - isJSON: whether standard output is to be one JSON document.
    ///   - pinsFolder: where the lock is when neither an option nor a variable says it.
    init(
        _ options: GlobalOptions, isJSON: Bool, limits: TreeLimits, command: String, pinsFolder: String
    ) throws {
        if let name = Environment.unreadableVariable() {
            throw ValidationError("The value of \(name) is not UTF-8.")
        }
        // Swift mends arguments that are no UTF-8, and the mended path is another one.
        if CommandLine.arguments.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) {
            throw ValidationError("An argument is not UTF-8.")
        }
        let environment = Environment.read()
        var settings = Settings(location: Self.location(options, environment, pinsFolder), environment: environment)
        settings.jobs = options.jobs
        settings.timeout = options.timeout
        settings.retries = options.retries
        settings.isOffline = options.offline
        settings.limits = limits
        settings.command = command
        settings.secrets = Redaction.secrets
        terminal = Terminal(options, environment: environment)
        pinr = Pinr(Context(settings, console: terminal, clock: Environment.now))
        self.isJSON = isJSON
    }

    /// An option wins over the environment, and among variables the one that names a file.
    private static func location(
        _ options: GlobalOptions, _ environment: [String: String], _ pinsFolder: String
    ) -> LockLocation {
        if let file = options.lockFile { return .file(file) }
        if let directory = options.directory { return .directory(directory) }
        return location(of: environment, otherwise: pinsFolder)
    }

    /// Where the lock is when no option says it.
    static func location(of environment: [String: String], otherwise folder: String = "pins") -> LockLocation {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let file = variable("PINR_LOCK_FILE") { return .file(file) }
        return .directory(variable("PINR_DIRECTORY") ?? folder)
    }

    /// Prints the results: the document when JSON was asked for, or else the lines.
    func print(json: @autoclosure () -> JSON, lines: @autoclosure () -> [String]) {
        terminal.clearProgress()
        if isJSON {
            StandardOutput.write(json: json())
        } else {
            for line in lines() { StandardOutput.write(line: line) }
        }
    }

    /// Prints a failure of the whole command.
    func fail(_ error: any Error, signal: Int32?) -> ExitStatus {
        let problem = signal == nil ? Problem(describing: error) : Problem(.interrupted, "interrupted")
        terminal.clearProgress()
        if isJSON { StandardOutput.write(json: ["error": .object(problem.json)]) }
        terminal.error(problem)
        return .failed
    }
}

/// A command of pinr.
protocol PinrCommand: AsyncParsableCommand, Sendable {
    var global: GlobalOptions { get }

    /// What archives may unpack to; of no account to a command that unpacks none.
    var limits: TreeLimits { get }

    /// Whether standard output is one JSON document, also when the command fails.
    var isJSON: Bool { get }

    /// Where the pins are when neither an option nor a variable says it.
    var pinsFolder: String { get }

    /// What `undo` calls the command.
    var recordedName: String { get }

    /// Does what the command is for; results go to the session, and so does nothing else.
    func perform(_ session: Session) async throws -> ExitStatus
}

extension PinrCommand {
    var limits: TreeLimits { TreeLimits() }
    var isJSON: Bool { global.json }
    var pinsFolder: String { "pins" }
    var recordedName: String { Self._commandName }
}
