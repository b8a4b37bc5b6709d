import Foundation
import Lockfile
import PinrKit
import Resolvers
import Support
import Testing
import Updates

/// `update` asks each remote once, whatever the number of pins: counted in the logs of the servers.
struct AskedOnceTests {
    /// Puts further pins of the same source and lock beside one.
    private static func copy(_ world: World, _ name: String, _ count: Int) throws {
        let pin = try #require(try world.pins()[name])
        _ = try world.store.update { document in
            for number in 1...count { try document.pins.insert(pin, as: PinName("\(name)-\(number)")) }
        }
    }

    private static func update(_ world: World, _ change: (inout UpdateRequest) -> Void = { _ in }) async throws
        -> UpdateReport
    {
        var request = UpdateRequest()
        change(&request)
        return try await world.pinr(jobs: 8).update(request)
    }

    /// How often each thing was asked for since the log was cleared, but for what was fetched.
    private static func questions(_ server: WebServer) -> [String: Int] {
        var counts: [String: Int] = [:]
        for request in server.accessLog() where !request.uri.contains("/archive/") {
            counts["\(request.method) \(request.uri)", default: 0] += 1
        }
        return counts
    }

    @Test func `Fifty pins of three repositories ask each of them once`() async throws {
        let world = try await World()
        try await world.repository.tag("v2")
        try await world.repository.branch("topic")
        try await world.publish()
        for name in ["o/s", "plain"] {
            let copy = try await world.repository.bareCopy(at: world.folder.file("srv/\(name).git"))
            let revision = try await copy.revision("main")
            try await world.server.web.put("\(name)/archive/\(revision).tar.gz", copy.archive("main", prefix: "r/"))
        }
        let git = "git+\(world.server.baseURL)/plain.git"
        var kinds: [String] = []
        for (number, place) in ["github:o/r", "github:o/s", git].enumerated() {
            for (kind, change) in [
                ("default", { _ in }), ("branch", { $0.options.branch = "topic" }),
                ("release", { $0.options.release = true }), ("tag", { $0.options.at = "v1" }),
            ] as [(String, (inout AddRequest) -> Void)] {
                try await world.add(place, as: "\(kind)\(number)", change)
                kinds.append("\(kind)\(number)")
            }
        }
        for kind in kinds { try Self.copy(world, kind, 4) }
        world.server.web.clearAccessLog()
        let report = try await Self.update(world)
        #expect(report.unchanged.count == 60 && report.failed.isEmpty)
        for repository in ["/o/r.git", "/o/s.git", "/plain.git"] {
            let requests = world.server.accessLog().filter { $0.uri.hasPrefix(repository) }
            #expect(requests.filter { $0.method == "POST" }.count == 1, "\(requests)")
            #expect(requests.filter { $0.method == "GET" }.count <= 1, "\(requests)")
        }
    }

    /// Fifty pins of one commit, archives and checkouts: each is fetched once in a run, and all are locked to the same.
    @Test func `What many pins are locked to is fetched once`() async throws {
        let world = try await World()
        let git = "git+\(world.server.baseURL)/o/r.git"
        for (name, source) in [("archive", "github:o/r"), ("git", git)] {
            try await world.add(source, as: name)
            try Self.copy(world, name, 24)
        }
        func fetches() -> [String: Int] {
            var counts: [String: Int] = [:]
            for request in world.server.accessLog() where request.uri.contains("/archive/") {
                counts[request.uri, default: 0] += 1
            }
            return counts
        }
        let revision = try await world.move()
        world.server.web.clearAccessLog()
        let report = try await Self.update(world)
        #expect(report.changed.count == 50 && report.failed.isEmpty)
        #expect(fetches() == ["/o/r/archive/\(revision).tar.gz": 1])
        let pins = try world.pins()
        for name in ["archive", "git"] {
            let locked = try #require(pins[name]?.locked)
            #expect(locked.revision == revision)
            #expect((1...24).allSatisfy { pins["\(name)-\($0)"]?.locked == locked })
        }
        // Of git each conversation that fetches wants the commit; there are others about histories.
        let posts = world.server.accessLog().filter { $0.method == "POST" }.count
        #expect(posts <= 4, "\(posts)")

        // So it is where all of them are read again.
        world.server.web.clearAccessLog()
        _ = try await world.pinr(jobs: 8).verify([])
        #expect(fetches() == ["/o/r/archive/\(revision).tar.gz": 1])
    }

    /// What fails fails for all who want it, and each says so.
    @Test func `What many pins are locked to fails for each of them`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "it")
        try Self.copy(world, "it", 9)
        let revision = try await world.move()
        try FileManager.default.removeItem(
            atPath: world.folder.file("srv/o/r/archive/\(revision).tar.gz"))
        let report = try await Self.update(world)
        #expect(report.failed.count == 10 && report.changed.isEmpty)
    }

    /// What has moved costs a question more of each kind, and not of each pin.
    @Test func `Ages and histories are asked for once`() async throws {
        let world = try await World()
        try await world.published.git("config", "uploadpack.allowFilter", "true")
        try await world.add("github:o/r", as: "plain")
        try await world.add("github:o/r", as: "aged") { $0.policy = PolicyOptions(minimumAge: "7") }
        try await world.add("github:o/r", as: "release") {
            $0.options.release = true
            $0.policy = PolicyOptions(minimumAge: "7")
        }
        for age in [30, 20, 3] {
            try world.repository.write("a", "\(age)")
            try await world.repository.commit("\(age)", date: Int(World.now) - age * 86400)
            try await world.repository.tag("v1.\(40 - age)", message: "m", date: Int(World.now) - age * 86400)
            try await world.publish()
        }
        world.server.web.clearAccessLog()
        let few = try await Self.update(world) { $0.isDryRun = true }
        #expect(few.changed.count == 3 && few.failed.isEmpty)
        let questions = Self.questions(world.server.web)
        for kind in ["plain", "aged", "release"] { try Self.copy(world, kind, 16) }
        world.server.web.clearAccessLog()
        let many = try await Self.update(world) { $0.isDryRun = true }
        #expect(many.changed.count == 51 && many.failed.isEmpty)
        #expect(Self.questions(world.server.web) == questions)
        // ls-refs, the age of the branch, that of the tags, and whether the two moves of branches are no rewritten ones.
        #expect(questions["POST /o/r.git/git-upload-pack"].map { $0 <= 8 } == true, "\(questions)")
    }

    @Test func `A channel and a file that changes are asked for once`() async throws {
        let world = try await World()
        try world.server.web.put("latest.txt", Array("x".utf8))
        try await world.add("channel:nixpkgs-unstable", as: "channel")
        try await world.add("file+\(world.server.baseURL)/latest.txt", as: "file") { $0.options.mutable = true }
        for name in ["channel", "file"] { try Self.copy(world, name, 19) }
        world.server.web.clearAccessLog()
        #expect(try await Self.update(world).unchanged.count == 40)
        #expect(
            Self.questions(world.server.web) == [
                "HEAD /nixpkgs-unstable/nixexprs.tar.xz": 1, "HEAD /nixpkgs/nixpkgs-25.11pre1.abc/nixexprs.tar.xz": 1,
                "GET /nixpkgs/nixpkgs-25.11pre1.abc/git-revision": 1, "HEAD /latest.txt": 1,
            ])
    }

    @Test func `A package is asked for once, also by those that want another version or an age`() async throws {
        let server = try await RegistryServer("pypi")
        var world = try await World()
        world.environment = server.environment
        let old = Array("old".utf8)
        let values = try await server.publish([
            "s12": .init("packages/thing_py-1.2.tar.gz", old), "s110": .init("packages/thing_py-1.10.tar.gz", old),
        ])
        try server.answer("project.json", at: "pypi/thing-py/json", values)
        try await world.add("pypi:thing-py", as: "newest")
        try await world.add("pypi:thing-py", as: "aged") { $0.policy = PolicyOptions(minimumAge: "7") }
        try await world.add("pypi:thing-py", as: "range") { $0.options.range = "<1.10" }
        let versions = try ["newest", "aged", "range"].map { try world.pins()[$0]?.locked.version }
        #expect(versions == ["1.10", "1.10", "1.2"])
        for name in ["newest", "aged", "range"] { try Self.copy(world, name, 9) }
        server.web.clearAccessLog()
        #expect(try await Self.update(world).unchanged.count == 30)
        #expect(Self.questions(server.web) == ["GET /pypi/thing-py/json": 1])
    }

    @Test(.enabled(if: ImageRegistry.isAvailable))
    func `An image is asked for once, and its age too`() async throws {
        let registry = try await ImageRegistry()
        let front = try await WebServer(locations: [
            "location /v2/ { proxy_pass \(registry.baseURL); proxy_set_header Host $http_host; }"
        ])
        let world = try await World()
        func push(_ text: String, _ created: String) async throws {
            var image = TestImage([(TestImage.layer(text), .gzip)])
            image.configuration = Array(
                String(decoding: image.configuration, as: UTF8.self)
                    .replacing("2024-01-01T00:00:00Z", with: created).utf8)
            try await registry.push(image, as: "thing", tag: "1")
        }
        try await push("one", "2025-01-01T00:00:00Z")
        let notation = "oci:127.0.0.1:\(front.port)/thing:1"
        try await world.add(notation, as: "image")
        try await world.add(notation, as: "aged") { $0.policy = PolicyOptions(minimumAge: "7") }
        for name in ["image", "aged"] { try Self.copy(world, name, 9) }
        front.clearAccessLog()
        #expect(try await Self.update(world).unchanged.count == 20)
        #expect(Self.questions(front) == ["HEAD /v2/thing/manifests/1": 1])

        try await push("two", "2025-11-20T00:00:00Z")
        front.clearAccessLog()
        var report = try await Self.update(world) { $0.names = ["aged"] + (1...9).map { "aged-\($0)" } }
        #expect(
            Set(report.skipped.map(\.reason)) == [
                "minimum age: 7 days: the newest is too young, from 2025-11-20; next on 2025-11-27"
            ])
        // The digest, the manifest and the configuration.
        #expect(report.skipped.count == 10 && front.accessLog().count == 3)
        // A date that means nothing.
        try await push("three", "1970-01-01T00:00:00Z")
        report = try await Self.update(world) { $0.names = ["aged"] }
        #expect(report.skipped.map { $0.reason.contains("nobody says") } == [true])
        try await push("four", "2025-11-16T00:00:00Z")
        #expect(try await Self.update(world) { $0.names = ["aged"] }.changed.count == 1)
    }
}
