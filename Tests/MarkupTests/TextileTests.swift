import ParleyMarkup
import Testing

/// Textile as HTML.
@Suite("Textile")
struct TextileTests {
    private func html(_ text: String, _ targets: MarkupTargets = MarkupTargets()) -> String {
        MarkupHTML.html(Textile.document(text), targets)
    }

    @Test(
        "styles stand around words and not within them",
        arguments: [
            ("*so*", "<p><strong>so</strong></p>"), ("_so_ and *so*", "<p><em>so</em> and <strong>so</strong></p>"),
            ("a*b*c", "<p>a*b*c</p>"), ("2 * 3 * 4", "<p>2 * 3 * 4</p>"), ("snake_case_name", "<p>snake_case_name</p>"),
            ("-gone- +new+", "<p><del>gone</del> <ins>new</ins></p>"), ("a - b - c", "<p>a - b - c</p>"),
            ("(*so*)", "<p>(<strong>so</strong>)</p>"), ("*_both_*", "<p><strong><em>both</em></strong></p>"),
            ("@a < b@", "<p><code>a &lt; b</code></p>"), ("x^2^", "<p>x^2^</p>"), ("*open", "<p>*open</p>"),
            ("??it??", "<p><cite>it</cite></p>"), ("one\ntwo", "<p>one<br />\ntwo</p>"),
            ("me@example.org and you@example.org", "<p>me@example.org and you@example.org</p>"),
        ])
    func styles(_ text: String, _ expected: String) {
        #expect(html(text) == expected)
    }

    @Test(
        "blocks are headings, lists, quotes, tables, rules and preformatted text",
        arguments: [
            ("h2. Head\n\ntext", "<h2 id=\"Head\">Head</h2>\n\n<p>text</p>"),
            ("h1(#x). A b, c", "<h1 id=\"A-b-c\">A b, c</h1>"), ("h1.Not", "<p>h1.Not</p>"),
            ("* a\n** b\n* c", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n<li>c</li>\n</ul>"),
            ("# a\n# b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"), ("*bold* line", "<p><strong>bold</strong> line</p>"),
            ("> said\n> so", "<blockquote>\n<p>said<br />\nso</p>\n</blockquote>"),
            ("bq. said", "<blockquote>\n<p>said</p>\n</blockquote>"), ("---", "<hr />"),
            (
                "|_. A |_. B |\n|\\2. c |",
                "<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td colspan=\"2\">c</td></tr>\n</table>"
            ),
            ("<pre>\na *b* <i>\n\nc\n</pre>", "<pre>a *b* &lt;i&gt;\n\nc</pre>"),
            ("<pre><code class=\"ruby\">x</code></pre>\nafter", "<pre>x</pre>\n\n<p>after</p>"),
            ("p>. right", "<p>right</p>"), ("<pre>open", "<pre>open</pre>"), ("", ""),
            (
                "{{toc}}\n\nh1. A\n\nh1. A",
                "<ul class=\"toc\">\n<li><strong>Table of contents</strong></li>\n"
                    + "<li class=\"heading1\"><a href=\"#A\">A</a></li>\n"
                    + "<li class=\"heading1\"><a href=\"#A-2\">A</a></li>\n</ul>\n\n"
                    + "<h1 id=\"A\">A</h1>\n\n<h1 id=\"A-2\">A</h1>"
            ),
        ])
    func blocks(_ text: String, _ expected: String) {
        #expect(html(text) == expected)
    }

    @Test(
        "links lead to places and run nothing",
        arguments: [
            ("\"a\":http://x.example/b.", "<p><a href=\"http://x.example/b\" class=\"external\">a</a>.</p>"),
            (
                "see http://x.example/?a&b)",
                "<p>see <a href=\"http://x.example/?a&amp;b\" class=\"external\">http://x.example/?a&amp;b</a>)</p>"
            ),
            ("\"a\":javascript:alert(1)", "<p>&quot;a&quot;:javascript:alert(1)</p>"),
            ("\"a\":JaVaScRiPt:x", "<p>&quot;a&quot;:JaVaScRiPt:x</p>"),
            ("\"a\":data:text/html,x", "<p>&quot;a&quot;:data:text/html,x</p>"),
            ("!javascript:alert(1).png!", "<p>!javascript:alert(1).png!</p>"),
            ("!a.png(A \"cat\")!", "<p>!a.png(A &quot;cat&quot;)!</p>"),
            ("!a.png(A cat)!", "<p><img src=\"a.png\" alt=\"A cat\" /></p>"),
            ("\"/home\":/home", "<p><a href=\"/home\">/home</a></p>"),
            ("<a onclick=\"y\">z</a>", "<p>&lt;a onclick=&quot;y&quot;&gt;z&lt;/a&gt;</p>"),
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ])
    func links(_ text: String, _ expected: String) {
        #expect(html(text) == expected)
    }

    @Test("pages and issues are links where they have a place, and text elsewhere")
    func targets() {
        let text = "[[One page|one]], [[b:Two#x]], #7, !#7, #8-2, a#7, &#7"
        let document = Textile.document(text)
        let pages = [MarkupPage(title: "One page"), MarkupPage(project: "b", title: "Two", anchor: "x")]
        #expect(document.mentions().pages == pages)
        #expect(document.mentions().issues == [7, 8])
        let targets = MarkupTargets(
            pages: [pages[0]: MarkupTarget("One_page.html", isMissing: true)],
            issues: [7: MarkupTarget("/issues/7", title: "A \"title\"", isClosed: true)])
        let expected =
            "<p><a class=\"wiki-page new\" href=\"One_page.html\">one</a>, Two, "
            + "<a class=\"issue closed\" title=\"A &quot;title&quot;\" href=\"/issues/7\">#7</a>, "
            + "#7, #8-2, a#7, &amp;#7</p>"
        #expect(html(text, targets) == expected)
    }

    @Test("any text is taken, and never without an end")
    func anyText() {
        var generator = SystemRandomNumberGenerator()
        let signs = Array("*_-+^~?@<>\"[]!#|:.() \n\r\th12pre/code{}é😀")
        for _ in 0..<500 {
            let length = Int.random(in: 0...120, using: &generator)
            let text = String((0..<length).map { _ in signs.randomElement() ?? " " })
            let result = html(text)
            #expect(result.filter { $0 == "<" }.count == result.filter { $0 == ">" }.count, "\(text.debugDescription)")
        }
        for sign in ["*a ", "[[", "\"a", "> ", "**", "|a|\n", "* ", "<pre>", "@a", "!a", "#1", "((("] {
            _ = html(String(repeating: sign, count: 8192 / sign.utf8.count))
        }
    }

    @Test("a text beyond the limit is shown as it is")
    func longText() {
        let text = String(repeating: "*a* ", count: Textile.limit)
        #expect(Textile.document(text) == MarkupDocument([.preformatted(text)]))
        #expect(MarkupDocument(plain: "a\nb\n\n*c*").blocks.count == 2)
    }
}
