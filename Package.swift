// swift-tools-version: 6.2
import PackageDescription

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

// The house is laid out in docs/architecture.md: a target may import only targets that stand above it in this file
// (scripts/check-imports holds it to that), and only the target that owns a C library imports it.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// ISA-L inflates gzip two to three times as fast as zlib, through which libarchive inflates it where there is no ISA-L, or
// where PINR_WITHOUT_ISAL is set to anything. Both give the same hashes.
let hasISAL =
    Context.environment["PINR_WITHOUT_ISAL"] == nil
    && ["/usr/include", "/usr/local/include", "/opt/homebrew/include"].contains {
        access("\($0)/isa-l/igzip_lib.h", R_OK) == 0
    }

func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
    settings: [SwiftSetting] = [], plugins: [Target.PluginUsage] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: strict + settings,
        plugins: plugins)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "Support"] + dependencies, swiftSettings: strict)
}

let isal = Target.systemLibrary(name: "CIsal", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])])

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "pinr",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pinr", targets: ["pinr"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: (hasISAL ? [isal] : []) + [
        // C libraries: a module map each, and typed wrappers where a C call is variadic.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurlShims", dependencies: ["CCurl"]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .target(name: "CGit2Shims", dependencies: ["CGit2"]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // Calls of the operating system that Swift does not have.
        .target(name: "CSystemShims"),

        // While building: writes the files below templates/ as Swift code, for the room Templates. Neither is in the program;
        // the plugin may use Foundation, which SwiftPM gives it in any case.
        .executableTarget(
            name: "EmbedTemplatesTool", path: "Plugins/EmbedTemplatesTool", swiftSettings: strict),
        // Its folder has a symbolic link to templates/: SwiftPM asks a plugin anew when files come or go below its folder.
        .plugin(
            name: "EmbedTemplates", capability: .buildTool(), dependencies: ["EmbedTemplatesTool"],
            exclude: ["templates"]),

        // The house, from the ground up.
        room("Threads"),
        room("Processes", ["Threads", "CSystemShims"]),
        room("JSON"),
        room("Dates"),
        room("NixHash", ["Threads", "CCrypto"]),
        room(
            "Archive", ["Threads", "CArchive", "CLzma"] + (hasISAL ? ["CIsal"] : []),
            settings: hasISAL ? [.define("HAS_ISAL")] : []),
        room("SourceTree", ["Threads", "NixHash", "Archive"]),
        room("Transfer", ["Threads", "NixHash", "CCurl", "CCurlShims"]),
        room("NixStore", ["Threads", "Processes", "JSON", "NixHash", "Transfer"]),
        room("Credentials", ["Threads", "Processes", "Transfer"]),
        room(
            "Git",
            [
                "Threads", "JSON", "Dates", "Processes", "NixHash", "Archive", "Transfer", "Credentials", "CGit2",
                "CGit2Shims", "CSystemShims",
            ]),
        room("Fetchers", ["Threads", "NixHash", "Archive", "SourceTree", "Transfer", "Git"]),
        room("OCI", ["Threads", "JSON", "NixHash", "Archive", "SourceTree", "Transfer", "Fetchers"]),
        room(
            "Lockfile", ["Threads", "JSON", "Dates", "NixHash"],
            resources: [.embedInCode("DefaultNix/default.nix")]),
        room("Versions"),
        room(
            "Resolvers",
            ["Threads", "JSON", "Dates", "NixHash", "Archive", "Transfer", "Git", "OCI", "Lockfile", "Versions"]),
        room("Migration", ["JSON", "NixHash", "Git", "OCI", "Lockfile", "Versions", "Resolvers"]),
        room(
            "Updates", ["Threads", "JSON", "Dates", "NixHash", "Transfer", "Git", "Lockfile", "Resolvers"],
            resources: [.embedInCode("Page/page.css")]),
        room("Templates", ["JSON", "Lockfile"], plugins: ["EmbedTemplates"]),
        room(
            "PinrKit",
            [
                "Threads", "JSON", "Dates", "NixHash", "NixStore", "Archive", "SourceTree", "Transfer", "Credentials",
                "Git", "Fetchers", "OCI", "Lockfile", "Versions", "Resolvers", "Migration", "Updates", "Templates",
            ]),
        .executableTarget(
            name: "pinr",
            dependencies: [
                "Threads", "JSON", "Dates", "NixHash", "SourceTree", "Credentials", "Lockfile", "Resolvers",
                "Migration", "Updates", "Templates", "PinrKit", arguments,
            ],
            swiftSettings: strict),

        // Tests: one target a room, and the program as a whole.
        .target(name: "CSpawnShims", path: "Tests/CSpawnShims"),
        .target(
            name: "Support", dependencies: ["CSpawnShims", "Threads", "NixHash"], path: "Tests/Support",
            swiftSettings: strict),
        .testTarget(name: "SupportTests", dependencies: ["Support"], swiftSettings: strict),
        tests(of: "Threads"),
        tests(of: "Processes", ["Threads"]),
        tests(of: "JSON"),
        tests(of: "Dates"),
        tests(of: "NixHash"),
        tests(of: "NixStore", ["Threads", "NixHash"]),
        tests(of: "Archive", ["Threads", "NixHash"]),
        tests(of: "SourceTree", ["Threads", "NixHash", "Archive"]),
        tests(of: "Transfer", ["Threads"]),
        tests(of: "Credentials", ["Threads", "Transfer"]),
        tests(of: "Git", ["Threads", "NixHash", "Archive", "Transfer", "Credentials"]),
        tests(of: "Fetchers", ["Threads", "NixHash", "Archive", "SourceTree", "Transfer", "Git"]),
        tests(of: "OCI", ["Threads", "JSON", "NixHash", "Archive", "SourceTree", "Transfer"]),
        tests(of: "Lockfile", ["Threads", "JSON", "NixHash"]),
        tests(of: "Versions"),
        tests(of: "Resolvers", ["JSON", "NixHash", "Transfer", "Git", "Fetchers", "OCI", "Lockfile", "Versions"]),
        tests(of: "Migration", ["JSON", "NixHash", "Git", "Lockfile", "Resolvers"]),
        tests(of: "Updates", ["JSON", "NixHash", "Transfer", "Git", "Lockfile"]),
        tests(of: "Templates", ["JSON", "Lockfile", "Resolvers"]),
        tests(
            of: "PinrKit",
            [
                "Threads", "JSON", "Dates", "NixHash", "NixStore", "Archive", "SourceTree", "Transfer", "Credentials",
                "Git", "Fetchers", "OCI", "Lockfile", "Versions", "Resolvers", "Migration", "Updates", "Templates",
            ]),
        .testTarget(
            name: "ContainerTests", dependencies: ["Support", "JSON", "NixHash", "pinr"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Support", "JSON", "NixHash", "pinr"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
