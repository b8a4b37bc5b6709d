import Lockfile
import NixHash
import Support
import Testing
import Versions

@testable import Resolvers

/// Which version of a package is old enough.
struct ReleaseAgeTests {
    private func resolve(
        _ notation: String, _ server: RegistryServer, after locked: Locked? = nil, by latest: String
    ) async throws -> Resolution {
        let time = try #require(Timestamp.seconds(latest))
        return try await Notation.parse(notation, options: SourceOptions()).resolve(
            in: upstream(server.environment), after: locked, within: AgeLimit(days: 7, now: time + 7 * 86400))
    }

    private func locked(_ resolution: Resolution, version: String? = nil) throws -> Locked {
        Locked(
            fetch: .file(
                url: "https://example.org/x", hash: SHA256.hash([]), name: "x"),
            version: version ?? resolution.version)
    }

    @Test func `An older version is taken when the newest is too young, and no worse one`() async throws {
        let server = try await RegistryServer("pypi")
        try server.answer("project.json", at: "pypi/thing-py/json")
        let newest = try await resolve("pypi:thing-py", server, by: "2024-05-01T12:34:56Z")
        #expect(newest.version == "1.10" && newest.aging?.verdict == .oldEnough && newest.aging?.passedOver == nil)
        let older = try await resolve("pypi:thing-py", server, by: "2024-05-01T12:34:55Z")
        #expect(older.version == "1.2" && older.aging?.passedOver == "1.10")
        #expect(older.aging?.nextMade == Timestamp.seconds("2024-05-01T12:34:56Z"))
        #expect(older.choice?.candidates.contains { $0.verdict == .tooYoung(made: older.aging?.nextMade) } == true)
        // What is locked is taken whatever its age, and nothing before it.
        let same = try await resolve("pypi:thing-py", server, after: locked(older), by: "2000-01-01T00:00:00Z")
        #expect(same.version == "1.2" && same.aging?.passedOver == "1.10")
        let held = try await resolve(
            "pypi:thing-py", server, after: locked(older, version: "1.9"), by: "2024-05-01T12:34:55Z")
        #expect(held.version == "1.10" && held.aging?.verdict == .tooYoung)
        // Not a pre-release, nor one that was withdrawn.
        let none = try await resolve("pypi:thing-py", server, by: "2000-01-01T00:00:00Z")
        #expect(none.version == "1.10" && none.aging?.verdict == .tooYoung)
    }

    private func expect(
        _ server: RegistryServer, _ notation: String, newest: (String, String), older: (String, String)
    ) async throws {
        let new = try await resolve(notation, server, by: newest.1)
        #expect(new.version == newest.0 && new.aging?.made == Timestamp.seconds(newest.1), "\(notation)")
        let old = try await resolve(notation, server, by: older.1)
        #expect(old.version == older.0 && old.aging?.verdict == .oldEnough, "\(notation)")
        #expect(old.aging?.passedOver == newest.0 && old.aging?.nextMade == Timestamp.seconds(newest.1), "\(notation)")
        let none = try await resolve(notation, server, by: "1999-01-01T00:00:00Z")
        #expect(none.version == newest.0 && none.aging?.verdict == .tooYoung, "\(notation)")
    }

    @Test func `crates' API tells the time`() async throws {
        let server = try await RegistryServer("crates")
        try server.answer("api.json", at: "api/v1/crates/Thing")
        try await expect(
            server, "crates:Thing", newest: ("0.10.0", "2024-05-01T12:34:56Z"), older: ("0.9.0", "2023-05-01T00:00:00Z")
        )
    }

    /// The times are in another answer than the versions, which is asked for once; what the publisher does not call the newest
    /// is not taken for its age.
    @Test func `npm tells the time, and its latest stays the latest`() async throws {
        let server = try await RegistryServer(
            "npm",
            locations: [
                """
                location = /thing {
                    if ($http_accept ~ "install-v1") { rewrite ^/(.*)$ /abbreviated/$1 last; }
                    rewrite ^/(.*)$ /full/$1 last;
                }
                """
            ])
        for (fixture, folder) in [("abbreviated.json", "abbreviated"), ("full.json", "full")] {
            try server.answer(fixture, at: "\(folder)/thing", ["@LATEST@": "1.10.0", "@NAME@": "thing"])
        }
        try await expect(
            server, "npm:thing", newest: ("1.10.0", "2024-03-01T12:34:56Z"), older: ("1.2.0", "2024-02-01T12:34:56Z"))
        server.web.clearAccessLog()
        _ = try await resolve("npm:thing", server, by: "1999-01-01T00:00:00Z")
        #expect(server.web.accessLog().count == 2)
    }

    @Test func `RubyGems tells the time`() async throws {
        let server = try await RegistryServer("rubygems")
        try server.answer("versions.json", at: "api/v1/versions/thing.json")
        try await expect(
            server, "rubygems:thing", newest: ("1.10.0", "2024-05-01T12:34:56Z"),
            older: ("1.9.0", "2024-01-01T00:00:00Z"))
    }

    @Test func `Hackage tells the time of each version`() async throws {
        let server = try await RegistryServer("hackage")
        try server.answer("preferred.json", at: "package/a-thing/preferred")
        for (version, time) in [
            ("1.10.1", "2024-05-01T12:34:56Z"), ("1.10", "2024-01-01T00:00:00Z"), ("1.9", "2023-01-01T00:00:00Z"),
        ] {
            try server.web.put("package/a-thing-\(version)/upload-time", time + "\n")
        }
        try await expect(
            server, "hackage:a-thing", newest: ("1.10.1", "2024-05-01T12:34:56Z"),
            older: ("1.10", "2024-01-01T00:00:00Z"))
    }

    /// CRAN says nothing of the kind, and its server does.
    @Test func `R's packages are as old as their files`() async throws {
        let server = try await RegistryServer("cran")
        try server.answer(
            "PACKAGES", at: "src/contrib/PACKAGES", ["@VERSION@": "1.10-2", "@MD5@": String(repeating: "a", count: 32)])
        for (file, time) in [
            ("thing_1.10-2", "2024-05-01T12:34:56Z"), ("Archive/thing/thing_1.10", "2024-01-01T00:00:00Z"),
            ("Archive/thing/thing_1.9", "2023-01-01T00:00:00Z"),
        ] {
            let path = "src/contrib/\(file).tar.gz"
            try server.web.put(path, "x")
            try await run(["touch", "-d", time, "\(server.web.root)/\(path)"])
        }
        try await expect(
            server, "cran:thing", newest: ("1.10-2", "2024-05-01T12:34:56Z"), older: ("1.10", "2024-01-01T00:00:00Z"))
    }

    /// Mirrors that make files the same whenever they are made date them to 1970.
    @Test func `A date of 1970 is no age`() async throws {
        let server = try await RegistryServer("cran")
        try server.answer(
            "PACKAGES", at: "src/contrib/PACKAGES", ["@VERSION@": "1.10-2", "@MD5@": String(repeating: "a", count: 32)])
        for (file, time) in [
            ("thing_1.10-2", "1970-01-01T00:00:01Z"), ("Archive/thing/thing_1.10", "2024-01-01T00:00:00Z"),
        ] {
            let path = "src/contrib/\(file).tar.gz"
            try server.web.put(path, "x")
            try await run(["touch", "-d", time, "\(server.web.root)/\(path)"])
        }
        let older = try await resolve("cran:thing", server, by: "2024-05-01T00:00:00Z")
        #expect(older.version == "1.10" && older.aging?.passedOver == "1.10-2")
        let none = try await resolve(
            "cran:thing", server, after: locked(older, version: "1.10-1"), by: "2024-05-01T00:00:00Z")
        #expect(none.version == "1.10-2" && none.aging?.verdict == .untold)
    }

    @Test func `A version that was asked for by name has no age`() async throws {
        let server = try await RegistryServer("pypi")
        try server.answer("version.json", at: "pypi/thing-py/1.2/json")
        let found = try await Notation.parse("pypi:thing-py", options: SourceOptions(at: "1.2")).resolve(
            in: upstream(server.environment), after: nil, within: AgeLimit(days: 7, now: 0))
        #expect(found.version == "1.2" && found.aging == nil)
    }
}
