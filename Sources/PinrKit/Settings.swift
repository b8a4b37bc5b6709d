public import Credentials
public import Lockfile
public import SourceTree

/// What a run was told: the options that every command has, and the environment.
public struct Settings: Sendable {
    public var location: LockLocation
    public var environment: [String: String]
    /// The command that is run, as `undo` names it.
    public var command = "pinr"
    /// How many pins are worked on at the same time.
    public var jobs = 8
    /// The longest that a transfer may take, in seconds; nil for no limit but a stall's.
    public var timeout: Double?
    /// How often a failed transfer by http is tried again; `git://` and ssh are not.
    public var retries = 3
    /// Whether the network may not be used.
    public var isOffline = false
    /// How much an archive may unpack to.
    public var limits = TreeLimits()
    /// Takes note of the secrets that the run comes to know, so that whoever prints can leave them out.
    public var secrets = Secrets()

    public init(location: LockLocation, environment: [String: String]) {
        self.location = location
        self.environment = environment
    }

    /// Where a person's own short names of sources are: `pinr/registry.json` in the folder of configurations (XDG Base
    /// Directory Specification); nil where nobody is at home.
    public var shortNamesPath: String? {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        // The specification takes absolute paths alone.
        let own = variable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (own ?? variable("HOME").map { "\($0)/.config" }).map { "\($0)/pinr/registry.json" }
    }

    /// Where temporary files lie.
    var temporaryDirectory: String {
        environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }
}
