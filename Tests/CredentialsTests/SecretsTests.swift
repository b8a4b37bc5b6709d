import Testing
import Transfer

@testable import Credentials

@Suite struct SecretsTests {
    private let secrets: Secrets = {
        let secrets = Secrets()
        secrets.add(user: "me", secret: "to/ken+1234=")
        secrets.add(user: "you", secret: "to/ken+1234=longer")
        secrets.add(user: "short", secret: "abc")
        secrets.add(user: "", secret: "")
        return secrets
    }()

    @Test(arguments: [
        ("", ""), ("nothing to see", "nothing to see"), ("to/ken+1234=", "***"),
        ("x to/ken+1234= y to/ken+1234=z", "x *** y ***z"),
        ("to/ken+1234=longer", "***"), ("to/ken+1234=long", "***long"), ("me:to/ken+1234=", "me:***"),
        ("to%2Fken%2B1234%3D", "***"), ("to%2fken%2b1234%3d", "***"), ("abc", "abc"),
        ("Grüße, to/ken+1234= ✓", "Grüße, *** ✓"),
        ("it said to/ken+12…", "it said ***…"), ("it said to/k…", "it said to/k…"), ("to/ken+123", "to/ken+123"),
    ])
    func redacts(_ text: String, _ expected: String) {
        #expect(secrets.redacted(text) == expected)
    }

    @Test func redactsTheHeader() {
        for user in ["me", "you"] {
            let secret = user == "me" ? "to/ken+1234=" : "to/ken+1234=longer"
            let encoded = BasicAuthentication.encode(user: user, secret: secret)
            let text = secrets.redacted("Authorization: Basic \(encoded)!")
            #expect(text.hasPrefix("Authorization: Basic ***") && !text.contains(encoded.prefix(8)))
        }
    }

    /// Whoever the server takes us for: what it gives back need not begin as what it was sent.
    @Test func redactsTheHeaderOfAnybody() {
        for user in ["", "a", "ab", "oauth2", "somebody"] {
            for suffix in ["", "x", "xy"] {
                let encoded = BasicAuthentication.encode(user: user, secret: "to/ken+1234=" + suffix)
                let text = secrets.redacted("Authorization: Basic \(encoded)!")
                // What is left of it is made of other bytes, in part at least.
                let before = (user.utf8.count + 1) * 8 / 6 + 1
                #expect(text.contains("***") && text.utf8.count <= 24 + before + 3 + 7, "\(encoded) \(text)")
            }
        }
        #expect(secrets.redacted("YWJj OmFiYw==") == "YWJj OmFiYw==")
    }

    @Test(arguments: [
        ("https://h/to/ken+1234=", true), ("https://h/?t=to%2Fken%2B1234%3D", true), ("https://h/abc", false),
        ("", false),
    ])
    func noticesALeak(_ text: String, _ expected: Bool) {
        #expect(secrets.leak(into: text) == expected)
    }

    /// A short password is a word like others, and a lock full of such words is none that leaks.
    @Test func aWordIsNoLeak() {
        let secrets = Secrets()
        secrets.add(user: "me", secret: "nixpkgs")
        #expect(!secrets.leak(into: "https://github.com/NixOS/nixpkgs"))
        #expect(secrets.redacted("nixpkgs") == "***")
    }

    @Test(arguments: [
        ("GITHUB_TOKEN", "g1thub-token"), ("PINR_TOKEN_h", "me:g1thub-token"), ("CI_JOB_TOKEN", "g1thub-token"),
        ("https_proxy", "http://me:g1thub-token@h:3128"), ("ALL_PROXY", "me:g1thub%2Dtoken@h"),
    ])
    func theVariablesAreKnownFromTheStart(_ name: String, _ value: String) {
        let secrets = Secrets()
        _ = Credentials(environment: [name: value], secrets: secrets)
        #expect(secrets.redacted("g1thub-token") == "***")
    }
}
