import Foundation
import Lockfile
import PinrKit
import Support
import Synchronization

/// A forge with one repository and its archives, a channel, and a lock, all in one place.
struct World {
    let folder = TemporaryDirectory()
    let server: GitHTTPServer
    let repository: TestRepository
    let published: TestRepository
    let console = RecordingConsole()
    /// Further variables of the program.
    var environment: [String: String] = [:]
    /// 2025-11-23, a Sunday, at midnight.
    static let now: Int64 = 1_763_856_000

    init() async throws {
        repository = try await TestRepository(at: folder.file("work"))
        try repository.write("a", "1")
        try await repository.commit("first", date: 1_700_000_000)
        try await repository.tag("v1", message: "one")
        published = try await repository.bareCopy(at: folder.file("srv/o/r.git"))
        let release = "/nixpkgs/nixpkgs-25.11pre1.abc"
        server = try await GitHTTPServer(
            root: folder.file("srv"),
            locations: ["location /nixpkgs-unstable/ { rewrite ^/nixpkgs-unstable/(.*)$ \(release)/$1 redirect; }"])
        try await publish()
        try await server.web.put("\(release)/git-revision", repository.revision())
        try await server.web.put("\(release)/nixexprs.tar.xz", archive())
    }

    /// Makes the work tree's commits and tags visible, and packs the newest commit as a forge does.
    func publish() async throws {
        try await repository.push(to: published)
        try await server.web.put("o/r/archive/\(repository.revision()).tar.gz", archive())
    }

    private func archive() async throws -> [UInt8] { try await repository.archive("HEAD", prefix: "r/") }

    /// Commits and publishes a change; the revision.
    @discardableResult
    func move(_ contents: String = "2") async throws -> String {
        try repository.write("a", contents)
        let revision = try await repository.commit("next", date: 1_700_000_100)
        try await publish()
        return revision
    }

    var lock: String { folder.file("pins/pins.json") }
    var store: LockStore { LockStore(location: .directory(folder.file("pins"))) }

    /// The program, as a command starts it.
    /// - Parameter now: the time by its clock, in seconds since 1970 UTC.
    func pinr(isOffline: Bool = false, jobs: Int = 2, at now: Int64 = World.now) -> Pinr {
        var settings = Settings(
            location: store.location,
            environment: [
                "TMPDIR": folder.path, "PINR_GITHUB_HOST": server.baseURL, "PINR_CHANNEL_HOST": server.baseURL,
            ].merging(environment) { $1 })
        settings.retries = 0
        settings.jobs = jobs
        settings.isOffline = isOffline
        return Pinr(Context(settings, console: console, clock: { now }))
    }

    @discardableResult
    func add(_ source: String, as name: String, _ change: (inout AddRequest) -> Void = { _ in }) async throws -> Pin {
        var request = AddRequest(source: source)
        request.name = name
        change(&request)
        return try await pinr().add(request).pin
    }

    /// What the lock has now, by name.
    func pins() throws -> [String: Pin] {
        Dictionary(uniqueKeysWithValues: try store.read().pins.map { ($0.name.text, $0.pin) })
    }

    /// Changes the lock as another process would.
    func edit(_ name: String, _ change: (inout Pin) -> Void) throws {
        _ = try store.update { document in try document.pins.modify(PinName(name)) { change(&$0) } }
    }
}

/// Keeps what a run says, and may act on it.
final class RecordingConsole: Console {
    private struct State {
        var notices: [Notice] = []
        var onProgress: (@Sendable (String) -> Void)?
    }

    private let state = Mutex(State())

    var notices: [Notice] { state.withLock { $0.notices } }

    /// Calls `body` when a run says what it is doing, before it does it.
    func onProgress(_ body: (@Sendable (String) -> Void)?) { state.withLock { $0.onProgress = body } }

    func warn(_ notice: Notice) { state.withLock { $0.notices.append(notice) } }

    func progress(_ step: String) { state.withLock(\.onProgress)?(step) }
}
