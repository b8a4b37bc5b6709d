/// URLs that are good for a while and for whoever was given them: signed, or with a token in them.
///
/// Stores of files hand them out in redirects. In a lock they would be dead after minutes, and some are secrets.
public enum ExpiringURL {
    /// How the names of parameters begin in the stores of Amazon, Google, Alibaba, Tencent, Huawei and others of their
    /// kind; the rest of the name does not matter.
    private static let prefixes = ["x-amz-", "x-goog-", "x-oss-", "x-cos-", "x-obs-", "q-sign", "x-tos-", "x-bz-"]

    /// Names of parameters that carry a signature, a token or the end of a life: Azure's `sig` and `se`, CloudFront's
    /// `Policy` and `Key-Pair-Id`, older ways of Amazon and Google, the usual ones of content networks, and GitHub's `jwt`
    /// and `token`.
    private static let names: Set<String> = [
        "signature", "sig", "se", "expires", "expire", "expiry", "exp", "expires_at", "policy", "key-pair-id",
        "awsaccesskeyid", "googleaccessid", "ossaccesskeyid", "token", "access_token", "auth_token", "private_token",
        "job_token", "auth_key", "authorization", "jwt", "hdnea", "hdnts", "hdntl", "__token__", "__gda__", "hmac",
    ]

    /// Whether a URL is one of these.
    public static func isOne(_ url: String) -> Bool {
        let fields = (URLParts(url).query ?? "").split { $0 == "&" || $0 == ";" }
        return fields.contains { field in
            let name = field.prefix { $0 != "=" }.lowercased()
            return names.contains(name) || prefixes.contains { name.hasPrefix($0) }
        }
    }
}
