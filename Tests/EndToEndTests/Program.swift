import Foundation
import JSON
import Support
import Testing

/// A project's folder, and the built program run in it as a person would: a process of its own, with an environment in
/// which nothing of this machine's user is.
struct Project: Sendable {
    let directory = TemporaryDirectory()
    /// Further variables of every run.
    var environment: [String: String] = [:]

    /// The folder of the project; pins go to `pins` in it.
    let path: String

    init(_ environment: [String: String] = [:]) throws {
        self.environment = environment
        path = try directory.makeDirectory("project")
        try directory.makeDirectory("tmp")
    }

    /// A project whose GitHub and channels are those of the test servers.
    static func connected() async throws -> Project {
        try Project(try await Upstream.shared().environment)
    }

    /// Runs `pinr` to its end.
    ///
    /// Whatever it did and however it ended: no temporary file of it is left.
    func pinr(
        _ arguments: String..., environment extra: [String: String] = [:], timeout: Duration = .seconds(300),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Run {
        try await pinr(arguments, environment: extra, timeout: timeout, sourceLocation: sourceLocation)
    }

    /// Runs `pinr` to its end.
    func pinr(
        _ arguments: [String], environment extra: [String: String] = [:], timeout: Duration = .seconds(300),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Run {
        let temporary = try newTemporaryFolder()
        let result = try await runProcess(
            [Binary.pinr] + arguments, environment: variables(temporary, extra), directory: path, timeout: timeout)
        try expectNothingLeft(in: temporary, sourceLocation)
        return Run(arguments: arguments, result: result)
    }

    /// Starts `pinr` and returns while it runs, with the folder of its temporary files.
    func start(_ arguments: [String]) throws -> (process: BackgroundProcess, temporary: String) {
        let temporary = try newTemporaryFolder()
        let process = try BackgroundProcess(
            [Binary.pinr] + arguments, environment: variables(temporary, [:]), directory: path)
        return (process, temporary)
    }

    /// The environment of a run whose temporary files go to that folder.
    func variables(_ temporary: String, _ extra: [String: String]) -> [String: String] {
        var variables = isolatedEnvironment(home: directory.file("home"))
        variables["TMPDIR"] = temporary
        // Whatever a test forgets, the machine's own store is not touched.
        variables["NIX_REMOTE"] = "local?root=\(directory.file("nix"))"
        return variables.merging(environment) { $1 }.merging(extra) { $1 }
    }

    /// Several runs may go on at the same time: each has a folder of its own.
    func newTemporaryFolder() throws -> String {
        try directory.makeDirectory("tmp/\(UUID().uuidString)")
    }

    // MARK: Files

    /// The path of a file of the project.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file of the project.
    func write(_ name: String, _ text: String) throws { try directory.write("project/\(name)", text) }

    /// The bytes of a file of the project.
    func read(_ name: String) throws -> [UInt8] { try directory.read("project/\(name)") }

    /// The names of what is in a folder of the project, sorted.
    func list(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: file(name)).sorted()
    }

    /// `pins/pins.json`.
    func lock(_ name: String = "pins/pins.json") throws -> JSON { try JSON(parsing: read(name)) }

    /// The names of the pins in `pins/pins.json`.
    func names() throws -> [String] { try lock()["pins"]?.object?.keys ?? [] }

    /// A pin of `pins/pins.json`; null when it is not there.
    func pin(_ name: String) throws -> JSON { try lock()["pins"]?[name] ?? .null }

    /// Puts another text in the place of the one that stands in `pins/pins.json`, by hand.
    func edit(_ old: String, to new: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let text = String(decoding: try read("pins/pins.json"), as: UTF8.self)
        #expect(text.contains(old), "\(old) is not in \(text)", sourceLocation: sourceLocation)
        try write("pins/pins.json", text.replacingOccurrences(of: old, with: new))
    }
}

/// Nothing is left in a folder of temporary files.
func expectNothingLeft(in folder: String, _ sourceLocation: SourceLocation) throws {
    let left = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(left.isEmpty, "left in TMPDIR: \(left)", sourceLocation: sourceLocation)
}

/// What came of one run of the program.
struct Run: Sendable, CustomStringConvertible {
    let status: Int32
    let stdout: String
    let stderr: String
    private let arguments: [String]

    init(arguments: [String], result: ProcessResult) {
        self.arguments = arguments
        (status, stdout, stderr) = (result.status, result.stdout, result.stderr)
    }

    var description: String {
        "pinr \(arguments.joined(separator: " ")) ended with \(status)\n\(stdout)---\n\(stderr)"
    }

    /// Standard output, line by line.
    var lines: [String] { stdout.split(separator: "\n").map(String.init) }

    /// The document on standard output; there is one and nothing else.
    var json: JSON {
        get throws { try JSON(parsing: Array(stdout.utf8)) }
    }

    /// Fails the test unless the program ended so; with status 0 also when it complained.
    @discardableResult
    func expect(_ expected: Int32, quietly: Bool = true, sourceLocation: SourceLocation = #_sourceLocation) -> Run {
        #expect(status == expected, "\(self)", sourceLocation: sourceLocation)
        if expected == 0 && quietly { #expect(stderr == "", "\(self)", sourceLocation: sourceLocation) }
        return self
    }

    /// Fails the test unless the program failed with one message that has these texts in it, and no results.
    @discardableResult
    func expectFailure(
        saying texts: String..., status expected: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Run {
        #expect(status == expected, "\(self)", sourceLocation: sourceLocation)
        #expect(stdout == "", "\(self)", sourceLocation: sourceLocation)
        let errors = stderr.split(separator: "\n").filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 1, "there is to be one error: \(self)", sourceLocation: sourceLocation)
        for text in texts {
            #expect(stderr.contains(text), "`\(text)` is not said: \(self)", sourceLocation: sourceLocation)
        }
        return self
    }
}

/// The `error` of a failure's JSON document, held to its shape.
func expectError(
    _ code: String, _ run: Run, status: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(run.status == status, "\(run)", sourceLocation: sourceLocation)
    let document = try run.json
    #expect(document.object?.keys == ["error"], "\(run)", sourceLocation: sourceLocation)
    expectErrorObject(document["error"], code: code, sourceLocation: sourceLocation)
}

/// An `error` object has `code` and `message`, and nothing else but `pin`, `url` and `hint`.
func expectErrorObject(_ error: JSON?, code: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(error?["code"]?.string == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    #expect(error?["message"]?.string?.isEmpty == false, sourceLocation: sourceLocation)
    let keys = Set(error?.object?.keys ?? [])
    #expect(keys.isSubset(of: ["code", "message", "pin", "url", "hint"]), sourceLocation: sourceLocation)
}
