import Testing

@testable import Git

@Suite struct AttributeScanTests {
    private func used(_ text: String, isTopLevel: Bool = true) -> [String] {
        var scan = AttributeScan()
        scan.add(Array(text.utf8), isTopLevel: isTopLevel)
        return scan.used
    }

    @Test(arguments: [
        ("*.txt export-ignore", ["export-ignore"]),
        ("*.txt\texport-subst\r\n", ["export-subst"]),
        ("a\r!b export-ignore\n", ["export-ignore"]),
        ("a ident\nb filter=lfs diff=lfs merge=lfs -text\n", ["filter", "ident"]),
        ("a eol=crlf", ["eol"]),
        ("a working-tree-encoding=UTF-16LE-BOM text", ["eol"]),
        ("\"a b\" export-ignore", ["export-ignore"]),
        ("\"a \\\" b\" export-ignore", ["export-ignore"]),
        ("  a export-ignore", ["export-ignore"]),
        ("[attr]hide export-ignore\na hide", ["export-ignore"]),
        ("a hide\n[attr]outer hide\n[attr]hide export-ignore ident\nb outer", ["export-ignore", "ident"]),
        ("[attr]a b\n[attr]b a export-subst\nx a", ["export-subst"]),
        ("a -export-ignore\nb export-ignore", ["export-ignore"]),
        (
            "a text export-ignore eol=crlf filter=x ident export-subst",
            ["eol", "export-ignore", "export-subst", "filter", "ident"]
        ),
    ])
    func inUse(_ text: String, _ attributes: [String]) {
        #expect(used(text) == attributes)
    }

    @Test(arguments: [
        "", "\n\n", "# a export-ignore", "a", "export-ignore", "a -export-ignore", "a !export-ignore -ident !filter",
        "!a export-ignore", "a export-ignored", "* text=auto", "*.sh text eol=lf", "*.png binary", "a -eol -crlf",
        "[attr]hide export-ignore", "[attr]hide export-ignore\na -hide", "a export/ignore export-ignore",
        "a working-tree-encoding=UTF-8", "\"export-ignore",
    ])
    func notInUse(_ text: String) {
        #expect(used(text).isEmpty)
    }

    @Test func macrosCountAtTheTopOnly() {
        #expect(used("[attr]hide export-ignore\na hide", isTopLevel: false).isEmpty)
        var scan = AttributeScan()
        scan.add(Array("a hide".utf8), isTopLevel: false)
        scan.add(Array("[attr]hide export-ignore".utf8), isTopLevel: true)
        #expect(scan.used == ["export-ignore"])
    }
}
