public import Credentials
public import Fetchers
public import Git
public import Lockfile
public import NixStore
public import OCI
public import Resolvers
public import SourceTree
public import Transfer

/// Everything that a use case reaches for outside itself, as one value: no globals.
public struct Context: Sendable {
    public let store: LockStore
    public let upstream: Upstream
    /// Carries http and https.
    public let transfer: TransferEngine
    /// Remote repositories that are read or pushed to for their own sake; those of pins are for `upstream` to ask.
    public let git: GitRemotes
    public let fetchers: Fetchers
    /// The registries of container images.
    public let images: Images
    /// What forges say lies between commits.
    let comparisons: ForgeComparisons
    /// What was fetched in this run.
    let fetches = SharedFetches()
    /// Who to be on which server.
    public let credentials: Credentials
    /// The secrets that the run knows.
    public let secrets: Secrets
    /// The machine's Nix store.
    public let nixStore: NixStore
    public let console: any Console
    public let jobs: Int
    /// Whether the network may not be used.
    public let isOffline: Bool
    /// The environment of the process.
    public let environment: [String: String]
    /// How much an archive may unpack to.
    public let limits: TreeLimits
    /// Where temporary files lie.
    public let temporaryDirectory: String
    /// Where a person's own short names of sources are; nil where nobody is at home.
    public let shortNamesPath: String?
    /// The time now, in seconds since 1970 UTC.
    public let clock: @Sendable () -> Int64

    /// Sets up what the settings ask for; nothing is connected or started before it is used.
    public init(_ settings: Settings, console: any Console, clock: @escaping @Sendable () -> Int64) {
        var configuration = TransferConfiguration(environment: settings.environment)
        configuration.retries = settings.retries
        configuration.isOffline = settings.isOffline
        configuration.overallTimeout = settings.timeout.map { .seconds($0) }
        self.secrets = settings.secrets
        credentials = Credentials(environment: settings.environment, secrets: settings.secrets) { warning in
            console.warn(Notice(warning))
        }
        configuration.credentials = credentials
        configuration.onWait = { console.progress(Problem.progress(of: $0)) }
        let transfer = TransferEngine(configuration: configuration)
        let git = GitRemotes(
            transfer: transfer, environment: settings.environment, temporaryDirectory: settings.temporaryDirectory,
            overallTimeout: configuration.overallTimeout, isOffline: settings.isOffline)
        self.transfer = transfer
        self.git = git
        let secrets = settings.secrets
        store = LockStore(
            location: settings.location,
            recorder: StateRecorder(
                folder: StateFolder(environment: settings.environment), command: settings.command, clock: clock,
                mayKeep: { !secrets.leak(into: String(decoding: $0, as: UTF8.self)) }))
        let hosts = ServiceHosts(environment: settings.environment)
        images = Images(
            transfer: transfer, credentials: credentials, limits: settings.limits,
            temporaryDirectory: settings.temporaryDirectory, baseURL: { hosts.url(ofImageRegistry: $0) })
        let credentials = credentials
        upstream = Upstream(
            transfer: transfer, git: git, images: images, hosts: hosts,
            needsCredential: { credentials.wereNeeded(below: $0) })
        fetchers = Fetchers(
            transfer: transfer, git: git, limits: settings.limits, temporaryDirectory: settings.temporaryDirectory)
        let environment = settings.environment
        self.environment = environment
        comparisons = ForgeComparisons(transfer: transfer, credentials: credentials, environment: environment)
        nixStore = NixStore(
            environment: environment, temporaryDirectory: settings.temporaryDirectory,
            limit: configuration.overallTimeout
        ) {
            Credentials.configuredNixStore(environment: environment)
        }
        limits = settings.limits
        self.console = console
        self.clock = clock
        jobs = max(1, settings.jobs)
        isOffline = settings.isOffline
        temporaryDirectory = settings.temporaryDirectory
        shortNamesPath = settings.shortNamesPath
    }
}
