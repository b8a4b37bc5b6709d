import Foundation
import Support
import Testing
import Threads

@testable import Transfer

@Suite struct TLSTests {
    private func isTLSError(_ error: (any Error)?) -> Bool {
        if case .tls = error as? TransferError { true } else { false }
    }

    @Test func anUnknownCertificateIsRefused() async throws {
        let server = try await WebServer(tls: true)
        try server.put("a.txt", "a")
        let error = await #expect(throws: TransferError.self) { try await quickEngine().get(server.url("/a.txt")) }
        #expect(isTLSError(error))
        #expect(server.accessLog().isEmpty)
    }

    @Test(arguments: ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"])
    func theEnvironmentNamesTheCertificates(_ variable: String) async throws {
        let server = try await WebServer(tls: true)
        try server.put("a.txt", "a")
        let engine = quickEngine(environment: [variable: try #require(server.caFile)])
        #expect(try await engine.get(server.url("/a.txt")).body == Array("a".utf8))
        #expect(try await engine.fetch(server.url("/a.txt")).bytes == Array("a".utf8))
    }

    @Test func aCertificateFileThatIsMissingIsAnError() async throws {
        let server = try await WebServer(tls: true)
        let engine = quickEngine(environment: ["SSL_CERT_FILE": "/nonexistent.pem"])
        #expect(isTLSError(await #expect(throws: TransferError.self) { try await engine.get(server.url("/")) }))
    }

    @Test func aPlainServerIsNoTLSServer() async throws {
        let server = try await WebServer()
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(isTLSError(await #expect(throws: TransferError.self) { try await quickEngine().get(url) }))
    }

    /// A server that speaks HTTP/2 to whoever offers it, and what it needs: `WebServer` alone speaks 1.1.
    private struct HTTP2Server {
        let root: WebServer
        let server: WebServer
        let base: String
        let certificate: String

        /// - Parameter requests: after how many a connection is closed.
        init(requests: Int = 1000) async throws {
            root = try await WebServer(tls: true)
            certificate = try #require(root.caFile)
            let key = certificate.replacingOccurrences(of: "certificate.pem", with: "key.pem")
            let port = try freePort()
            server = try await WebServer(http: [
                """
                server {
                    listen 127.0.0.1:\(port) ssl http2;
                    keepalive_requests \(requests);
                    ssl_certificate \(certificate); ssl_certificate_key \(key);
                    root \(root.root);
                    location = /protocol { return 200 "$server_protocol"; }
                    location = /file { add_header X-Protocol $server_protocol; }
                }
                """
            ])
            base = "https://127.0.0.1:\(port)"
        }
    }

    @Test func noTwoRequestsShareAConnection() async throws {
        let server = try await HTTP2Server()
        let engine = quickEngine(environment: ["SSL_CERT_FILE": server.certificate])
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<200 { group.addTask { try await engine.get("\(server.base)/protocol").body } }
            for try await body in group { #expect(body == Array("HTTP/1.1".utf8)) }
        }
    }

    /// A server may close a connection at any time: what it is asked next must not go into the one that a download has,
    /// whose bytes it would take, to be given its own answer instead. libcurl 7.88 did that to servers of HTTP/2.
    @Test(arguments: 1...6) func noRequestTakesTheConnectionOfADownload(requests: Int) async throws {
        let server = try await HTTP2Server(requests: requests)
        let bytes = patternedBytes(5 << 20)
        try server.root.put("file", bytes)
        let engine = quickEngine(environment: ["SSL_CERT_FILE": server.certificate])
        _ = try await engine.get("\(server.base)/protocol")
        let channel = ByteChannel(capacity: 1)
        async let paused = engine.download(TransferRequest(url: "\(server.base)/file"), into: channel)
        var received: [UInt8] = try await onThread { _ in
            var chunk: [UInt8] = []
            _ = try channel.next(&chunk)
            return chunk
        }
        for _ in 0..<10 {
            #expect(try await engine.get("\(server.base)/protocol").body == Array("HTTP/1.1".utf8))
        }
        received += try await onThread { _ in
            var (all, chunk): ([UInt8], [UInt8]) = ([], [])
            while try channel.next(&chunk) { all += chunk }
            return all
        }
        let isTheFile = isSame(received, bytes)
        #expect(isTheFile)
        #expect(try await paused.headers["x-protocol"] == "HTTP/1.1")
    }
}
